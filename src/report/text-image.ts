/** A built image, for people: its findings with what to write, one line that sums it up, and below it what is known. */
import picocolors from "picocolors";
import type { TargetResult } from "../results/run-report.ts";
import type { Finding } from "../core/finding.ts";
import { visible } from "../core/terminal-text.ts";
import { unexplainedRefusal } from "./standing.ts";
import type { TextOptions } from "./text-options.ts";
import { wrap } from "./text-width.ts";
import { counted, fixLabel, verdictWords } from "./words.ts";

/** The block of one image; `""` when a failure has said all of it. */
export function renderImage(target: TargetResult, options: TextOptions): string {
  if (target.error !== null && target.verdict === "unknown") return "";
  const prose = (text: string, indent = "  "): string => wrap(visible(text), options.columns, indent);
  const name = nameOf(target);
  const blocks = target.findings.map((finding) => findingText(target, finding, name, options));
  const refusal = unexplainedRefusal(target);
  if (refusal !== null) blocks.push(prose(`Kubernetes says: ${refusal.message}`));
  const facts =
    target.evidence.length > 0 || options.verbose
      ? [...target.evidence, ...(target.digest === null ? [] : [`digest: ${target.digest}`])]
      : [];
  blocks.push([statusText(target, name, options), ...facts.map((line) => `  ${prose(line, "    ")}`)].join("\n"));
  return blocks.join("\n\n");
}

/** `alpine:3.20 (linux/arm64)`. */
export const nameOf = ({ target, platform }: TargetResult): string =>
  platform === null ? target : `${target} (${platform})`;

function findingText(target: TargetResult, finding: Finding, name: string, { columns, colour }: TextOptions): string {
  const paint = picocolors.createColors(colour);
  const mark = finding.severity === "error" ? paint.red : finding.severity === "warning" ? paint.yellow : paint.cyan;
  const place = `${visible(name)}:`;
  const severity = finding.outcome === "open" ? `${finding.severity} (could not be known):` : `${finding.severity}:`;
  const wrapped = wrap(`${place} ${severity} ${visible(`${finding.message} [${finding.rule}]`)}`, columns, "  ");
  // Wrapped as plain text and coloured afterwards, so that colours count no columns.
  const head = wrapped.startsWith(`${place} ${severity}`)
    ? `${paint.bold(place)} ${mark(paint.bold(severity))}${wrapped.slice(place.length + 1 + severity.length)}`
    : wrapped;
  if (finding.fix === null) return head;
  const label = fixLabel(target, finding.fix);
  return `${head}\n  ${paint.bold(`${label}:`)} ${wrap(visible(finding.fix.title), columns, "    ", label.length + 4)}`;
}

function statusText(target: TargetResult, name: string, { columns, colour, fails }: TextOptions): string {
  const paint = picocolors.createColors(colour);
  const counts = (["error", "warning", "info"] as const).flatMap((severity) => {
    const count = target.findings.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : [severity === "info" ? `${count} info` : counted(count, severity)];
  });
  const uid = target.verdict === "admit" && target.uid !== null ? ` (uid ${target.uid})` : "";
  const tail = counts.length === 0 ? "" : `; ${counts.join(", ")}`;
  const unread = target.error === null ? "" : "; not everything could be read";
  const shown = wrap(visible(`${name}: ${verdictWords[target.verdict]}${uid}${tail}${unread}`), columns, "  ");
  const isWell = target.error === null && target.verdict === "admit" && !target.findings.some(fails);
  return isWell ? paint.green(shown) : paint.red(shown);
}
