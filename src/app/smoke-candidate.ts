/** `fix --smoke`: the candidate's own command has to fare as well as the original's. */
import type { Failure } from "../core/errors.ts";
import type { CallOptions, Engine, ImageRecord } from "../core/ports.ts";
import { ok, type Result } from "../core/result.ts";
import { smokeFailure, smokeTest } from "../proof/smoke.ts";
import type { SmokeTest } from "../results/run-report.ts";

export interface SmokeCandidateRequest {
  readonly original: ImageRecord;
  readonly candidate: ImageRecord;
  readonly seconds: number;
}

/**
 * Starts the commands of both images under the restricted profile.
 *
 * An original that fails there may still run as it is used today, so it is started once more with the engine's default
 * capabilities before its failure excuses the candidate's.
 * @returns the candidate's test with the original's in it, and PROOF_FAILED when it fails where the original ran.
 */
export async function smokeCandidate(
  engine: Engine,
  { original, candidate, seconds }: SmokeCandidateRequest,
  options: CallOptions,
): Promise<Result<{ readonly smoke: SmokeTest; readonly failure: Failure | null }, Failure>> {
  const after = await smokeTest(engine, { image: candidate, seconds }, options);
  if (!after.ok) return after;
  const before = await smokeOriginal(engine, original, seconds, after.value.fault !== null, options);
  if (!before.ok) return before;
  const { fault } = after.value;
  const refused = fault !== null && before.value.fault === null;
  return ok({
    smoke: { ...after.value, original: before.value },
    failure: refused ? smokeFailure(after.value, `${fault}, where the original ran`) : null,
  });
}

async function smokeOriginal(
  engine: Engine,
  image: ImageRecord,
  seconds: number,
  candidateFails: boolean,
  options: CallOptions,
): Promise<Result<SmokeTest, Failure>> {
  const restricted = await smokeTest(engine, { image, seconds }, options);
  if (!restricted.ok || restricted.value.fault === null || !candidateFails) return restricted;
  const asToday = await smokeTest(engine, { image, seconds, privileges: "engine" }, options);
  return asToday.ok ? ok({ ...asToday.value, unrestricted: true }) : asToday;
}
