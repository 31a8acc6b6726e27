/** `--format junit` of merged results: one suite a repository, one case an image. */
import type { ExitPolicy } from "../../results/exit-code.ts";
import type { ReportedTarget } from "../../results/reported.ts";
import { isFinding } from "../../results/tally.ts";
import { attribute, content } from "../junit.ts";
import { adviceOf, reasonOf, repositoryOf, shortName, standingOf, standingWords } from "./overview.ts";

/** Renders the suites one by one. Targets are sorted by name, so that those of a repository stand together. */
export function* renderRegistryJunit(
  targets: readonly ReportedTarget[],
  gaps: readonly string[],
  policy: ExitPolicy,
): Generator<string> {
  const failures = targets.filter((target) => isFinding(target, policy)).length;
  const errors = targets.filter(({ error }) => error !== null).length + gaps.length;
  yield '<?xml version="1.0" encoding="UTF-8"?>\n';
  yield `<testsuites name="image-fix" tests="${targets.length + gaps.length}" failures="${failures}" errors="${errors}">\n`;
  if (gaps.length > 0) {
    yield `  <testsuite name="image-fix report" tests="${gaps.length}" failures="0" errors="${gaps.length}">\n`;
    for (const gap of gaps) {
      yield `    <testcase classname="image-fix report" name="completeness"><error type="INCOMPLETE" message="${attribute(gap)}"/></testcase>\n`;
    }
    yield "  </testsuite>\n";
  }
  const groups = new Map<string, ReportedTarget[]>();
  for (const target of targets) {
    const name = repositoryOf(target.target);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [target]);
    else group.push(target);
  }
  for (const [name, group] of groups) {
    const failed = group.filter((target) => isFinding(target, policy)).length;
    const broken = group.filter(({ error }) => error !== null).length;
    yield `  <testsuite name="${attribute(name)}" tests="${group.length}" failures="${failed}" errors="${broken}">\n`;
    for (const target of group) yield testCase(name, target, policy);
    yield "  </testsuite>\n";
  }
  yield "</testsuites>\n";
}

function testCase(repository: string, target: ReportedTarget, policy: ExitPolicy): string {
  const platform = target.platform === null ? "" : ` (${target.platform})`;
  const head = `    <testcase classname="${attribute(repository)}" name="${attribute(`${shortName(target.target)}${platform}`)}"`;
  const words = standingWords[standingOf(target)];
  const reason = reasonOf(target) ?? words;
  const advice = adviceOf(target);
  const body = content([reason, ...(advice === null ? [] : [`Fix: ${advice}`])].join("\n"));
  if (target.error !== null) {
    return `${head}><error type="${attribute(target.error.code)}" message="${attribute(reason)}">${body}</error></testcase>\n`;
  }
  if (!isFinding(target, policy)) return `${head}/>\n`;
  const rule = target.findings[0]?.rule ?? standingOf(target);
  return `${head}><failure type="${attribute(rule)}" message="${attribute(reason)}">${body}</failure></testcase>\n`;
}
