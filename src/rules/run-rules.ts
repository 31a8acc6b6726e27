/** Runs every rule on one Containerfile's facts. */
import type { Finding, Severity } from "../core/finding.ts";
import { builderInputs } from "./builder-inputs.ts";
import { filePrivileges } from "./file-privileges.ts";
import { readIgnoreComments, silencer } from "./ignore-comments.ts";
import { rule as ignoreComment } from "./ignore-comment/rule.ts";
import * as registry from "./index.gen.ts";
import { isInstruction, placeOf } from "./placing.ts";
import type { ReportOptions, Rule, RuleInput, RuleResults } from "./rule.ts";

/** All rules, in the order of their ids. */
export const allRules: readonly Rule[] = Object.values(registry).toSorted((a, b) => (a.id < b.id ? -1 : 1));

/** The ids of all rules, in order. */
const ruleIds: readonly string[] = allRules.map(({ id }) => id);

export interface RunRulesOptions {
  /** By rule id: another severity for all its findings, or `off`. */
  readonly severities?: Readonly<Record<string, "off" | Severity>>;
}

/**
 * Runs the rules and applies the file's ignore comments.
 *
 * A Windows image is judged by `windows-image` alone: nothing that the others know about users holds there.
 * @returns Findings ordered by place, then by rule; what an ignore comment silenced is kept apart with its reason.
 */
export function runRules(input: RuleInput, options: RunRulesOptions = {}): RuleResults {
  const found: Finding[] = [];
  const windows = input.user.verdict === "not-applicable";
  const builders = windows ? [] : builderInputs(input);
  const whole: RuleInput = { ...input, privileges: windows ? [] : filePrivileges(input, builders) };
  for (const rule of allRules) {
    if (severityOf(rule, options) === "off" || (windows && rule.windows !== true)) continue;
    rule.check(whole, (message, reported) => found.push(findingOf(rule, message, reported, options)));
    if (rule.everyStage !== true) continue;
    for (const builder of builders) {
      rule.check(builder, (message, reported) => {
        if (!input.model.graph.chain.includes(reported.stage))
          found.push(findingOf(rule, message, byHand(reported), options));
      });
    }
  }
  const { comments, faults } = readIgnoreComments(input.model.graph.file, ruleIds);
  const commentOn = silencer(input.model.graph.file, comments);
  const findings: Finding[] = [];
  const ignored: { finding: Finding; reason: string }[] = [];
  for (const finding of found) {
    const comment = commentOn(finding);
    if (comment === undefined) findings.push(finding);
    else ignored.push({ finding, reason: comment.reason });
  }
  for (const fault of severityOf(ignoreComment, options) === "off" ? [] : faults) {
    const stage = stageAt(input, fault.span.start);
    if (fault.kind === "unknown-rule") {
      const meant = fault.meant === undefined ? "" : ` (did you mean ${fault.meant}?)`;
      findings.push(
        findingOf(ignoreComment, "unknownRule", { at: fault.span, stage, data: { rule: fault.rule, meant } }, options),
      );
    } else if (fault.kind === "no-reason") {
      findings.push(
        findingOf(ignoreComment, "noReason", { at: fault.span, stage, data: { rules: fault.rules } }, options),
      );
    } else {
      findings.push(findingOf(ignoreComment, "malformed", { at: fault.span, stage }, options));
    }
  }
  return {
    findings: inOrder(findings).map(withDifference(input)),
    ignored: ignored.toSorted((a, b) => compare(a.finding, b.finding)),
  };
}

/** Stages that do not ship stay as they are: whatever is wrong there a person mends. */
const byHand = (reported: ReportOptions): ReportOptions =>
  reported.fix === undefined ? reported : { ...reported, fix: { ...reported.fix, applicability: "manual" } };

/** Says on a finding where Buildah reads its instruction otherwise than BuildKit, whose reading the finding is about. */
function withDifference({ model }: RuleInput): (finding: Finding) => Finding {
  const { instructions, differences } = model.graph.file;
  if (differences.length === 0) return (finding) => finding;
  return (finding) => {
    const within = instructions.findLast(({ span }) => span.start <= finding.span.start)?.span;
    const found =
      within === undefined || finding.span.start >= within.end
        ? undefined
        : differences.find(({ span }) => span.start >= within.start && span.end <= within.end);
    return found === undefined ? finding : { ...finding, message: `${finding.message}. Note: ${found.message}` };
  };
}

/** The stage whose text an offset lies in; the first one for the head of the file. */
function stageAt(input: RuleInput, offset: number): ReportOptions["stage"] {
  const { stages, target } = input.model.graph;
  return stages.findLast((stage) => stage.from.span.start <= offset) ?? stages[0] ?? target;
}

/** What the caller wants a rule to weigh; `undefined` leaves it to the rule. */
const severityOf = (rule: { readonly id: string }, { severities }: RunRulesOptions): "off" | Severity | undefined =>
  severities !== undefined && Object.hasOwn(severities, rule.id) ? severities[rule.id] : undefined;

function findingOf<M extends string>(
  rule: Rule<M>,
  message: M,
  reported: ReportOptions,
  options: RunRulesOptions,
): Finding {
  const wanted = severityOf(rule, options);
  return {
    rule: rule.id,
    severity: wanted === undefined || wanted === "off" ? (reported.severity ?? rule.severity) : wanted,
    outcome: reported.open === true ? "open" : "fail",
    message: fill(rule.messages[message], reported.data ?? {}),
    span: isInstruction(reported.at) ? placeOf(reported.at) : reported.at,
    stage: reported.stage.label,
    fix: reported.fix ?? null,
    ...(reported.needsPerson === true && { needsPerson: true }),
    ...(reported.dependsOnPlace === true && { dependsOnPlace: true }),
  };
}

/** Puts data in the place of `{name}`. What the data say is not looked at again. */
const fill = (message: string, data: Readonly<Record<string, string | number>>): string =>
  message.replace(/\{(\w+)\}/g, (whole, name: string) => (Object.hasOwn(data, name) ? String(data[name]) : whole));

const compare = (a: Finding, b: Finding): number =>
  a.span.start - b.span.start || (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0) || a.span.end - b.span.end;

/** Sorted, and each claim once: a rule that says the same about the same place twice says it once. */
function inOrder(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string>();
  return findings.toSorted(compare).filter(({ rule, span, message }) => {
    const key = `${rule} ${span.start} ${span.end} ${message}`;
    return !seen.has(key) && seen.add(key);
  });
}
