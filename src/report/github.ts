/** `--format github`: workflow commands, which GitHub shows as annotations beside the lines. */
import type { RunReport, TargetResult } from "../results/run-report.ts";
import type { Failure } from "../core/errors.ts";
import { visible } from "../core/terminal-text.ts";
import { failureWords } from "../core/failure-words.ts";
import { claimsOf, type Claim } from "./standing.ts";
import { fixLabel } from "./words.ts";

const commands = { error: "error", warning: "warning", info: "notice" } as const;

/** Renders a report: one command a claim, none for what is well. */
export function renderGithub(report: RunReport, failure: Failure | null = null): string {
  const lines = report.targets.flatMap((target) => [
    ...claimsOf(target).map((claim) => claimLine(target, claim)),
    ...(target.error === null ? [] : [failureLine(target.error, target)]),
  ]);
  if (failure !== null) lines.unshift(failureLine(failure, null));
  return lines.map((line) => `${line}\n`).join("");
}

function claimLine(target: TargetResult, { rule, severity, outcome, message, place, finding }: Claim): string {
  const properties: Record<string, string> = { ...fileProperty(target) };
  if (place !== null) {
    properties["line"] = String(place.line);
    properties["endLine"] = String(place.endLine);
    // Columns only count where a place is within one line.
    if (place.line === place.endLine) {
      properties["col"] = String(place.column);
      properties["endColumn"] = String(place.endColumn);
    }
  }
  properties["title"] = `image-fix ${rule}`;
  const text = [
    `${outcome === "open" ? "Could not be known: " : ""}${message}`,
    ...(finding?.fix == null ? [] : [`${fixLabel(target, finding.fix)}: ${finding.fix.title}`]),
  ].join("\n");
  return command(commands[severity], properties, text);
}

function failureLine(failure: Failure, target: TargetResult | null): string {
  const { place, message, hint } = failureWords(failure);
  const properties: Record<string, string> = target === null ? {} : { ...fileProperty(target) };
  if (failure.code === "SYNTAX") {
    properties["line"] = String(failure.line);
    properties["col"] = String(failure.column);
  }
  properties["title"] = `image-fix ${failure.code}`;
  return command(
    "error",
    properties,
    [place === null ? message : `${place}: ${message}`, ...(hint === null ? [] : [hint])].join("\n"),
  );
}

/** GitHub finds files by their path from the repository's root, without `./`. */
function fileProperty(target: TargetResult): { file?: string } {
  if (target.kind === "image" || target.target === "-") return {};
  return { file: target.target.replace(/^(?:\.\/)+/, "") };
}

function command(name: string, properties: Readonly<Record<string, string>>, message: string): string {
  const list = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(value)}`);
  return `::${name}${list.length === 0 ? "" : ` ${list.join(",")}`}::${escapeData(message)}`;
}

/** As the runner's own toolkit escapes; control characters are made visible first. */
const escapeData = (text: string): string => visible(text).replaceAll("%", "%25").replaceAll("\n", "%0A");

const escapeProperty = (text: string): string => escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
