/** What a report claims about a target: the findings of the file as it is now, with the text their places are in. */
import type { Finding } from "../core/finding.ts";
import type { TargetResult } from "../results/run-report.ts";
import { saysVerdict, type Verdict } from "../core/verdict.ts";
import { placeOf, sourceOf, type Place } from "./source.ts";

/** Name and version of the tool, for formats that name it. */
export interface Tool {
  readonly name: string;
  readonly version: string;
}

/** One claim as machine formats print it. */
export interface Claim {
  readonly rule: string;
  readonly severity: Finding["severity"];
  readonly outcome: Finding["outcome"];
  readonly message: string;
  /** The finding behind it; null for a verdict that no finding explains (an image's). */
  readonly finding: Finding | null;
  readonly place: Place | null;
}

const ruleOfVerdict: Partial<Readonly<Record<Verdict, string>>> = {
  root: "root-user",
  symbolic: "symbolic-user",
  invalid: "invalid-uid",
};

/**
 * The claims about a target. After a fix that was written these are the findings of the new text, at places in it;
 * before, those of the old. A verdict that Kubernetes refuses is a claim even where no finding says so.
 */
export function claimsOf(target: TargetResult): readonly Claim[] {
  const written = target.fix?.written === true ? target.fix : null;
  const findings = written?.remaining ?? target.findings;
  const text = written?.text ?? target.text;
  const source = text === null ? null : sourceOf(text);
  const claims = findings.map((finding): Claim => ({
    rule: finding.rule,
    severity: finding.severity,
    outcome: finding.outcome,
    message: finding.message,
    finding,
    place: source === null ? null : placeOf(source, finding.span),
  }));
  const silent = written === null ? unexplainedRefusal(target) : null;
  if (silent === null) return claims;
  const why = silenceWords(target, silent);
  return [why === null ? silent : { ...silent, message: `${silent.message}. ${why}` }, ...claims];
}

/** The findings that stand when the run is over: the candidate's, where the file was or would be changed. */
export const standingFindings = (target: TargetResult): readonly Finding[] =>
  target.fix?.changed === true ? target.fix.remaining : target.findings;

/** Whether nobody could tell the user and no finding says why, as its rule is off or ignored in the file. */
export const isUnexplainedUnknown = ({ verdict, findings }: TargetResult): boolean =>
  verdict === "unknown" && !findings.some(({ rule }) => saysVerdict(rule));

/** A refused verdict that neither a finding nor an ignore comment accounts for, as a claim without a place. */
export function unexplainedRefusal(target: TargetResult): Claim | null {
  const rule = ruleOfVerdict[target.verdict];
  if (rule === undefined) return null;
  const explained = [...target.findings, ...target.ignored.map(({ finding }) => finding)].some((finding) =>
    saysVerdict(finding.rule),
  );
  if (explained) return null;
  return {
    rule,
    severity: "error",
    outcome: "fail",
    message: target.kubeletMessage ?? `Kubernetes refuses this user under runAsNonRoot (${target.verdict})`,
    finding: null,
    place: null,
  };
}

/**
 * Why no finding of its rule says of a Containerfile what its refusal does: an ONBUILD trigger decides, or the rule is off,
 * and the verdict is the kubelet's all the same. `null` of other targets.
 */
export function silenceWords({ kind, findings }: TargetResult, { rule }: Claim): string | null {
  if (kind !== "containerfile") return null;
  if (findings.some((finding) => finding.rule === "onbuild-user"))
    return "An ONBUILD trigger sets this user, as onbuild-user says.";
  return `The rule ${rule} is off in the configuration, and the image is refused all the same: where it is meant, ignore it in the file with a reason.`;
}
