/** A built image, judged: one result for each platform. Files and images share the kubelet's verdict and the rules' ids. */
import type { Failure } from "../core/errors.ts";
import type { Finding, Severity } from "../core/finding.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { DigestCache } from "../image/cache.ts";
import { judgeConfigUser } from "../image/config-user.ts";
import { parseImageReference } from "../image/reference.ts";
import type { ImageSources } from "../image/sources/sources.ts";
import type { ImageView, OpenImage, PlatformImage } from "../image/view.ts";
import { failedTarget, type TargetResult } from "./results.ts";

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
export async function judgeImage(view: ImageView, options: JudgeOptions): Promise<TargetResult[]> {
  const results: TargetResult[] = [];
  for (const image of view.images) {
    const judged = await judgeOnce(image, options);
    results.push(
      judged.ok
        ? { ...judged.value, target: view.target }
        : {
            ...failedTarget(view.target, "image", judged.error),
            digest: image.digest,
            platform: image.platform ?? null,
          },
    );
  }
  return results;
}

async function judgeOnce(image: PlatformImage, options: JudgeOptions): Promise<Result<Judgement, Failure>> {
  const read = async (): Promise<Result<Judgement, Failure>> => {
    const opened = await image.open();
    return opened.ok ? judgeOpened(opened.value, options) : opened;
  };
  return image.digest === null || options.judged === undefined
    ? await read()
    : await options.judged.get(image.digest, read);
}

async function judgeOpened(image: OpenImage, _options: JudgeOptions): Promise<Result<Judgement, Failure>> {
  const { config } = image.config;
  const verdict = judgeConfigUser(config.user);
  const findings: Finding[] = [];
  const { target: _, ...nothing } = failedTarget("", "image", { code: "USAGE", message: "" });
  return ok({
    ...nothing,
    error: null,
    verdict: image.platform.startsWith("windows/") ? "not-applicable" : verdict.verdict,
    configUser: config.user,
    uid: verdict.uid === null ? null : Number(verdict.uid),
    kubeletMessage: verdict.kubeletMessage,
    findings,
    digest: image.digest,
    platform: image.platform,
  });
}

/**
 * Audits one image by its reference.
 * @returns One result a platform, or one with an `error` when the image cannot be opened; `err` only for what is no reference.
 */
export async function auditImage(
  target: string,
  options: JudgeOptions & { readonly platform?: string },
  sources: ImageSources,
): Promise<Result<TargetResult[], Failure>> {
  const reference = parseImageReference(target);
  if (!reference.ok) return err({ code: "USAGE", message: `${target} is no image reference: ${reference.error}` });
  const { platform } = options;
  const view = await sources.open(reference.value, platform === undefined ? {} : { platform }, target);
  if (!view.ok) return ok([failedTarget(target, "image", view.error)]);
  return ok(await judgeImage(view.value, options));
}
