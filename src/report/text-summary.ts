/** The last line of a text report. */
import type { RunReport, TargetResult } from "../results/run-report.ts";
import type { Verdict } from "../core/verdict.ts";
import { standingFindings } from "./standing.ts";
import type { TextOptions } from "./text-options.ts";
import { wrap } from "./text-width.ts";
import { counted, isAdmitted } from "./words.ts";

/** The last line: what became of all targets. Empty for a single target, which has said it itself. */
export function renderSummary(report: RunReport, { columns, quiet }: Pick<TextOptions, "columns" | "quiet">): string {
  if (quiet || report.targets.length < 2) return "";
  const counts =
    report.command === "fix"
      ? fixCounts(report.targets)
      : report.command === "manifest"
        ? manifestCounts(report.targets)
        : verdictCounts(report.targets);
  const parts = counts.flatMap(([count, words]) => (count > 0 ? [`${count} ${words}`] : []));
  const isImage = report.targets.map(({ kind }) => kind === "image");
  const noun = isImage.every(Boolean) ? "image" : isImage.some(Boolean) ? "target" : "file";
  const findings = report.targets.reduce((sum, target) => sum + standingFindings(target).length, 0);
  const nothingRead = report.targets.every(({ error, text }) => error !== null && text === null);
  const tail =
    report.command === "verify" || nothingRead
      ? ""
      : `; ${counted(findings, "finding")}${report.command === "fix" ? " left" : ""}`;
  return `${wrap(`${counted(report.targets.length, noun)}: ${parts.join(", ")}${tail}`, columns, "  ")}\n`;
}

type Counts = readonly (readonly [count: number, words: string])[];

function verdictCounts(targets: readonly TargetResult[]): Counts {
  const of = (verdict: Verdict): number =>
    targets.filter((target) => target.error === null && target.verdict === verdict).length;
  return [
    [of("admit"), "non-root"],
    [of("root"), "root"],
    [of("symbolic"), "with a name as user"],
    [of("invalid"), "with an invalid uid"],
    [of("unknown"), "unknown"],
    [of("not-applicable"), "not applicable"],
    [targets.filter(({ error }) => error !== null).length, "failed"],
  ];
}

function fixCounts(targets: readonly TargetResult[]): Counts {
  const of = (is: (target: TargetResult) => boolean): number => targets.filter(is).length;
  return [
    [of(({ fix, proof }) => fix?.written === true && proof !== null), "fixed and proven"],
    [of(({ fix, proof }) => fix?.written === true && proof === null), "fixed without proof"],
    [of(({ fix }) => fix?.changed === true && !fix.written), "with a fix that was not written"],
    [of(({ fix, error }) => fix?.changed !== true && error === null), "unchanged"],
    [of(({ fix, error }) => fix?.changed !== true && error !== null), "failed"],
  ];
}

function manifestCounts(targets: readonly TargetResult[]): Counts {
  const of = (is: (target: TargetResult) => boolean): number => targets.filter(is).length;
  const judged = targets.filter(({ error }) => error === null);
  return [
    [of(({ fix }) => fix?.written === true), "fixed"],
    [of(({ fix }) => fix?.changed === true && !fix.written), "with a fix that was not written"],
    [judged.filter(isAdmitted).length, "admitted"],
    [judged.filter((target) => !isAdmitted(target)).length, "refused"],
    [of(({ error }) => error !== null), "failed"],
  ];
}
