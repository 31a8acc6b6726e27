/**
 * Results read back from what `scan`, `audit` and `verify` wrote: NDJSON lines, JSON documents, states of scans. They
 * come from files that anybody may have edited, so every field is checked and what is strange counts as absent.
 */
import { asArray, asObject, asText, asTexts, type JsonObject } from "../core/json.ts";
import type { Applicability, Outcome, Severity } from "../core/finding.ts";
import type { Verdict } from "../core/verdict.ts";
import { failureWords } from "../core/failure-words.ts";
import type { TargetResult } from "./run-report.ts";

export interface ReportedFinding {
  readonly rule: string;
  readonly severity: Severity;
  readonly outcome: Outcome;
  readonly message: string;
  /** 1-based; `null` where there is no text (images). */
  readonly line: number | null;
  readonly column: number | null;
  readonly fix: { readonly title: string; readonly applicability: Applicability } | null;
}

export interface ReportedTarget extends Pick<
  TargetResult,
  "target" | "kind" | "verdict" | "configUser" | "uid" | "kubeletMessage" | "digest" | "platform"
> {
  readonly findings: readonly ReportedFinding[];
  /** Whether the file's author silenced findings: a refused verdict may then stand without one. */
  readonly hasIgnored: boolean;
  /** Of what is not applicable alone: why. */
  readonly evidence?: readonly string[];
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null } | null;
}

const verdicts: readonly Verdict[] = ["admit", "root", "symbolic", "invalid", "unknown", "not-applicable"];
const kinds: readonly ReportedTarget["kind"][] = ["containerfile", "image", "manifest"];
const severities: readonly Severity[] = ["error", "warning", "info"];
const applicabilities: readonly Applicability[] = ["safe", "review", "manual"];

/** A target object as `--format json` and NDJSON have it; undefined when it is none. */
export function readTarget(value: unknown): ReportedTarget | undefined {
  const object = asObject(value);
  const target = object["target"];
  const kind = kinds.find((one) => one === object["kind"]);
  const verdict = verdicts.find((one) => one === object["verdict"]);
  if (typeof target !== "string" || kind === undefined || verdict === undefined) return undefined;
  // What stands after a fix is what the candidate left.
  const fix = asObject(object["fix"]);
  const findings = fix["changed"] === true ? fix["remaining"] : object["findings"];
  return {
    target,
    kind,
    verdict: fix["changed"] === true && fix["written"] === true ? "admit" : verdict,
    configUser: textOrNull(object["configUser"]),
    uid: numberOrNull(object["uid"]),
    kubeletMessage: textOrNull(object["kubeletMessage"]),
    findings: asArray(findings).map((finding) => readFinding(asObject(finding))),
    hasIgnored: asArray(object["ignored"]).length > 0,
    ...(verdict === "not-applicable" ? { evidence: asTexts(object["evidence"]) } : {}),
    digest: textOrNull(object["digest"]),
    platform: textOrNull(object["platform"]),
    error: readError(object["error"]),
  };
}

function readFinding(finding: JsonObject): ReportedFinding {
  const fix = asObject(finding["fix"]);
  const title = asText(fix["title"]);
  return {
    rule: asText(finding["rule"]) || "unknown-rule",
    // What cannot be read must not pass for harmless.
    severity: severities.find((one) => one === finding["severity"]) ?? "error",
    outcome: finding["outcome"] === "open" ? "open" : "fail",
    message: asText(finding["message"]),
    line: numberOrNull(finding["line"]),
    column: numberOrNull(finding["column"]),
    fix:
      title === ""
        ? null
        : { title, applicability: applicabilities.find((one) => one === fix["applicability"]) ?? "manual" },
  };
}

function readError(value: unknown): ReportedTarget["error"] {
  if (value === null || value === undefined) return null;
  const error = asObject(value);
  return {
    code: asText(error["code"]) || "UNREADABLE",
    message: asText(error["message"]) || "no reason is given",
    hint: textOrNull(error["hint"]),
  };
}

const textOrNull = (value: unknown): string | null => (typeof value === "string" ? value : null);
const numberOrNull = (value: unknown): number | null =>
  typeof value === "number" && Number.isSafeInteger(value) ? value : null;

/** A result of this run as it would be read back. */
export function reportedOf(result: TargetResult): ReportedTarget {
  const words = result.error === null ? null : failureWords(result.error);
  return {
    target: result.target,
    kind: result.kind,
    verdict: result.verdict,
    configUser: result.configUser,
    uid: result.uid,
    kubeletMessage: result.kubeletMessage,
    findings: result.findings.map(({ rule, severity, outcome, message, fix }) => ({
      rule,
      severity,
      outcome,
      message,
      line: null,
      column: null,
      fix,
    })),
    hasIgnored: result.ignored.length > 0,
    ...(result.verdict === "not-applicable" ? { evidence: result.evidence } : {}),
    digest: result.digest,
    platform: result.platform,
    error:
      words === null || result.error === null
        ? null
        : {
            code: result.error.code,
            message: words.place === null ? words.message : `${words.place}: ${words.message}`,
            hint: words.hint,
          },
  };
}

/** What makes two results one: the same image by name, digest and platform. */
export const identityOf = ({ kind, target, digest, platform }: ReportedTarget): string =>
  `${kind}\n${target}\n${digest ?? ""}\n${platform ?? ""}`;
