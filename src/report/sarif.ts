/** `--format sarif`: SARIF 2.1.0, as code scanning services read it. */
import type { Location, Notification } from "sarif";
import type { RunReport, TargetResult } from "../results/run-report.ts";
import type { Failure } from "../core/errors.ts";
import { failureWords } from "../core/failure-words.ts";
import { lineHashes, nameHash } from "./line-hash.ts";
import { fileLocation, imageLocation, sarifLog, type LogResult, type RuleInfo } from "./sarif-log.ts";
import { claimsOf, type Claim, type Tool } from "./standing.ts";

/** Renders a report. */
export function renderSarif(
  report: RunReport,
  {
    tool,
    rules,
    failure = null,
  }: {
    readonly tool: Tool;
    readonly rules: readonly RuleInfo[];
    readonly failure?: Failure | null;
  },
): string {
  const results = report.targets.flatMap((target) => {
    const fingerprint = fingerprintOf(target);
    return claimsOf(target).map((claim) => resultOf(target, claim, fingerprint(claim)));
  });
  const notifications = [
    ...(failure === null ? [] : [notification(failure, null)]),
    ...report.targets.flatMap((target) => (target.error === null ? [] : [notification(target.error, target)])),
  ];
  return sarifLog({ tool, rules, results, notifications, isComplete: notifications.length === 0 });
}

function resultOf(target: TargetResult, claim: Claim, primaryLocationLineHash: string): LogResult {
  const { rule, severity, outcome, message, finding } = claim;
  return {
    rule,
    severity,
    outcome,
    members: {
      message: { text: message },
      locations: [location(target, claim)],
      properties: {
        severity,
        ...(finding === null ? {} : { stage: finding.stage }),
        ...(finding === null || finding.fix === null
          ? {}
          : { fix: { title: finding.fix.title, applicability: finding.fix.applicability } }),
      },
      partialFingerprints: { primaryLocationLineHash },
    },
  };
}

function location(target: TargetResult, { place }: Claim): Location {
  if (target.kind === "image") return imageLocation(target.target, [target.target]);
  const region =
    place === null
      ? { startLine: 1 }
      : { startLine: place.line, startColumn: place.column, endLine: place.endLine, endColumn: place.endColumn };
  return { physicalLocation: { artifactLocation: fileLocation(target.target), region } };
}

/** What makes a result the same one in the next run: the line and what follows it, or the image. */
function fingerprintOf(target: TargetResult): (claim: Claim) => string {
  const text = target.fix?.written === true ? target.fix.text : target.text;
  const hashes = target.kind === "image" || text === null ? [] : lineHashes(text);
  return ({ rule, outcome, place }) =>
    hashes[(place?.line ?? 1) - 1] ?? nameHash(`${rule}:${outcome}:${target.target}`);
}

function notification(failure: Failure, target: TargetResult | null): Notification {
  const { place, message, hint } = failureWords(failure);
  const text = [place === null ? message : `${place}: ${message}`, ...(hint === null ? [] : [hint])].join("\n");
  return {
    level: "error",
    descriptor: { id: failure.code },
    message: { text },
    ...(target === null || target.kind === "image"
      ? {}
      : { locations: [{ physicalLocation: { artifactLocation: fileLocation(target.target) } }] }),
  };
}
