/** Programs of an image that its user cannot start: what may not be executed, and what has file capabilities. */
import { randomBytes } from "node:crypto";
import type { Failure } from "../core/errors.ts";
import type { CallOptions, Engine, ImageRecord } from "../core/ports.ts";
import { err, ok, type Result } from "../core/result.ts";
import { probeArguments, probeProgram, readProbe, type ProbeAnswer, type ProbeOrder } from "./probe/probe.ts";
import { silentProbe } from "./silent-probe.ts";

/** Where the probe is put; no image has such a folder. */
export const probeFolder = "/.image-fix-probe";

const accessDenied = 13;
const notPermitted = 1;

/** What the probe says of what an image starts. */
export interface JudgedStarts {
  /** Programs that the user may not execute, each by the place that is closed to it. */
  readonly refused: readonly string[];
  /** Those that it may, and that the kernel refuses to start without the capabilities that they have. */
  readonly capable: readonly string[];
}

/** What the probe is asked about programs, each by the places where it may lie. */
export const startOrders = (starts: readonly (readonly string[])[]): readonly ProbeOrder[] =>
  starts.flat().flatMap((path) => [{ executable: path }, { fileCapabilities: path }]);

/** Judges the answers to {@link startOrders}: of each program, the first place where it may be executed is taken. */
export function judgeStarts(starts: readonly (readonly string[])[], answers: readonly ProbeAnswer[]): JudgedStarts {
  const refused: string[] = [];
  const capable: string[] = [];
  let next = 0;
  for (const places of starts) {
    const asked = places.map((path) => ({
      path,
      access: answers[next++]?.errno,
      capabilities: answers[next++]?.errno,
    }));
    const taken = asked.find(({ access }) => access === 0);
    const closed = asked.find(({ access }) => access === accessDenied);
    if (taken?.capabilities === notPermitted) capable.push(taken.path);
    if (taken === undefined && closed !== undefined) refused.push(closed.path);
  }
  return { refused, capable };
}

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
