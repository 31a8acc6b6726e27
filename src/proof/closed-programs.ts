/** Programs of an image that its user may not execute, and root may. */
import { randomBytes } from "node:crypto";
import type { Failure } from "../core/errors.ts";
import type { CallOptions, Engine, ImageRecord, RunResult } from "../core/ports.ts";
import { err, ok, type Result } from "../core/result.ts";
import { probeArguments, probeProgram, readProbe } from "./probe/probe.ts";

/** Where the probe is put; no image has such a folder. */
export const probeFolder = "/.image-fix-probe";

/** The failure of an engine whose container said less than it was asked. */
export const silentProbe = (engine: Engine, { exitCode, stderr }: RunResult): Failure => ({
  code: "ENGINE_FAILED",
  engine: engine.name,
  message: `the probe did not answer (exit code ${exitCode}): ${stderr.trim()}`,
});

/**
 * The first of the programs that root may execute. What nobody may (a file without any execute bit) did not run before
 * either, and is no matter of the user.
 * @param refused places that the image's own user may not execute.
 */
export async function closedToUser(
  engine: Engine,
  image: ImageRecord,
  refused: readonly string[],
  timeoutMs: number,
  options: CallOptions,
): Promise<Result<string | undefined, Failure>> {
  const program = refused.length === 0 ? undefined : probeProgram(image.platform);
  if (program === undefined) return ok(undefined);
  const marker = randomBytes(16).toString("hex");
  const orders = refused.map((path) => ({ executable: path }));
  const argv = [`${probeFolder}/probe`, ...probeArguments(marker, orders)];
  const files = new Map([[`${probeFolder}/probe`, program]]);
  const reply = await engine.run({ image: image.id, argv, files, user: "0", privileges: "engine", timeoutMs }, options);
  if (!reply.ok) return reply;
  const { answers } = readProbe(marker, reply.value.stdout);
  if (answers.length < refused.length) return err(silentProbe(engine, reply.value));
  return ok(refused.find((_, index) => answers[index]?.errno === 0));
}
