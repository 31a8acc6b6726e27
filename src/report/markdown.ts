/** `--format markdown`: for a job summary or a comment on a merge request. */
import type { FileFix, Proof, RunReport, SmokeTest, TargetResult } from "../results/run-report.ts";
import type { Failure } from "../core/errors.ts";
import { visible } from "../core/terminal-text.ts";
import { failureWords } from "../core/failure-words.ts";
import { originalWords, smokeWords } from "./smoke.ts";
import { claimsOf, type Claim } from "./standing.ts";
import { counted, fixLabel, outcomeWords, sizeText } from "./words.ts";

/** Renders a report: a table of the targets, then what there is to say of each. */
export function renderMarkdown(report: RunReport, failure: Failure | null = null): string {
  const blocks = [`# image-fix ${report.command}`];
  if (failure !== null) blocks.push(failureText(failure));
  if (report.targets.length > 0) {
    blocks.push(
      [
        "| target | outcome | findings |",
        "| --- | --- | --- |",
        ...report.targets.map(
          (target) =>
            `| ${tableCell(code(target.target))} | ${escaped(outcomeWords(target, report.command))} | ${counted(claimsOf(target).length, "finding")} |`,
        ),
      ].join("\n"),
    );
  }
  for (const target of report.targets) blocks.push(...targetBlocks(target));
  return `${blocks.join("\n\n")}\n`;
}

function targetBlocks(target: TargetResult): readonly string[] {
  const claims = claimsOf(target);
  const blocks: string[] = [];
  if (claims.length > 0) blocks.push(claims.map((claim) => claimItem(target, claim)).join("\n"));
  if (target.fix?.changed === true) blocks.push(...fixBlocks(target.fix, target.proof !== null));
  else if (target.fix !== null) blocks.push(...target.fix.steps.map((step) => `Left: ${escaped(step)}`));
  if (target.proof !== null) blocks.push(proofText(target.proof));
  if (target.smoke !== undefined) blocks.push(smokeText(target.smoke));
  if (target.error !== null) blocks.push(failureText(target.error));
  return blocks.length === 0 ? [] : [`## ${code(target.target)}`, ...blocks];
}

function claimItem(target: TargetResult, { rule, severity, outcome, message, place, finding }: Claim): string {
  const where = place === null ? "" : `line ${place.line}, `;
  const open = outcome === "open" ? ", could not be known" : "";
  const fix = finding?.fix == null ? "" : `\n  ${fixLabel(target, finding.fix)}: ${escaped(finding.fix.title)}`;
  return `- **${severity}** (${where}\`${rule}\`${open}): ${escaped(message)}${fix}`;
}

function fixBlocks(fix: FileFix, proven: boolean): readonly string[] {
  return [
    [fix.written ? "Changed:" : "Would change:", ...fix.steps.map((step) => `- ${escaped(step)}`)].join("\n"),
    fenced(fix.diff, "diff"),
    ...(fix.predictedId === null || proven ? [] : [`Predicted, not run: ${code(fix.predictedId)}`]),
  ];
}

function proofText(proof: Proof): string {
  const before = proof.sizeBefore === null ? "" : `${sizeText(proof.sizeBefore)} before, `;
  const by = proof.method === "id" ? "`id` in the image" : "a static probe";
  const more = [
    ...(proof.runAsUser === undefined ? [] : [`as runAsUser ${proof.runAsUser}`]),
    ...(proof.readOnly === true ? ["read-only root"] : []),
    ...(proof.emptyDirs === undefined ? [] : [`emptyDir at ${proof.emptyDirs.map(code).join(" ")}`]),
    ...(proof.kubernetesGid === proof.gid ? [] : [`gid ${proof.kubernetesGid} in Kubernetes`]),
  ];
  const tail = more.length === 0 ? "" : ` (${more.join(", ")})`;
  return `Proven with ${escaped(proof.engineDescription)} by ${by}: ${code(proof.id)}${tail}, ${before}${sizeText(proof.sizeAfter)} now.`;
}

function smokeText(smoke: SmokeTest): string {
  const before = originalWords(smoke);
  return `Started under the restricted profile: ${escaped(smokeWords(smoke))}${before === null ? "" : `; ${escaped(before)}`}.`;
}

function failureText(failure: Failure): string {
  const { place, message, hint, log } = failureWords(failure);
  const first = `**${failure.code}** ${place === null ? "" : `${code(place)}: `}${escaped(message)}`;
  return [first, ...(hint === null ? [] : [escaped(hint)]), ...(log === null ? [] : [fenced(log, "text")])].join(
    "\n\n",
  );
}

/**
 * Prose from outside: every character with a meaning in Markdown or HTML is taken at its word. Addresses become no links,
 * and nobody is mentioned: people and issues are looked for in the rendered text, so that a space without width is needed.
 */
export function escaped(text: string): string {
  return visible(text)
    .replace(/[\\`*_{}[\]()#+!|~$<>&-]/g, (character) =>
      character === "<" ? "&lt;" : character === ">" ? "&gt;" : character === "&" ? "&amp;" : `\\${character}`,
    )
    .replace(/@/g, "&#64;")
    .replace(/(?<!\w)(&#64;(?=\w)|\\#(?=\d))/g, "$1&#8203;")
    .replace(/\b(https?|ftp):\/\//gi, "$1:&#47;&#47;")
    .replace(/\bwww\./gi, (found) => `${found.slice(0, -1)}&#46;`)
    .replace(/\s*\n\s*/g, " ");
}

/** Code in a line: fenced by more backticks than it holds in a row. */
export function code(text: string): string {
  const inside = visible(text).replace(/[\n\t]/g, " ");
  const ticks = "`".repeat(longestRun(inside) + 1);
  const pad = inside.startsWith("`") || inside.endsWith("`") || inside === "" ? " " : "";
  return `${ticks}${pad}${inside}${pad}${ticks}`;
}

/** In a table even a bar within code ends the cell. */
export const tableCell = (text: string): string => text.replaceAll("|", "\\|");

function fenced(text: string, language: string): string {
  const shown = visible(text.replaceAll("\r\n", "\n"));
  const ticks = "`".repeat(Math.max(3, longestRun(shown) + 1));
  return `${ticks}${language}\n${shown}${shown.endsWith("\n") ? "" : "\n"}${ticks}`;
}

const longestRun = (text: string): number =>
  (text.match(/`+/g) ?? []).reduce((most, { length }) => Math.max(most, length), 0);
