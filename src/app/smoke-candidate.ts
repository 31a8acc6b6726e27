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

/** A program that says what it lacks and ends as if all were well; or a job that needs about as long as it is watched. */
const endedHint =
  "its output may say what it lacks; a job that ends by itself is watched to its end with a longer --smoke SECONDS";

/**
 * Starts the commands of both images under the restricted profile.
 *
 * An original that fails there, or ends, may still run as it is used today, so it is started once more with the engine's
 * default capabilities before it excuses the candidate.
 * @returns the candidate's test with the original's in it, and PROOF_FAILED when it fails or ends where the original ran.
 */
export async function smokeCandidate(
  engine: Engine,
  { original, candidate, seconds }: SmokeCandidateRequest,
  options: CallOptions,
): Promise<Result<{ readonly smoke: SmokeTest; readonly failure: Failure | null }, Failure>> {
  const after = await smokeTest(engine, { image: candidate, seconds }, options);
  if (!after.ok) return after;
  const before = await smokeOriginal(engine, original, seconds, after.value, options);
  if (!before.ok) return before;
  const isRefused = faresWorse(after.value, before.value);
  const fault = after.value.fault ?? (isRefused ? "exit code 0 before its time was over" : null);
  const smoke = { ...after.value, fault, original: before.value };
  if (!isRefused || fault === null) return ok({ smoke, failure: null });
  const failure = smokeFailure(smoke, `${fault}, where the original ran`);
  const isEnded = after.value.fault === null;
  return ok({
    smoke,
    failure: isEnded ? { ...failure, expected: "it still runs, as the original does", hint: endedHint } : failure,
  });
}

/** Whether it was not started, or ended in another way than with 0. */
const hasFailed = ({ outcome, exitCode }: SmokeTest): boolean =>
  outcome === "not-started" || outcome === "killed" || (outcome === "exited" && exitCode !== 0);

/**
 * Whether one has failed where the other has not, has ended where the other still runs, or is refused what the other
 * is not. A refusal that an original lives with excuses no end.
 */
function faresWorse(candidate: SmokeTest, original: SmokeTest): boolean {
  if (hasFailed(candidate)) return !hasFailed(original);
  if (candidate.outcome === "exited" && original.outcome === "running") return true;
  return candidate.fault !== null && original.fault === null;
}

async function smokeOriginal(
  engine: Engine,
  image: ImageRecord,
  seconds: number,
  candidate: SmokeTest,
  options: CallOptions,
): Promise<Result<SmokeTest, Failure>> {
  const restricted = await smokeTest(engine, { image, seconds }, options);
  const isWell = candidate.fault === null && candidate.outcome !== "exited";
  if (!restricted.ok || isWell || faresWorse(candidate, restricted.value)) return restricted;
  const asToday = await smokeTest(engine, { image, seconds, privileges: "engine" }, options);
  if (!asToday.ok) return asToday;
  const isSame = restricted.value.fault === null && !faresWorse(candidate, asToday.value);
  return isSame ? restricted : ok({ ...asToday.value, unrestricted: true });
}
