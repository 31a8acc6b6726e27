/** Reads the images that manifests name. Loaded only for `--images`. */
import type { Failure } from "../core/errors.ts";
import { ok, type Result } from "../core/result.ts";
import { parseImageReference } from "../image/reference.ts";
import type { ImageAnswer } from "../manifest/image-findings.ts";
import { failureWords } from "../core/failure-words.ts";
import { createImageAuditor, type ImageAuditor } from "./audit-images.ts";
import { EngineSource, type EngineChoice, type SelectEngine } from "./engine-source.ts";
import type { RegistryRequest, RunOptions } from "./requests.ts";
import type { TargetResult } from "../results/run-report.ts";

export interface ManifestImages {
  readonly engine: EngineChoice;
  /** `linux/arm64`; every platform of an image without it. */
  readonly platform?: string;
  readonly registry?: RegistryRequest;
}

/**
 * Who each image starts as: the local engine is asked first, then the registry. What cannot be read is an answer too.
 * @param select picks the engine; a real one unless a test says otherwise
 */
export async function readImageUsers(
  names: readonly string[],
  request: ManifestImages,
  options: RunOptions,
  select?: SelectEngine,
): Promise<Result<ReadonlyMap<string, ImageAnswer>, Failure>> {
  const engines = new EngineSource(request.engine, options, select);
  const auditor = await createImageAuditor(
    {
      engine: request.engine,
      ...(request.platform === undefined ? {} : { platform: request.platform }),
      ...(request.registry === undefined ? {} : { registry: request.registry }),
      openshift: false,
      writable: [],
      facts: "user",
    },
    options,
    engines,
    select,
  );
  if (!auditor.ok) return auditor;
  const answers = new Map<string, ImageAnswer>();
  try {
    for (const name of names) {
      if (options.signal.aborted) break;
      answers.set(name, await answerOf(name, auditor.value));
    }
  } finally {
    auditor.value.close();
    await engines.cleanUp();
  }
  return ok(answers);
}

async function answerOf(name: string, auditor: ImageAuditor): Promise<ImageAnswer> {
  const reference = parseImageReference(name);
  // A transport in front means nothing to a kubelet.
  if (!reference.ok || reference.value.transport !== "any") {
    return { known: false, why: reference.ok ? "a kubelet takes image names only" : reference.error };
  }
  const results = await auditor.audit({ kind: "image", name, reference: reference.value });
  return worstOf(results);
}

const order = ["root", "symbolic", "invalid"] as const;

/** Platforms may differ; the one that is refused decides. */
function worstOf(results: readonly TargetResult[]): ImageAnswer {
  const refused = order
    .map((verdict) => results.find((one) => one.verdict === verdict))
    .find((one) => one !== undefined);
  if (
    refused !== undefined &&
    (refused.verdict === "root" || refused.verdict === "symbolic" || refused.verdict === "invalid")
  ) {
    return { known: true, verdict: refused.verdict, kubeletMessage: refused.kubeletMessage };
  }
  const failed = results.find(({ error }) => error !== null);
  if (failed?.error != null) return { known: false, why: failureWords(failed.error).message };
  const admitted = results.some(({ verdict }) => verdict === "admit");
  return results.length === 0
    ? { known: false, why: "nothing is known of it" }
    : { known: true, verdict: admitted ? "admit" : "not-applicable", kubeletMessage: null };
}
