/** For tests of both engines. */
import { Refusal } from "../core/refusal.ts";
import type { CallOptions, Engine } from "../core/ports.ts";

/** Reads an export to its end; a failure comes as a result, as from all other methods. */
export async function readExport(engine: Engine, reference: string, options: CallOptions): Promise<unknown> {
  try {
    for await (const _ of engine.exportImage(reference, options));
    return undefined;
  } catch (error) {
    return error instanceof Refusal ? { ok: false, error: error.failure } : error;
  }
}
