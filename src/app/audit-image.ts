/** A built image, judged: one result for each platform. Files and images share the kubelet's verdict and the rules' ids. */
import type { Failure } from "../core/errors.ts";
import type { Severity } from "../core/finding.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { DigestCache } from "../image/cache.ts";
import { parseImageReference, type ImageReference } from "../image/reference.ts";
import type { ImageSources } from "../image/sources/sources.ts";
import type { ImageView, OpenImage, PlatformImage } from "../image/view.ts";
import { evidenceOf } from "./image-audit/image-evidence.ts";
import { readImageFacts } from "./image-audit/image-facts.ts";
import { findingsOf } from "./image-audit/image-findings.ts";
import { TimeLimit } from "./image-audit/time-limit.ts";
import { failedTarget, type TargetResult } from "../results/run-report.ts";

/** How far an image is read. */
export interface JudgeOptions {
  /**
   * `user`: manifest and configuration alone. `accounts`: layers too, until the account of a symbolic user is known.
   * `all`: layers for whatever a fact needs. What was not read for it is not claimed.
   */
  readonly facts: "user" | "accounts" | "all";
  /** Every layer is read, for the full list of setuid programs and file capabilities. */
  readonly deep?: boolean;
  /** Severity of single rules, or `off`. */
  readonly rules?: Readonly<Record<string, "off" | Severity>>;
  /** Group 0 is what OpenShift gives, not a fault. */
  readonly openshift?: boolean;
  /** Absolute paths that the application writes. */
  readonly writable?: readonly string[];
  /** `linux/arm64`: of several platforms only this. */
  readonly platform?: string;
  /** For one image with all that is read of it; 120 without it. */
  readonly timeoutSeconds?: number;
  /** Judgements by manifest digest, for callers who meet one image under many tags. All who share it use the same options. */
  readonly judged?: DigestCache<Judgement>;
}

/** What is known of one platform's image, without the name it was asked for by. */
export type Judgement = Omit<TargetResult, "target">;

/**
 * Judges every platform of an image. Never throws for what the image or its source is: a platform that cannot be read is
 * a result with an `error`.
 * @param sources gives the cache in which verdicts are kept by manifest digest; all who share it must use the same options
 */
async function judgeImage(view: ImageView, options: JudgeOptions, limit: TimeLimit): Promise<TargetResult[]> {
  const results: TargetResult[] = [];
  for (const image of view.images) {
    const judged = await judgeOnce(image, options, limit);
    const target = image.name === undefined ? view.target : `${view.target}:${image.name}`;
    results.push(
      judged.ok
        ? { target, ...judged.value }
        : {
            ...failedTarget(target, "image", judged.error),
            digest: image.digest,
            platform: image.platform ?? null,
          },
    );
  }
  return withDifferences(results);
}

async function judgeOnce(
  image: PlatformImage,
  options: JudgeOptions,
  limit: TimeLimit,
): Promise<Result<Judgement, Failure>> {
  let unkept: Judgement | undefined;
  const read = async (): Promise<Result<Judgement, Failure>> => {
    const opened = await limit.within(image.open());
    if (!opened.ok) return opened;
    const judgement = await judgeOpened(limit.of(opened.value), options);
    if (judgement.error === null) return ok(judgement);
    // Not kept: a failure may be gone the next time.
    unkept = judgement;
    return err(judgement.error);
  };
  const judged =
    image.digest === null || options.judged === undefined
      ? await read()
      : await options.judged.get(`${image.digest} ${image.platform ?? ""}`, read);
  return unkept === undefined ? judged : ok(unkept);
}

async function judgeOpened(image: OpenImage, options: JudgeOptions): Promise<Judgement> {
  const { facts: depth, deep = false, rules = {}, openshift = false, writable = [] } = options;
  const isWindows = image.platform.startsWith("windows/");
  const facts = await readImageFacts(image, { facts: isWindows ? "user" : depth, deep: deep && !isWindows, writable });
  const { verdict } = facts;
  return {
    kind: "image",
    verdict: isWindows ? "not-applicable" : verdict.verdict,
    configUser: image.config.config.user,
    uid: facts.uid.known ? facts.uid.value : null,
    kubeletMessage: isWindows ? null : verdict.kubeletMessage,
    findings: findingsOf(facts, { rules, openshift, deep }),
    ignored: [],
    hints: [],
    text: null,
    evidence: isWindows ? [] : evidenceOf(facts),
    fix: null,
    proof: null,
    digest: image.digest,
    platform: image.platform,
    // What could be read stays, but an image that was not read to where it had to be is never fine.
    error: facts.failure,
  };
}

/** Platforms of one image that differ in their verdict are told of in each of them. */
function withDifferences(results: readonly TargetResult[]): TargetResult[] {
  return results.map((result) => {
    const own = results.filter(({ target }) => target === result.target);
    if (new Set(own.map(({ verdict }) => verdict)).size < 2) return result;
    const line = `platforms differ: ${own.map(({ platform, verdict }) => `${platform ?? "unknown"} ${verdict}`).join(", ")}`;
    return { ...result, evidence: [...result.evidence, line] };
  });
}

/**
 * Audits one image by its reference.
 * @returns One result a platform, or one with an `error` when the image cannot be opened; `err` only for what is no reference.
 */
export async function auditImage(
  target: string,
  options: JudgeOptions,
  sources: ImageSources,
): Promise<Result<TargetResult[], Failure>> {
  const reference = parseImageReference(target);
  if (!reference.ok) return err({ code: "USAGE", message: `${target} is no image reference: ${reference.error}` });
  return ok(await auditReference(reference.value, target, options, sources));
}

/**
 * The same for a reference that was read.
 * @param explain says more of why an image cannot be opened
 */
export async function auditReference(
  reference: ImageReference,
  target: string,
  options: JudgeOptions,
  sources: ImageSources,
  explain = (failure: Failure): Failure => failure,
): Promise<TargetResult[]> {
  const { platform, timeoutSeconds } = options;
  const limit = new TimeLimit(() => sources.pausedMs(), timeoutSeconds);
  try {
    const view = await limit.within(sources.open(reference, platform === undefined ? {} : { platform }, target));
    return view.ok
      ? await judgeImage(view.value, options, limit)
      : [failedTarget(target, "image", explain(view.error))];
  } finally {
    limit.end();
  }
}
