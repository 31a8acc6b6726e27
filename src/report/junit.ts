/** `--format junit`: JUnit XML, one suite a target and one case a claim, as CI systems show tests. */
import type { RunReport, TargetResult } from "../results/run-report.ts";
import type { Failure } from "../core/errors.ts";
import type { Finding } from "../core/finding.ts";
import { visible } from "../core/terminal-text.ts";
import { failureWords } from "../core/failure-words.ts";
import { smokeWords } from "./smoke.ts";
import { claimsOf, type Claim } from "./standing.ts";
import { fixLabel, outcomeWords } from "./words.ts";

/**
 * Renders a report. Claims that do not fail the run are passed cases that say what was found, so that the file is red
 * exactly when the run is.
 * @param fails whether a finding fails the run (`--fail-on`, `--allow-unknown`)
 */
export function renderJunit(
  report: RunReport,
  fails: (finding: Finding) => boolean,
  failure: Failure | null = null,
): string {
  const suites = report.targets.map((target) => suite(target.target, casesOf(target, report.command, fails)));
  if (failure !== null) suites.unshift(suite("image-fix", [errorCase("image-fix", failure)]));
  const total = (kind: keyof Counts): number => suites.reduce((sum, { counts }) => sum + counts[kind], 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n',
    `<testsuites name="image-fix" tests="${total("tests")}" failures="${total("failures")}" errors="${total("errors")}">\n`,
    ...suites.map(({ xml }) => xml),
    "</testsuites>\n",
  ].join("");
}

interface Counts {
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
}

interface Case {
  readonly kind: "pass" | "failure" | "error";
  readonly xml: string;
}

function suite(name: string, cases: readonly Case[]): { readonly counts: Counts; readonly xml: string } {
  const counts = {
    tests: cases.length,
    failures: cases.filter(({ kind }) => kind === "failure").length,
    errors: cases.filter(({ kind }) => kind === "error").length,
  };
  const head = `  <testsuite name="${attribute(name)}" tests="${counts.tests}" failures="${counts.failures}" errors="${counts.errors}">\n`;
  return { counts, xml: `${head}${cases.map(({ xml }) => xml).join("")}  </testsuite>\n` };
}

function casesOf(
  target: TargetResult,
  command: RunReport["command"],
  fails: (finding: Finding) => boolean,
): readonly Case[] {
  const cases = claimsOf(target).map((claim) =>
    claimCase(target, claim, claim.finding === null || fails(claim.finding)),
  );
  if (target.error !== null) {
    cases.push(
      target.error.code === "PROOF_FAILED" ? failedProof(target, target.error) : errorCase(target.target, target.error),
    );
  }
  if (cases.length > 0) return cases;
  return [passed(target, outcomeWords(target, command))];
}

/** What the process was seen to be, for those who open a test that passed. */
function passed({ target, proof, smoke }: TargetResult, name: string): Case {
  const lines = [
    ...(proof === null ? [] : [proof.id]),
    ...(smoke === undefined ? [] : [smokeWords(smoke), ...(smoke.output === "" ? [] : [smoke.output])]),
  ];
  const head = `    <testcase classname="${attribute(target)}" name="${attribute(name)}"`;
  return {
    kind: "pass",
    xml:
      lines.length === 0
        ? `${head}/>\n`
        : `${head}>\n      <system-out>${content(lines.join("\n"))}</system-out>\n    </testcase>\n`,
  };
}

/** A proof that failed is a test that failed; an error is a test that could not be run. */
function failedProof({ target }: TargetResult, failure: Failure): Case {
  const { message, log } = failureWords(failure);
  const head = `    <testcase classname="${attribute(target)}" name="${failure.code}">\n`;
  const body = [`${target}: ${message}`, ...(log === null ? [] : [log])].join("\n");
  return {
    kind: "failure",
    xml: `${head}      <failure type="${failure.code}" message="${attribute(message)}">${content(body)}</failure>\n    </testcase>\n`,
  };
}

function claimCase(target: TargetResult, claim: Claim, failed: boolean): Case {
  const where = claim.place === null ? target.target : `${target.target}:${claim.place.line}:${claim.place.column}`;
  const open = claim.outcome === "open" ? " (could not be known)" : "";
  const fix = claim.finding?.fix;
  const body = [
    `${where}: ${claim.severity}${open}: ${claim.message}`,
    ...(fix == null ? [] : [`${fixLabel(target, fix)}: ${fix.title}`]),
  ].join("\n");
  const line = claim.place === null ? "" : ` line ${claim.place.line}`;
  const head = `    <testcase classname="${attribute(target.target)}" name="${attribute(`${claim.rule}${line}`)}">\n`;
  const inside = failed
    ? `      <failure type="${attribute(claim.rule)}" message="${attribute(claim.message)}">${content(body)}</failure>\n`
    : `      <system-out>${content(body)}</system-out>\n`;
  return { kind: failed ? "failure" : "pass", xml: `${head}${inside}    </testcase>\n` };
}

function errorCase(name: string, failure: Failure): Case {
  const { place, message, hint, log } = failureWords(failure);
  const body = [
    place === null ? message : `${place}: ${message}`,
    ...(hint === null ? [] : [hint]),
    ...(log === null ? [] : [log]),
  ].join("\n");
  const head = `    <testcase classname="${attribute(name)}" name="${failure.code}">\n`;
  return {
    kind: "error",
    xml: `${head}      <error type="${failure.code}" message="${attribute(message)}">${content(body)}</error>\n    </testcase>\n`,
  };
}

/** Text content: markup escaped, what XML 1.0 forbids made visible or taken out. */
export function content(text: string): string {
  return visible(text)
    .replace(/[\ufffe\uffff]/g, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

/** {@link content} within double quotes. */
export const attribute = (text: string): string =>
  content(text).replaceAll('"', "&quot;").replaceAll("\n", "&#10;").replaceAll("\t", "&#9;");
