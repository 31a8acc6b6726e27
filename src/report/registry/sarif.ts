/**
 * `--format sarif` of merged results. Code scanning keeps 5,000 results a run and shows 100 places of each, so there is
 * one result for each rule and repository, with the tags as its places; the worst come first, and what is left out is
 * said in a notification.
 * @see https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
 */
import type { Location, Notification } from "sarif";
import { severityWeight } from "../../core/finding.ts";
import type { ReportedFinding, ReportedTarget } from "../../results/reported.ts";
import type { Unread } from "../../results/tally.ts";
import { nameHash } from "../line-hash.ts";
import { fileLocation, imageLocation, sarifLog, type LogResult, type RuleInfo } from "../sarif-log.ts";
import type { Tool } from "../standing.ts";
import { adviceOf, repositoryOf, shortName } from "./overview.ts";

const mostResults = 5000;
const mostPlaces = 100;

interface Group {
  readonly rule: string;
  readonly repository: string;
  readonly severity: ReportedFinding["severity"];
  readonly outcome: ReportedFinding["outcome"];
  readonly message: string;
  readonly fix: string | null;
  /** Of a file: where its first finding stands. */
  readonly place: { readonly file: string; readonly line: number; readonly column: number } | null;
  readonly images: string[];
  readonly digests: Set<string>;
  count: number;
}

const ruleOfVerdict: Readonly<Record<string, string>> = {
  root: "root-user",
  symbolic: "symbolic-user",
  invalid: "invalid-uid",
};

const note = (level: "error" | "warning", id: string, text: string): Notification => ({
  level,
  descriptor: { id },
  message: { text },
});

/** Renders the log. */
export function renderRegistrySarif(
  targets: readonly ReportedTarget[],
  {
    tool,
    rules,
    unread,
    gaps,
  }: {
    readonly tool: Tool;
    readonly rules: readonly RuleInfo[];
    readonly unread: readonly Unread[];
    readonly gaps: readonly string[];
  },
): string {
  const groups = groupsOf(targets);
  const shown = groups.slice(0, mostResults);
  const notifications = [
    ...gaps.map((gap) => note("error", "INCOMPLETE", gap)),
    ...unread.map(({ code, count, message, targets: named }) =>
      note(
        "error",
        code,
        `${count} could not be read: ${message} (${named.join(", ")}${count > named.length ? ", …" : ""})`,
      ),
    ),
    ...(groups.length > shown.length
      ? [note("warning", "LEFT_OUT", `${groups.length - shown.length} results are left out; --format json has all`)]
      : []),
  ];
  const isComplete = unread.length === 0 && gaps.length === 0;
  return sarifLog({ tool, rules, results: shown.map(resultOf), notifications, isComplete });
}

/** One group for each rule and repository, the worst first. */
function groupsOf(targets: readonly ReportedTarget[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const target of targets) {
    if (target.error !== null) continue;
    const repository = repositoryOf(target.target);
    for (const finding of claimsOf(target)) {
      const key = `${finding.rule}\n${finding.outcome}\n${repository}`;
      let group = groups.get(key);
      if (group === undefined) {
        const { rule, severity, outcome, message } = finding;
        const fix = finding.fix?.title ?? adviceOf(target);
        const place =
          target.kind === "image"
            ? null
            : { file: target.target, line: finding.line ?? 1, column: finding.column ?? 1 };
        group = { rule, repository, severity, outcome, message, fix, place, images: [], digests: new Set(), count: 0 };
        groups.set(key, group);
      }
      group.count++;
      if (group.images.length < mostPlaces) group.images.push(shortName(target.target));
      if (target.digest !== null && group.digests.size < mostPlaces) group.digests.add(target.digest);
    }
  }
  return [...groups.values()].toSorted(
    (a, b) =>
      severityWeight[b.severity] - severityWeight[a.severity] ||
      b.count - a.count ||
      (a.repository < b.repository ? -1 : a.repository > b.repository ? 1 : a.rule < b.rule ? -1 : 1),
  );
}

/** Findings, or the verdict where no finding says it. Each rule once an image. */
function claimsOf({ findings, verdict, kubeletMessage }: ReportedTarget): readonly ReportedFinding[] {
  const rule = ruleOfVerdict[verdict];
  const once = [...new Map(findings.map((finding) => [`${finding.rule}\n${finding.outcome}`, finding])).values()];
  if (rule === undefined || once.some((finding) => Object.values(ruleOfVerdict).includes(finding.rule))) return once;
  const message = kubeletMessage ?? `Kubernetes refuses this user under runAsNonRoot (${verdict})`;
  return [{ rule, severity: "error", outcome: "fail", message, line: null, column: null, fix: null }, ...once];
}

function resultOf(group: Group): LogResult {
  const { rule, repository, severity, outcome, message, fix, place, images, digests, count } = group;
  return {
    rule,
    severity,
    outcome,
    members: {
      message: { text: count === 1 ? message : `${message} (${count} images of ${repository})` },
      // The place of images is the repository: tags come and go.
      locations: [place === null ? imageLocation(repository, images) : placeLocation(place)],
      partialFingerprints: { primaryLocationLineHash: nameHash(`${rule}:${outcome}:${repository}`) },
      properties: {
        severity,
        images: count,
        ...(fix === null ? {} : { fix: { title: fix } }),
        ...(digests.size === 0 ? {} : { digests: [...digests] }),
      },
    },
  };
}

const placeLocation = ({ file, line, column }: NonNullable<Group["place"]>): Location => ({
  physicalLocation: { artifactLocation: fileLocation(file), region: { startLine: line, startColumn: column } },
});
