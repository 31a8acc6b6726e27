/** What many results come to: totals, repositories, rules, and for every image the one thing to do about it. */
import { severityWeight } from "../../core/finding.ts";
import { isFinding, noStandings, type Standing } from "../../results/tally.ts";
import type { ExitPolicy } from "../../results/exit-code.ts";
import type { ReportedTarget } from "../../results/reported.ts";

export type { Standing } from "../../results/tally.ts";

/** In the order in which somebody should look at them. */
export const standings: readonly Standing[] = [
  "root",
  "invalid",
  "symbolic",
  "unread",
  "unknown",
  "admit",
  "not-applicable",
];

export const standingWords: Readonly<Record<Standing, string>> = {
  root: "runs as root",
  invalid: "uid is not valid",
  symbolic: "user is a name",
  unread: "could not be read",
  unknown: "unknown",
  admit: "runs as non-root",
  "not-applicable": "not applicable",
};

/** The same behind a number: `3 as root, 2 not read`. */
const countedWords: Readonly<Record<Standing, string>> = {
  root: "as root",
  invalid: "with an invalid uid",
  symbolic: "with a name as user",
  unread: "not read",
  unknown: "unknown",
  admit: "as non-root",
  "not-applicable": "not applicable",
};

/** `3 as root, 2 not read`, of the standings that are asked for. */
export const countsText = (counts: StandingCounts, wanted: (standing: Standing) => boolean): string =>
  standings
    .filter((standing) => counts[standing] > 0 && wanted(standing))
    .map((standing) => `${counts[standing].toLocaleString("en")} ${countedWords[standing]}`)
    .join(", ");

export const standingOf = ({ error, verdict }: ReportedTarget): Standing => (error === null ? verdict : "unread");

/** Whether Kubernetes refuses it, or nobody knows. */
export const isTrouble = (standing: Standing): boolean => standing !== "admit" && standing !== "not-applicable";

export type StandingCounts = Readonly<Record<Standing, number>>;

export interface RepositoryOverview {
  /** `registry.example/team/app`. */
  readonly name: string;
  readonly total: number;
  readonly counts: StandingCounts;
  /** Images that Kubernetes refuses or nobody could judge. */
  readonly trouble: number;
  /** What to do about most of them; `null` when there is none. */
  readonly advice: string | null;
}

export interface Overview {
  readonly total: number;
  readonly counts: StandingCounts;
  /** Those with most trouble first. */
  readonly repositories: readonly RepositoryOverview[];
  /** Rules by how many images they were found in. */
  readonly rules: readonly { readonly rule: string; readonly images: number }[];
  /** Images that fail the run. */
  readonly failing: number;
}

/** Counts everything. */
export function overviewOf(targets: readonly ReportedTarget[], policy: ExitPolicy): Overview {
  const counts = noStandings();
  const repositories = new Map<string, { counts: Record<Standing, number>; advice: Map<string, number> }>();
  const rules = new Map<string, number>();
  let failing = 0;
  for (const target of targets) {
    const standing = standingOf(target);
    counts[standing]++;
    if (isFinding(target, policy)) failing++;
    const name = repositoryOf(target.target);
    let repository = repositories.get(name);
    if (repository === undefined) repositories.set(name, (repository = { counts: noStandings(), advice: new Map() }));
    repository.counts[standing]++;
    const advice = isTrouble(standing) ? adviceOf(target) : null;
    if (advice !== null) repository.advice.set(advice, (repository.advice.get(advice) ?? 0) + 1);
    for (const rule of new Set(target.findings.map((finding) => finding.rule))) {
      rules.set(rule, (rules.get(rule) ?? 0) + 1);
    }
  }
  return {
    total: targets.length,
    counts,
    repositories: [...repositories]
      .map(([name, one]) => ({
        name,
        total: sum(one.counts),
        counts: one.counts,
        trouble: sum(one.counts) - one.counts.admit - one.counts["not-applicable"],
        advice: [...one.advice].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? null,
      }))
      .toSorted(
        (a, b) =>
          b.trouble - a.trouble ||
          refused(b.counts) - refused(a.counts) ||
          b.total - a.total ||
          (a.name < b.name ? -1 : 1),
      ),
    rules: [...rules]
      .map(([rule, images]) => ({ rule, images }))
      .toSorted((a, b) => b.images - a.images || (a.rule < b.rule ? -1 : 1)),
    failing,
  };
}

/** Images that Kubernetes refuses for certain. */
const refused = ({ root, invalid, symbolic }: StandingCounts): number => root + invalid + symbolic;

const sum = (counts: StandingCounts): number => Object.values(counts).reduce((total, count) => total + count, 0);

/** A target's name without transport, tag and digest. */
export function repositoryOf(target: string): string {
  const name = shortName(target).replace(/@(?:sha256|sha512):[0-9a-f]+$/, "");
  const colon = name.lastIndexOf(":");
  return colon > name.lastIndexOf("/") ? name.slice(0, colon) : name;
}

/** The host that all repositories are of, with a slash; `""` when there are several or none. */
export function commonHost(repositories: readonly RepositoryOverview[]): string {
  const hosts = new Set(repositories.map(({ name }) => /^[^/]*[.:][^/]*\//.exec(name)?.[0] ?? ""));
  return hosts.size === 1 ? ([...hosts][0] ?? "") : "";
}

/** A target's name without `docker://`, for people. */
export const shortName = (target: string): string =>
  target.startsWith("docker://") ? target.slice("docker://".length) : target;

/** The one thing to do first; `null` for an image that is well, and where nobody knows. */
export function adviceOf(target: ReportedTarget): string | null {
  // Why it could not be read is no advice: it is told as the reason.
  if (target.error !== null) return target.error.hint;
  const worst = target.findings.toSorted((a, b) => severityWeight[b.severity] - severityWeight[a.severity]);
  const fixed = worst.find(({ fix, severity }) => fix !== null && severity !== "info")?.fix?.title;
  if (fixed !== undefined) return fixed;
  switch (target.verdict) {
    case "root":
      return "Give it a numeric user: run image-fix on its Containerfile";
    case "symbolic":
      return `Write the number of ${target.configUser ?? "the user"} in USER: run image-fix on its Containerfile`;
    case "invalid":
      return "Write a uid from 1 to 2147483647 in USER";
    case "unknown":
      return worst[0]?.message ?? "Look at it with image-fix audit";
    case "admit":
    case "not-applicable":
      return null;
  }
}

/** What keeps the image from starting, or from being judged, in a sentence; `null` for one that is well. */
export function reasonOf(target: ReportedTarget): string | null {
  if (target.error !== null) return target.error.message;
  const [why] = target.evidence ?? [];
  if (why !== undefined) return why;
  const worst = target.findings.toSorted((a, b) => severityWeight[b.severity] - severityWeight[a.severity])[0];
  const says = worst !== undefined && (worst.severity !== "info" || target.verdict === "not-applicable");
  return target.kubeletMessage ?? (says ? worst.message : null);
}
