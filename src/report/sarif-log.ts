/** What all our SARIF logs have alike: the driver with its rules, the run around the results, and how a place is written. */
import type { ArtifactLocation, Location, Log, Notification, ReportingDescriptor, Result, Run } from "sarif";
import { severityWeight, type Outcome, type Severity } from "../core/finding.ts";
import { jsonText } from "./json.ts";
import type { Tool } from "./standing.ts";

/** What a format says of a rule; the rules themselves are given in, so that no format depends on them. */
export interface RuleInfo {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly aliases?: readonly string[];
  /** What goes wrong otherwise, and what to do; rules with a page leave them to it. */
  readonly why?: string;
  readonly fix?: string;
  /** The rule's page, in Markdown. There is no address that it could be read at. */
  readonly page?: string;
}

/** One result: what it weighs, and the members of it that are its own. */
export interface LogResult {
  readonly rule: string;
  readonly severity: Severity;
  readonly outcome: Outcome;
  readonly members: Omit<Result, "ruleId" | "ruleIndex" | "kind" | "level">;
}

export interface LogParts {
  readonly tool: Tool;
  readonly rules: readonly RuleInfo[];
  readonly results: readonly LogResult[];
  readonly notifications: readonly Notification[];
  readonly isComplete: boolean;
}

/** The text of a log. Only rules that have results are described. */
export function sarifLog({ tool, rules, results, notifications, isComplete }: LogParts): string {
  const described = driverOf(tool, worstSeverities(results), rules);
  const ids = described.driver.rules?.map(({ id }) => id) ?? [];
  const log: Log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: described,
        columnKind: "utf16CodeUnits",
        originalUriBaseIds: sourceRoots,
        invocations: [
          {
            executionSuccessful: isComplete,
            ...(notifications.length === 0 ? {} : { toolExecutionNotifications: [...notifications] }),
          },
        ],
        results: results.map(({ rule, severity, outcome, members }) => ({
          ruleId: rule,
          ruleIndex: ids.indexOf(rule),
          // A kind other than fail must have the level none (SARIF 2.1.0, 3.27.10), so the severity is told apart.
          kind: outcome,
          level: outcome === "open" ? "none" : levels[severity],
          ...members,
        })),
      },
    ],
  };
  return `${jsonText(log)}\n`;
}

/** Severities in SARIF's words. */
const levels = { error: "error", warning: "warning", info: "note" } as const;

/**
 * Scores by which code scanning sorts alerts. Its check fails a pull request from 7.0 ("high") on, as an audit fails from
 * `error` on, so that both say the same; 4.0 begins "medium", and what is below is "low". None is "critical" (9.0): a
 * root user makes an attack worse and is none.
 */
const scores = { error: "7.5", warning: "5.0", info: "2.0" } as const;

/** The worst severity of each rule, which a configuration may have changed. */
function worstSeverities(
  claims: readonly { readonly rule: string; readonly severity: Severity }[],
): ReadonlyMap<string, Severity> {
  const worst = new Map<string, Severity>();
  for (const { rule, severity } of claims) {
    const before = worst.get(rule);
    if (before === undefined || severityWeight[severity] > severityWeight[before]) worst.set(rule, severity);
  }
  return worst;
}

/** The driver with the rules that have results, in the order that their results point into. */
function driverOf(tool: Tool, severities: ReadonlyMap<string, Severity>, rules: readonly RuleInfo[]): Run["tool"] {
  const known = new Map(rules.map((rule) => [rule.id, rule]));
  const described = [...severities].map(([id, severity]) => descriptor(id, known.get(id), severity));
  return {
    driver: { name: tool.name, version: tool.version, rules: described.toSorted((a, b) => (a.id < b.id ? -1 : 1)) },
  };
}

/** Base of relative paths: the absolute one is left out, so that the same files give the same bytes everywhere. */
const sourceRoot = "%SRCROOT%";
const sourceRoots: NonNullable<Run["originalUriBaseIds"]> = {
  [sourceRoot]: { description: { text: "The folder that image-fix was started in." } },
};

/** A rule as the driver describes it, with all that code scanning requires or sorts by. */
function descriptor(id: string, rule: RuleInfo | undefined, severity: Severity): ReportingDescriptor {
  const { title = id, why, fix, page, aliases } = rule ?? {};
  const said = rule === undefined ? id : [`${title}.`, ...(why === undefined ? [] : [why])].join(" ");
  const help = (command: string): string =>
    [said, ...(fix === undefined ? [] : [fix]), `More: ${command}`].join("\n\n");
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: said },
    ...(rule === undefined
      ? {}
      : {
          help: {
            text: help(`image-fix explain ${id}`),
            markdown: page === undefined ? help(`\`image-fix explain ${id}\``) : pageBody(page),
          },
          defaultConfiguration: { level: levels[rule.severity] },
        }),
    properties: {
      tags: ["security", "kubernetes"],
      // What a rule cannot know is an open result, never a guess.
      precision: "high",
      "security-severity": scores[severity],
      ...(aliases === undefined ? {} : { aliases: [...aliases] }),
    },
  };
}

/** A page below its heading, without the links that lead nowhere outside of the package. */
const pageBody = (page: string): string =>
  page
    .replace(/^# .*\s+/, "")
    .replace(/\[([^\]]+)\]\((?!https?:)[^)]*\)/g, "$1")
    .trimEnd();

/** A file as an artifact: `./a b` → `a%20b` below the folder of the run, `/a` → `file:///a`, `-` → `stdin`. */
export function fileLocation(path: string): ArtifactLocation {
  if (path === "-") return { uri: "stdin" };
  return path.startsWith("/") ? { uri: `file://${encoded(path)}` } : { uri: encoded(path), uriBaseId: sourceRoot };
}

/**
 * Where images are. Code scanning wants one physical place: a path that names the image or its repository and stays the
 * same, as in `localhost%3A5000/team/app`.
 */
export const imageLocation = (path: string, images: readonly string[]): Location => ({
  physicalLocation: {
    artifactLocation: { uri: encoded(path.replace(/^[a-z-]+:\/\//, "").replace(/^\/+/, "")) },
    region: { startLine: 1 },
  },
  logicalLocations: images.map((image) => ({ fullyQualifiedName: image, kind: "image" })),
});

/** A path as the path of a URI. */
const encoded = (path: string): string =>
  path
    .replace(/^(?:\.\/)+/, "")
    .split("/")
    // A lone surrogate cannot be encoded (with the u flag, the class matches no pairs).
    .map((part) => encodeURIComponent(part.replace(/[\ud800-\udfff]/gu, "\ufffd")))
    .join("/");
