import { randomInt } from "node:crypto";
import type { Proof, SmokeTest } from "../results/run-report.ts";
import type { Failure } from "../core/errors.ts";
import type { CallOptions, EmptyDirs, Engine, ImageRecord } from "../core/ports.ts";
import { type Result } from "../core/result.ts";
import { judgeConfigUser, type ConfigUserVerdict } from "../image/config-user.ts";
import { prove, type ProofRequest } from "./prove.ts";
import { smokeFailure, smokeTest } from "./smoke.ts";

export interface VerifyImageRequest extends Pick<
  ProofRequest,
  "readOnly" | "writable" | "starts" | "grantsFileCapabilities" | "timeoutMs"
> {
  /** A `runAsUser`, or `arbitrary`: a random uid without account and gid 0, as OpenShift gives. Without it the image's. */
  readonly user?: number | "arbitrary";
  /** Absolute paths that get an empty volume. */
  readonly emptyDirs?: readonly string[];
  /** Seconds that the image's own command is watched; without it, it is not started. */
  readonly smokeSeconds?: number;
}

export interface VerifiedImage {
  /** The kubelet's verdict on `Config.User`, or on the `runAsUser` that stands in for it. */
  readonly verdict: Pick<ConfigUserVerdict, "verdict" | "uid" | "kubeletMessage">;
  /** `null` when the verdict is not `admit` (what the kubelet refuses is not run), or when it failed. */
  readonly proof: Proof | null;
  readonly smoke?: SmokeTest;
  /** Why there is no proof, or why it is not enough. */
  readonly failure: Failure | null;
}

/** Where OpenShift's ranges of uids begin and end. A namespace gets ten thousand of them. */
const openshiftUids = { from: 1_000_000_000, to: 2_000_000_000 } as const;
/** A rootless engine has 65,536 ids; accounts of images lie below 10,000 or close to the end. */
const rootlessUids = { from: 20_000, to: 60_000 } as const;

/**
 * Judges an image that the engine has by its own `Config.User`, and, where the kubelet would admit it, runs it to see
 * whether it is so. What is found out stays in the answer when the proof fails.
 */
export async function verifyImage(
  engine: Engine,
  image: ImageRecord,
  request: VerifyImageRequest,
  options: CallOptions,
): Promise<VerifiedImage> {
  const own = judgeConfigUser(image.config.user);
  if (request.user === undefined && own.verdict !== "admit") return { verdict: own, proof: null, failure: null };
  const { user, proof } = await proveAs(engine, image, request, options);
  // With runAsUser the kubelet does not look at the image.
  const verdict = user === undefined ? own : { verdict: "admit" as const, uid: BigInt(user), kubeletMessage: null };
  if (!proof.ok) return { verdict, proof: null, failure: proof.error };
  // Nothing was built here, so the builder does not matter.
  const proven = { verdict, proof: { ...proof.value, engineDescription: engine.describe }, failure: null };
  if (request.smokeSeconds === undefined) return proven;
  const smoke = await smokeTest(
    engine,
    {
      image,
      seconds: request.smokeSeconds,
      ...(user === undefined ? {} : { user: String(user) }),
      ...(request.readOnly === true ? { readOnly: true } : {}),
      ...emptyDirsOf(request, proof.value.uid),
    },
    options,
  );
  if (!smoke.ok) return { ...proven, failure: smoke.error };
  const { fault } = smoke.value;
  return { ...proven, smoke: smoke.value, failure: fault === null ? null : smokeFailure(smoke.value, fault) };
}

/** Runs the image as its own user, or as the one that is asked for; says which one that was. */
async function proveAs(
  engine: Engine,
  image: ImageRecord,
  request: VerifyImageRequest,
  options: CallOptions,
): Promise<{ readonly user?: number; readonly proof: Result<Proof, Failure> }> {
  const { readOnly, starts, grantsFileCapabilities, writable, timeoutMs } = request;
  const own: ProofRequest = {
    image: image.id,
    writable,
    timeoutMs,
    ...(starts === undefined ? {} : { starts }),
    ...(grantsFileCapabilities === undefined ? {} : { grantsFileCapabilities }),
    ...(readOnly === undefined ? {} : { readOnly }),
  };
  const attempt = async (user: number) => ({
    user,
    proof: await prove(engine, { ...own, user, ...emptyDirsOf(request, user) }, options),
  });
  if (request.user === undefined) {
    const uid = Number(judgeConfigUser(image.config.user).uid);
    return { proof: await prove(engine, { ...own, ...emptyDirsOf(request, uid) }, options) };
  }
  if (request.user !== "arbitrary") return await attempt(request.user);
  const first = await attempt(randomInt(openshiftUids.from, openshiftUids.to));
  // A rootless engine cannot map so high a uid, and says so in a runtime's many words.
  if (first.proof.ok || first.proof.error.code !== "ENGINE_FAILED") return first;
  const second = await attempt(randomInt(rootlessUids.from, rootlessUids.to));
  return second.proof.ok || second.proof.error.code !== "ENGINE_FAILED" ? second : first;
}

const emptyDirsOf = ({ emptyDirs = [] }: VerifyImageRequest, uid: number): { readonly emptyDirs?: EmptyDirs } =>
  emptyDirs.length === 0 ? {} : { emptyDirs: { paths: emptyDirs, uid } };
