import type { Failure } from "../core/errors.ts";
import { err, ok, type Result } from "../core/result.ts";

/**
 * How the tidying up of a run ended.
 * @param untidied why it was given up, when it was
 */
export function tidied(engine: string, untidied: Failure | undefined): Result<void, Failure> {
  if (untidied === undefined) return ok(undefined);
  return err({
    code: "ENGINE_UNAVAILABLE",
    engine,
    message: `${"message" in untidied ? untidied.message : untidied.code}; containers and images of this run may be left`,
    hint: 'docs/troubleshooting.md says under "What a killed run leaves" how they are removed',
  });
}
