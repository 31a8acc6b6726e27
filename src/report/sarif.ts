/** `--format sarif`: SARIF 2.1.0, as code scanning services read it. */
import type { Location, Log, Notification, ReportingDescriptor, Result as SarifResult } from "sarif";
import type { Severity } from "../core/finding.ts";
import type { RunReport, TargetResult } from "../results/run-report.ts";
import type { Failure } from "../core/errors.ts";
import { failureWords } from "../core/failure-words.ts";
import { jsonText } from "./json.ts";
import { lineHashes, nameHash } from "./line-hash.ts";
import { claimsOf, type Claim, type Tool } from "./standing.ts";

/** What a format says of a rule; the rules themselves are given in, so that no format depends on them. */
export interface RuleInfo {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly aliases?: readonly string[];
  /** What goes wrong otherwise, and what to do; rules with a page leave them to it. */
  readonly why?: string;
  readonly fix?: string;
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
  const claims = report.targets.flatMap((target) => {
    const fingerprint = fingerprintOf(target);
    return claimsOf(target).map((claim) => ({ target, claim, fingerprint: fingerprint(claim) }));
  });
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
        results: claims.map(({ target, claim, fingerprint }) => ({
          ...result(target, claim, ids.indexOf(claim.rule)),
          partialFingerprints: { primaryLocationLineHash: fingerprint },
        })),
      },
    ],
  };
  return `${jsonText(log)}\n`;
}

/** A rule as the driver describes it, with all that code scanning requires. */
export function descriptor(id: string, rule: RuleInfo | undefined): ReportingDescriptor {
  if (rule === undefined) return { id, shortDescription: { text: id }, fullDescription: { text: id } };
  const said = [`${rule.title}.`, ...(rule.why === undefined ? [] : [rule.why])].join(" ");
  const help = (command: string): string =>
    [said, ...(rule.fix === undefined ? [] : [rule.fix]), `More: ${command}`].join("\n\n");
  return {
    id,
    shortDescription: { text: rule.title },
    fullDescription: { text: said },
    help: { text: help(`image-fix explain ${id}`), markdown: help(`\`image-fix explain ${id}\``) },
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
  if (target.kind === "image") return imageLocation(target.target, [target.target]);
  const region =
    place === null
      ? { startLine: 1 }
      : { startLine: place.line, startColumn: place.column, endLine: place.endLine, endColumn: place.endColumn };
  return { physicalLocation: { artifactLocation: { uri: uriOf(target.target) }, region } };
}

/**
 * Where images are. Code scanning wants one physical place: a path that names the image or its repository and stays the
 * same, as in `localhost%3A5000/team/app`.
 */
export const imageLocation = (path: string, images: readonly string[]): Location => ({
  physicalLocation: {
    artifactLocation: { uri: uriOf(path.replace(/^[a-z-]+:\/\//, "").replace(/^\/+/, "")) },
    region: { startLine: 1 },
  },
  logicalLocations: images.map((image) => ({ fullyQualifiedName: image, kind: "image" })),
});

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
