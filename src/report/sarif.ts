/** `--format sarif`: SARIF 2.1.0, as code scanning services read it. */
import type { Location, Log, Notification, ReportingDescriptor, Result as SarifResult } from "sarif";
import type { Severity } from "../core/finding.ts";
import type { RunReport, TargetResult } from "../results/run-report.ts";
import type { Failure } from "../core/errors.ts";
import { failureWords } from "../core/failure-words.ts";
import { jsonText } from "./json.ts";
import { claimsOf, type Claim, type Tool } from "./standing.ts";

/** What a format says of a rule; the rules themselves are given in, so that no format depends on them. */
export interface RuleInfo {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly aliases?: readonly string[];
}

/** Severities in SARIF's words. */
export const levels = { error: "error", warning: "warning", info: "note" } as const;

/** Renders a report. Only rules that have results are described. */
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
  const claims = report.targets.flatMap((target) => claimsOf(target).map((claim) => ({ target, claim })));
  const ids = [...new Set(claims.map(({ claim }) => claim.rule))].toSorted();
  const known = new Map(rules.map((rule) => [rule.id, rule]));
  const notifications = [
    ...(failure === null ? [] : [notification(failure, null)]),
    ...report.targets.flatMap((target) => (target.error === null ? [] : [notification(target.error, target)])),
  ];
  const log: Log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: tool.name,
            version: tool.version,
            rules: ids.map((id) => descriptor(id, known.get(id))),
          },
        },
        columnKind: "utf16CodeUnits",
        invocations: [
          {
            executionSuccessful: notifications.length === 0,
            ...(notifications.length === 0 ? {} : { toolExecutionNotifications: notifications }),
          },
        ],
        results: claims.map(({ target, claim }) => result(target, claim, ids.indexOf(claim.rule))),
      },
    ],
  };
  return `${jsonText(log)}\n`;
}

/** A rule as the driver describes it. */
export function descriptor(id: string, rule: RuleInfo | undefined): ReportingDescriptor {
  if (rule === undefined) return { id };
  return {
    id,
    shortDescription: { text: rule.title },
    defaultConfiguration: { level: levels[rule.severity] },
    ...(rule.aliases === undefined ? {} : { properties: { aliases: [...rule.aliases] } }),
  };
}

function result(target: TargetResult, claim: Claim, ruleIndex: number): SarifResult {
  const { finding } = claim;
  return {
    ruleId: claim.rule,
    ruleIndex,
    // A kind other than fail must have the level none (SARIF 2.1.0, 3.27.10), so the severity is told apart.
    kind: claim.outcome,
    level: claim.outcome === "open" ? "none" : levels[claim.severity],
    message: { text: claim.message },
    locations: [location(target, claim)],
    properties: {
      severity: claim.severity,
      ...(finding === null ? {} : { stage: finding.stage }),
      ...(finding === null || finding.fix === null
        ? {}
        : { fix: { title: finding.fix.title, applicability: finding.fix.applicability } }),
    },
  };
}

function location(target: TargetResult, { place }: Claim): Location {
  if (target.kind === "image") return { logicalLocations: [{ fullyQualifiedName: target.target, kind: "image" }] };
  return {
    physicalLocation: {
      artifactLocation: { uri: uriOf(target.target) },
      ...(place === null
        ? {}
        : {
            region: {
              startLine: place.line,
              startColumn: place.column,
              endLine: place.endLine,
              endColumn: place.endColumn,
            },
          }),
    },
  };
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
      : { locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(target.target) } } }] }),
  };
}

/** A path as a URI reference: `./a b` → `a%20b`, `/a` → `file:///a`, `-` → `stdin`. */
function uriOf(path: string): string {
  if (path === "-") return "stdin";
  const encoded = path
    .replace(/^(?:\.\/)+/, "")
    .split("/")
    // A lone surrogate cannot be encoded (with the u flag, the class matches no pairs).
    .map((part) => encodeURIComponent(part.replace(/[\ud800-\udfff]/gu, "\ufffd")))
    .join("/");
  return path.startsWith("/") ? `file://${encoded}` : encoded;
}
