/** `verify`: runs `id` in images under the restricted profile and judges it. */
import type { Failure } from "../core/errors.ts";
import type { Engine } from "../core/ports.ts";
import { err, ok, type Result } from "../core/result.ts";
import { parseImageReference, type ImageReference } from "../image/reference.ts";
import type { VerifiedImage } from "../proof/verify-image.ts";
import { borrowImage, type BorrowedImage } from "./borrow-image.ts";
import { EngineSource, type EngineChoice, type SelectEngine } from "./engine-source.ts";
import { interruption } from "./interruption.ts";
import type { RunOptions, VerifyRequest } from "./requests.ts";
import { failedTarget, reportOf, type RunReport, type TargetResult } from "../results/run-report.ts";
import { fileCapabilities, startedPrograms } from "./started-programs.ts";
import { isArchiveName, layoutHint, storedHint } from "./stored-image.ts";
import { proofTimeoutMs } from "./trial.ts";

/**
 * Proves every image that the request names. An image that the kubelet would refuse is not run: its verdict is the
 * answer. The rest is run, and what the process is must be what `Config.User` (or the user that was asked for) says.
 * Images that the engine does not have are brought in, and removed again.
 * @param select picks the engine; a real one unless a test says otherwise.
 */
export async function verifyImages(
  request: VerifyRequest,
  options: RunOptions,
  select?: SelectEngine,
): Promise<Result<RunReport, Failure>> {
  const engines = new Engines(options, select);
  const references: { readonly image: string; readonly reference: ImageReference }[] = [];
  for (const image of request.images) {
    const reference = readReference(image, request.engine);
    if (!reference.ok) return reference;
    references.push({ image, reference: reference.value });
  }
  const results: TargetResult[] = [];
  try {
    // Asked first: without an engine there is nothing to say of any image.
    for (const { image, reference } of references) {
      const chosen = await engines.get(engineOf(reference, request.engine), imageIn(reference, image));
      if (!chosen.ok) return chosen;
    }
    for (const { image, reference } of references) {
      const chosen = await engines.get(engineOf(reference, request.engine));
      if (!chosen.ok) return chosen;
      results.push(await verifyOne(image, reference, chosen.value.engine, request, options));
      if (options.signal.aborted) break;
    }
  } finally {
    await engines.cleanUp();
  }
  return ok(reportOf("verify", results));
}

/** The engines of a run, each chosen once. */
class Engines {
  readonly #sources = new Map<EngineChoice, EngineSource>();
  readonly #options: RunOptions;
  readonly #select: SelectEngine | undefined;

  constructor(options: RunOptions, select: SelectEngine | undefined) {
    this.#options = options;
    this.#select = select;
  }

  get(choice: EngineChoice, image?: string): ReturnType<EngineSource["get"]> {
    const source = this.#sources.get(choice) ?? new EngineSource(choice, this.#options, this.#select);
    this.#sources.set(choice, source);
    return source.get(image);
  }

  async cleanUp(): Promise<void> {
    for (const source of this.#sources.values()) await source.cleanUp();
  }
}

/** Some transports are one engine's own. */
const engineOf = ({ transport }: ImageReference, choice: VerifyRequest["engine"]): VerifyRequest["engine"] =>
  transport === "containers-storage" ? "podman" : transport === "docker-daemon" ? "docker" : choice;

/** The name that the engine is going to be asked for first. */
const imageIn = (reference: ImageReference, text: string): string | undefined =>
  reference.transport === "any"
    ? text
    : reference.transport === "containers-storage" || reference.transport === "docker-daemon"
      ? reference.name
      : undefined;

function readReference(image: string, engine: VerifyRequest["engine"]): Result<ImageReference, Failure> {
  const reference = parseImageReference(image);
  const stored = storedHint(image);
  // The registry would be asked for an image of that name.
  if (reference.ok && reference.value.transport === "any" && isArchiveName(image)) {
    const message =
      stored === undefined ? "there is no such file" : "it is an archive by its name, and no image's name";
    return err({ code: "UNREADABLE", file: image, message, ...(stored === undefined ? {} : { hint: stored }) });
  }
  if (!reference.ok) {
    return err({
      code: "USAGE",
      message: `${JSON.stringify(image)} is no image: ${reference.error}`,
      hint:
        stored ??
        "give a name such as localhost/app:1, or docker://, oci:, oci-archive: or docker-archive: with a place",
    });
  }
  const needed = engineOf(reference.value, engine);
  if (needed !== engine && engine !== "auto") {
    return err({
      code: "USAGE",
      message: `${reference.value.transport}: is a place of ${needed === "docker" ? "Docker" : "podman"}'s, and --engine says ${engine}`,
      hint: `leave out --engine, or name the image without ${reference.value.transport}:`,
    });
  }
  return reference;
}

async function verifyOne(
  image: string,
  reference: ImageReference,
  engine: Engine,
  request: VerifyRequest,
  options: RunOptions,
): Promise<TargetResult> {
  const timer = request.timeoutSeconds === undefined ? undefined : AbortSignal.timeout(request.timeoutSeconds * 1000);
  const signal = timer === undefined ? options.signal : AbortSignal.any([options.signal, timer]);
  const call = {
    signal,
    onEvent: ({ text }: { readonly text: string }) => options.onEvent?.({ kind: "log", target: image, text }),
  };
  const phase = (text: string): void => options.onEvent?.({ kind: "phase", target: image, text });
  const failed = (error: Failure): Failure => {
    if (options.signal.aborted) return interruption(options.signal);
    return timer?.aborted === true
      ? { code: "TIMEOUT", what: `verifying ${image}`, seconds: request.timeoutSeconds ?? 0 }
      : error;
  };
  phase(`looking it up with ${engine.name === "docker" ? "Docker" : engine.name}`);
  const borrowed = await borrowImage(engine, image, reference, {
    ...call,
    ...(request.platform === undefined ? {} : { platform: request.platform }),
  });
  if (!borrowed.ok) return failedTarget(image, "image", orLayout(failed(borrowed.error), reference, image));
  try {
    const { record } = borrowed.value;
    if (record.platform.startsWith("windows/"))
      return { ...resultOf(image, borrowed.value), verdict: "not-applicable", uid: null };
    phase(
      request.smokeSeconds === undefined
        ? "running id, restricted"
        : `running id and, for ${request.smokeSeconds} s, its own command, restricted`,
    );
    const { verifyImage } = await import("../proof/verify-image.ts");
    const verified = await verifyImage(
      engine,
      record,
      {
        writable: request.writable ?? [],
        starts: startedPrograms(record.config),
        grantsFileCapabilities: request.rules?.[fileCapabilities] === "off",
        timeoutMs: proofTimeoutMs,
        ...(request.user === undefined ? {} : { user: request.user }),
        ...(request.readOnly === true ? { readOnly: true } : {}),
        ...(request.emptyDirs === undefined ? {} : { emptyDirs: request.emptyDirs }),
        ...(request.smokeSeconds === undefined ? {} : { smokeSeconds: request.smokeSeconds }),
      },
      call,
    );
    const result = resultOf(image, borrowed.value, verified);
    if (verified.failure !== null) return { ...result, error: failed(verified.failure) };
    return { ...result, error: unexpected(result, request.expectUid) };
  } finally {
    await borrowed.value.giveBack();
  }
}

/** Where no engine and no registry has a name, a layout in a folder of that name may have been meant. */
function orLayout(failure: Failure, { transport }: ImageReference, image: string): Failure {
  if (transport !== "any" || failure.code !== "IMAGE_NOT_FOUND") return failure;
  const hint = layoutHint(image);
  return hint === undefined ? failure : { ...failure, hint };
}

function resultOf(image: string, { record, digest }: BorrowedImage, verified?: VerifiedImage): TargetResult {
  // The CRI reports no uid for an empty user; who runs is root all the same, as an audit says.
  const uid = verified?.proof?.uid ?? (verified?.verdict.verdict === "root" ? 0 : verified?.verdict.uid) ?? null;
  return {
    ...failedTarget(image, "image", { code: "USAGE", message: "" }),
    error: null,
    verdict: verified?.verdict.verdict ?? "unknown",
    configUser: record.config.user,
    uid: uid === null || verified?.verdict.verdict === "invalid" ? null : Number(uid),
    kubeletMessage: verified?.verdict.kubeletMessage ?? null,
    proof: verified?.proof ?? null,
    ...(verified?.smoke === undefined ? {} : { smoke: verified.smoke }),
    platform: record.platform,
    digest,
  };
}

/** What `--expect-uid` has to say of an image that was proven. */
function unexpected({ proof }: TargetResult, expected: number | undefined): Failure | null {
  if (expected === undefined || proof === null || proof.uid === expected) return null;
  return {
    code: "PROOF_FAILED",
    message: "the image runs as another uid than expected",
    expected: `uid=${expected}`,
    actual: proof.id,
  };
}
