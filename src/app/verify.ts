/** `verify` of local images: runs `id` under the restricted profile and judges it. */
import type { Failure } from "../core/errors.ts";
import type { Engine } from "../core/ports.ts";
import { ok, type Result } from "../core/result.ts";
import { EngineSource, type SelectEngine } from "./engine-source.ts";
import { interruption } from "./interruption.ts";
import type { RunOptions, VerifyRequest } from "./requests.ts";
import { failedTarget, reportOf, type RunReport, type TargetResult } from "./results.ts";
import { proofTimeoutMs } from "./trial.ts";

/**
 * Proves every image that the request names. An image that the kubelet would refuse is not run: its verdict is the
 * answer. The rest is run, and what the process is must be what `Config.User` says.
 * @param select picks the engine; a real one unless a test says otherwise.
 */
export async function verifyImages(
  request: VerifyRequest,
  options: RunOptions,
  select?: SelectEngine,
): Promise<Result<RunReport, Failure>> {
  const engines = new EngineSource(request.engine, options, select);
  const chosen = await engines.get();
  if (!chosen.ok) return chosen;
  const results: TargetResult[] = [];
  try {
    for (const image of request.images) {
      if (options.signal.aborted) {
        results.push(failedTarget(image, "image", interruption(options.signal)));
        break;
      }
      results.push(await verifyOne(image, chosen.value.engine, request, options));
    }
  } finally {
    await engines.cleanUp();
  }
  return ok(reportOf("verify", results));
}

async function verifyOne(
  image: string,
  engine: Engine,
  request: VerifyRequest,
  options: RunOptions,
): Promise<TargetResult> {
  const { verifyImage } = await import("../proof/verify-image.ts");
  options.onEvent?.({ kind: "phase", target: image, text: `running id in ${image}, restricted` });
  const timeoutMs = request.timeoutSeconds === undefined ? proofTimeoutMs : request.timeoutSeconds * 1000;
  const verified = await verifyImage(engine, image, { signal: options.signal, timeoutMs });
  if (!verified.ok)
    return failedTarget(image, "image", options.signal.aborted ? interruption(options.signal) : verified.error);
  const { record, verdict, proof } = verified.value;
  const uid = proof?.uid ?? (verdict.uid === null ? null : Number(verdict.uid));
  const result: TargetResult = {
    ...failedTarget(image, "image", { code: "USAGE", message: "" }),
    error: null,
    verdict: verdict.verdict,
    configUser: record.config.user,
    uid,
    kubeletMessage: verdict.kubeletMessage,
    proof,
    platform: record.platform,
  };
  if (request.expectUid !== undefined && verdict.verdict === "admit" && uid !== request.expectUid) {
    return {
      ...result,
      error: {
        code: "PROOF_FAILED",
        message: "the image runs as another uid than expected",
        expected: `uid=${request.expectUid}`,
        actual: proof?.id ?? `uid=${uid}`,
      },
    };
  }
  return result;
}
