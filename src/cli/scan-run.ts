/** Runs a scan with real registries, files and streams; loaded when the command runs. */
import { setMaxListeners } from "node:events";
import type { Readable } from "node:stream";
import { auditImage, type Judgement } from "../app/audit-image.ts";
import { registryOptions } from "../app/registry-options.ts";
import type { RegistryRequest } from "../app/requests.ts";
import type { ScanOutcome } from "../results/scan-outcome.ts";
import { scanImages, type ScanProgress, type ScanRequest, type ScanResult } from "../app/scan.ts";
import { realLister } from "../app/scan-places.ts";
import { failedTarget } from "../results/run-report.ts";
import type { Failure } from "../core/errors.ts";
import { fileReasonOf } from "../core/file-reason.ts";
import type { Severity } from "../core/finding.ts";
import { err, ok, type Result } from "../core/result.ts";
import { DigestCache, ImageCache } from "../image/cache.ts";
import { ImageSources } from "../image/sources/sources.ts";
import { targetLine } from "../report/json.ts";
import { listReferences } from "../scan/list-references.ts";
import { NameSet } from "../scan/name-set.ts";
import { LineFile } from "./line-file.ts";
import { boundYoungSpace } from "./young-space.ts";

export interface ScanRun extends ScanRequest {
  readonly registry: RegistryRequest;
  readonly platform?: string;
  /** For one image. */
  readonly timeoutSeconds?: number;
  /** Layers are read for the number behind a user's name. */
  readonly accounts: boolean;
  readonly deep: boolean;
  readonly openshift: boolean;
  readonly rules: Readonly<Record<string, "off" | Severity>>;
  /** `--output`; standard output without it. */
  readonly output?: string;
}

export interface ScanStreams {
  readonly stdin: Readable;
  /** Takes a result for standard output. */
  readonly tell: (result: ScanResult) => void;
  readonly onProgress?: (progress: ScanProgress) => void;
  readonly signal: AbortSignal;
}

/** Judgements kept for images that have several tags. */
const keptJudgements = 4_000;
/** Bytes of V8's space for young objects, both halves. */
const youngSpace = 8 * 1024 * 1024;
/** What stands between a manifest and its judgement; kept as long as it takes. */
const keptDocuments = 8;

/** Scans, and streams what comes to a file or to `tell`. */
export async function runScan(run: ScanRun, streams: ScanStreams): Promise<Result<ScanOutcome, Failure>> {
  const { signal } = streams;
  // Every request under way listens.
  setMaxListeners(0, signal);
  const registry = await registryOptions({ ...run.registry, concurrency: run.concurrency }, signal);
  if (!registry.ok) return registry;
  const sources = new ImageSources({
    signal,
    registry: registry.value,
    cache: new ImageCache({ documents: keptDocuments, layerEntries: 100_000 }),
  });
  const bound = boundYoungSpace(youngSpace);
  let file: LineFile | undefined;
  try {
    if (run.output !== undefined) file = await LineFile.open(run.output);
  } catch (cause) {
    return err(outputFailure(run.output ?? "", cause));
  }
  const options = {
    facts: run.deep ? ("all" as const) : run.accounts ? ("accounts" as const) : ("user" as const),
    deep: run.deep,
    rules: run.rules,
    openshift: run.openshift,
    judged: new DigestCache<Judgement>(keptJudgements),
    ...(run.platform === undefined ? {} : { platform: run.platform }),
    ...(run.timeoutSeconds === undefined ? {} : { timeoutSeconds: run.timeoutSeconds }),
  };
  try {
    const outcome = await scanImages(
      run,
      {
        lister: realLister({ client: (host) => sources.registry(host), stdin: streams.stdin }),
        judge: async (reference) => {
          bound();
          const results = await auditImage(reference, options, sources);
          return results.ok ? results.value : [failedTarget(reference, "image", results.error)];
        },
        render: targetLine,
        write: (result) => (file === undefined ? streams.tell(result) : file.write(result.json)),
        ...(streams.onProgress === undefined ? {} : { onProgress: streams.onProgress }),
      },
      signal,
    );
    await file?.close();
    return outcome;
  } catch (cause) {
    if (run.output !== undefined && cause instanceof Error && "code" in cause && file !== undefined) {
      return err(outputFailure(run.output, cause));
    }
    throw cause;
  } finally {
    sources.close();
    file?.drop();
  }
}

const outputFailure = (file: string, cause: unknown): Failure => ({
  code: "WRITE_FAILED",
  file,
  message: `results cannot be written: ${fileReasonOf(cause, "write")}`,
  hint: "name another file with --output; with --state what was done stays done",
});

/** `--list`: prints the references that a scan would read, and reads none. */
export async function listImages(
  run: ScanRun,
  streams: Pick<ScanStreams, "stdin" | "signal"> & {
    readonly print: (reference: string) => void;
    readonly fail: (target: string, failure: Failure) => void;
  },
): Promise<Result<{ readonly images: number; readonly failed: number }, Failure>> {
  const { signal, stdin } = streams;
  const registry = await registryOptions({ ...run.registry, concurrency: run.concurrency }, signal);
  if (!registry.ok) return registry;
  const sources = new ImageSources({ signal, registry: registry.value });
  let images = 0;
  let failed = 0;
  try {
    const listed = listReferences(run.sources, {
      lister: realLister({ client: (host) => sources.registry(host), stdin }),
      filter: run.filter,
      tags: run.tags,
      shard: run.shard,
      met: new NameSet(),
      memory: undefined,
      progress: { images: 0, repositoriesListed: 0, repositories: 0 },
      signal,
    });
    for await (const item of listed) {
      if (item.kind === "image") {
        images++;
        streams.print(item.reference);
      } else if (item.error.code !== "NO_IMAGE") {
        failed++;
        streams.fail(item.target, item.error);
      }
    }
  } finally {
    sources.close();
  }
  return ok({ images, failed });
}
