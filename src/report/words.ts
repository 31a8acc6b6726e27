/** Numbers, verdicts and outcomes in words that read alike everywhere. */
import type { RunReport, TargetResult } from "../results/run-report.ts";
import type { Applicability, FixHint } from "../core/finding.ts";
import type { Verdict } from "../core/verdict.ts";

/** What a verdict means for a person. */
export const verdictWords: Readonly<Record<Verdict, string>> = {
  admit: "runs as non-root",
  root: "refused: runs as root",
  symbolic: "refused: the user is a name",
  invalid: "refused: the uid is not valid",
  unknown: "unknown whether it runs as root",
  "not-applicable": "not applicable (Windows image)",
};

/** What became of a target, in a few words. Holds text from outside: make it `visible`. */
export function outcomeWords(target: TargetResult, command: RunReport["command"]): string {
  const { fix, proof, verdict, uid, error } = target;
  if (target.kind === "manifest") return manifestWords(target);
  if (error !== null && verdict === "unknown" && target.findings.length === 0) return "not judged";
  if (fix === null || !fix.changed) {
    const words = `${verdictWords[verdict]}${verdict === "admit" && uid !== null ? ` (uid ${uid})` : ""}`;
    if (command !== "fix" || error !== null) return words;
    return verdict === "admit" ? `nothing to change, ${words}` : `not changed; ${words}`;
  }
  if (fix.written) return proof === null ? "fixed, not proven" : "fixed and proven";
  if (fix.heldBack !== null) return `not written, a person must decide first: ${fix.heldBack}`;
  return error === null ? "would change, nothing written" : "not written";
}

const fixLabels: Readonly<Record<Applicability, string>> = {
  safe: "Fix",
  review: "Fix, to be reviewed",
  manual: "Fix by hand",
};

/** Who makes a finding's fix, in a word in front of it. An image is nothing that we could change: its fix is advice. */
export const fixLabel = ({ kind }: TargetResult, { applicability }: FixHint): string =>
  fixLabels[kind === "image" && applicability === "manual" ? "safe" : applicability];

/** Whether a manifest's Pods are all admitted, and their images, where these were read, start. */
export const isAdmitted = ({ podSecurity = [], verdict, error }: TargetResult): boolean =>
  error === null &&
  podSecurity.every(({ allowed }) => allowed) &&
  (verdict === "admit" || verdict === "not-applicable");

/** How a manifest fares: the fix, then what admission says of its Pods as they are now. */
function manifestWords({ fix, podSecurity = [], findings, error }: TargetResult): string {
  if (error !== null && fix === null) return "not judged";
  const done =
    fix === null
      ? []
      : error !== null
        ? ["not written"]
        : fix.written
          ? ["fixed"]
          : fix.changed
            ? ["would change, nothing written"]
            : ["nothing to write"];
  const invalid = podSecurity.filter((pod) => pod.invalid === true);
  const refused = podSecurity.filter((pod) => !pod.allowed && pod.invalid !== true);
  const policies = [...new Set(podSecurity.map(({ level, version }) => `${level}:${version}`))].join(", ");
  const pods = counted(podSecurity.length, "Pod");
  const isWhole = findings.every(({ outcome }) => outcome !== "open");
  const words =
    podSecurity.length === 0
      ? "no Pod to judge"
      : podSecurity.every(({ allowed }) => allowed)
        ? `${pods}, admitted by ${policies}${isWhole ? "" : " as far as is known"}`
        : [
            pods,
            ...(refused.length === 0 ? [] : [`${refused.length} refused by ${policies}`]),
            ...(invalid.length === 0 ? [] : [`${invalid.length} refused by the API server`]),
          ].join(", ");
  return [...done, words].join("; ");
}

/** `1 finding`, `2 findings`, `no findings`. */
export const counted = (count: number, noun: string): string =>
  `${count === 0 ? "no" : count} ${noun}${count === 1 ? "" : "s"}`;

/** Bytes in decimal units, as podman and Docker show sizes: `512 B`, `3.1 kB`, `8.1 MB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB"];
  let value = bytes / 1000;
  // 999.95 would be rounded to 1000.0.
  while (value >= 999.95 && units.length > 1) {
    value /= 1000;
    units.shift();
  }
  return `${value.toFixed(1)} ${units[0]}`;
}
