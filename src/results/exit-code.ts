/** The exit code of a whole run, from its report. */
import { exitCodeOf, exitCodes, type ExitCode } from "../core/errors.ts";
import { severityWeight, type Finding, type Severity } from "../core/finding.ts";
import { saysVerdict } from "../core/verdict.ts";
import type { RunReport, TargetResult } from "./run-report.ts";

export interface ExitPolicy {
  /** The least severity that fails a run. */
  readonly failOn: Severity;
  /** Open outcomes are printed and pass. */
  readonly allowUnknown: boolean;
  /** `--check`: a file that would change fails the run. */
  readonly check?: boolean;
}

/** Whether a finding fails a run. What needs a person fails `fix` whatever its severity. */
export function failsRun(finding: Finding, command: RunReport["command"], policy: ExitPolicy): boolean {
  if (finding.outcome === "open" && policy.allowUnknown) return false;
  if (command === "fix" && finding.needsPerson === true) return true;
  return severityWeight[finding.severity] >= severityWeight[policy.failOn];
}

/** A refused verdict that no finding and no ignore comment accounts for still fails (an ONBUILD trigger, say). */
function refusedSilently(target: TargetResult): boolean {
  if (target.verdict !== "root" && target.verdict !== "symbolic" && target.verdict !== "invalid") return false;
  return ![...target.findings, ...target.ignored.map(({ finding }) => finding)].some(({ rule }) => saysVerdict(rule));
}

function exitCodeOfTarget(target: TargetResult, command: RunReport["command"], policy: ExitPolicy): ExitCode {
  if (target.error !== null) return exitCodeOf(target.error);
  if (policy.check === true && target.fix?.changed === true) return exitCodes.findings;
  if (target.fix !== null && target.fix.heldBack !== null) return exitCodes.findings;
  // After a fix the candidate's findings decide, whether it was written or only shown.
  const changed = target.fix?.changed === true;
  const findings = changed && target.fix !== null ? target.fix.remaining : target.findings;
  if (findings.some((finding) => failsRun(finding, command, policy))) return exitCodes.findings;
  // `verify` has no rules: the verdict alone says it.
  return !changed && refusedSilently(target) ? exitCodes.findings : exitCodes.ok;
}

/**
 * The most telling of the targets' exit codes: an interruption first, then what could not be done (2, 3, 4), then
 * findings, then 0.
 */
export function exitCodeOfReport(report: RunReport, policy: ExitPolicy): ExitCode {
  const codes = report.targets.map((target) => exitCodeOfTarget(target, report.command, policy));
  const order: readonly ExitCode[] = [
    exitCodes.terminated,
    exitCodes.interrupted,
    exitCodes.bug,
    exitCodes.usage,
    exitCodes.engine,
    exitCodes.proof,
    exitCodes.findings,
  ];
  return order.find((code) => codes.includes(code)) ?? exitCodes.ok;
}
