/**
 * Ignore comments of a manifest: `# image-fix ignore=RULE -- reason`, as in Containerfiles, above or behind the line of
 * what is meant as it is.
 */
import type { Finding, Span } from "../core/finding.ts";
import { verdictRules } from "../core/verdict.ts";
import { rule as ignoreComment } from "../rules/ignore-comment/rule.ts";
import { readIgnoreWords, type IgnoreFault } from "../rules/ignore-words.ts";
import { manifestRules } from "./rules.ts";
import { commentsOf } from "./yaml/comments.ts";
import type { YamlFile } from "./yaml/read.ts";

/** A finding that somebody meant, and why. */
export interface Ignored {
  readonly finding: Finding;
  readonly reason: string;
}

/** The ignore comments of one file. */
export interface Ignores {
  /** What is wrong with comments that are not obeyed. */
  readonly findings: readonly Finding[];
  /** Why findings of a rule are ignored at a place, or at the first of several that all mean it; undefined: they are not. */
  readonly reasonFor: (rule: string, ...places: readonly Span[]) => string | undefined;
}

const none: Ignores = { findings: [], reasonFor: () => undefined };
const known: readonly string[] = [...manifestRules.map(({ id }) => id), ...verdictRules];

/** Reads a file's ignore comments. */
export function readIgnores(file: YamlFile): Ignores {
  if (!file.text.includes("image-fix")) return none;
  const obeyed = new Map<string, Meant[]>();
  const findings: Finding[] = [];
  for (const { span, about } of commentsOf(file)) {
    const read = readIgnoreWords(file.text, span, known);
    findings.push(...(read?.faults ?? []).map(faultFinding));
    if (read?.words === undefined || about === undefined) continue;
    for (const rule of read.words.rules) {
      const meant = obeyed.get(rule) ?? [];
      obeyed.set(rule, meant);
      meant.push({ reason: read.words.reason, about });
    }
  }
  const lookUps = new Map([...obeyed].map(([rule, meant]) => [rule, lookUpIn(meant)]));
  return {
    findings,
    reasonFor: (rule, ...places) => {
      const lookUp = lookUps.get(rule);
      return lookUp === undefined
        ? undefined
        : places.map(({ start }) => lookUp(start)).find((reason) => reason !== undefined);
    },
  };
}

interface Meant {
  readonly reason: string;
  readonly about: Span;
}

/** Finds what covers an offset. Of two places in a document one holds the other, or they have nothing in common. */
function lookUpIn(meant: readonly Meant[]): (offset: number) => string | undefined {
  const inOrder = meant.toSorted((a, b) => a.about.start - b.about.start || b.about.end - a.about.end);
  // For each place the nearest one in front of it that goes on behind its beginning.
  const holders: number[] = [];
  for (const [index, { about }] of inOrder.entries()) {
    let holder = index - 1;
    while (holder >= 0 && (inOrder[holder]?.about.end ?? 0) <= about.start) holder = holders[holder] ?? -1;
    holders.push(holder);
  }
  return (offset) => {
    let low = 0;
    let high = inOrder.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((inOrder[middle]?.about.start ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    for (let at = low - 1; at >= 0; at = holders[at] ?? -1) {
      const found = inOrder[at];
      if (found !== undefined && offset < found.about.end) return found.reason;
    }
    return undefined;
  };
}

function faultFinding(fault: IgnoreFault): Finding {
  return {
    rule: ignoreComment.id,
    severity: ignoreComment.severity,
    outcome: "fail",
    message: faultText(fault),
    span: fault.span,
    stage: "",
    fix: null,
  };
}

function faultText(fault: IgnoreFault): string {
  const { noReason, malformed } = ignoreComment.messages;
  switch (fault.kind) {
    case "no-reason":
      return noReason.replace("{rules}", () => fault.rules);
    case "malformed":
      return malformed;
    case "unknown-rule": {
      const meant = fault.meant === undefined ? "" : ` (did you mean ${fault.meant}?)`;
      return `There is no rule "${fault.rule}" for manifests${meant}, so this comment silences nothing by that name`;
    }
  }
}

/** Parts findings into those that stand and those that are ignored where they are. */
export function parted(
  findings: readonly Finding[],
  { reasonFor }: Ignores,
): { readonly findings: readonly Finding[]; readonly ignored: readonly Ignored[] } {
  const standing: Finding[] = [];
  const ignored: Ignored[] = [];
  for (const finding of findings) {
    const reason = reasonFor(finding.rule, finding.span);
    if (reason === undefined) standing.push(finding);
    else ignored.push({ finding, reason });
  }
  return { findings: standing, ignored };
}
