/** Prints a run's report in the format asked for and gives its exit code. */
import { exitCodeOfReport, failsRun, type ExitPolicy } from "../results/exit-code.ts";
import { reportOf, type RunReport, type TargetResult } from "../results/run-report.ts";
import { exitCodeOf, exitCodes, type ExitCode, type Failure } from "../core/errors.ts";
import type { Finding } from "../core/finding.ts";
import { err, type Result } from "../core/result.ts";
import type { Config } from "./config-schema.ts";
import type { CommonOptions, Format } from "./options.ts";
import { wantsColour, type Terminal } from "./terminal.ts";
import { tool } from "./version.ts";

export interface OutputOptions {
  readonly format: Format;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: boolean | undefined;
  readonly policy: ExitPolicy;
  /** Standard output carries a product of its own (a fixed text, a diff): the report goes to standard error. */
  readonly aside?: boolean;
  /** The diff is that product. */
  readonly diff?: boolean;
  /** Options of this run that a next one needs, to look at the same. */
  readonly same?: readonly string[];
  /** The output of builds has been shown as it came. */
  readonly logShown?: boolean;
}

/** Joins options and configuration into how a report is printed and judged. */
export function outputOptions(options: CommonOptions, config: Config): OutputOptions {
  return {
    format: options.format,
    quiet: options.quiet ?? false,
    verbose: options.verbose ?? false,
    color: options.color,
    policy: {
      failOn: options.failOn ?? config["fail-on"] ?? "error",
      allowUnknown: options.allowUnknown ?? config["allow-unknown"] ?? false,
    },
  };
}

/** Prints what a run came to. A run that could not begin is printed in machine formats too, with its error. */
export async function printRun(
  terminal: Terminal,
  command: RunReport["command"],
  run: Result<RunReport, Failure>,
  options: OutputOptions,
): Promise<ExitCode> {
  const report = run.ok ? run.value : reportOf(command, []);
  const failure = run.ok ? null : run.error;
  const print = options.aside === true ? terminal.note : terminal.out;
  const fails = (finding: Finding): boolean => failsRun(finding, command, options.policy);
  if (options.format === "text") await printText(terminal, print, report, failure, fails, options);
  else print(await machineText(options.format, report, failure, fails));
  return failure === null ? exitCodeOfReport(report, options.policy) : exitCodeOf(failure);
}

async function printText(
  terminal: Terminal,
  print: (text: string) => void,
  report: RunReport,
  failure: Failure | null,
  fails: (finding: Finding) => boolean,
  options: OutputOptions,
): Promise<void> {
  const isTerminal = options.aside === true ? terminal.errorIsTerminal : terminal.outputIsTerminal;
  const shown = {
    colour: wantsColour(terminal.env, isTerminal, options.color),
    columns: terminal.columns,
    verbose: options.verbose,
    quiet: options.quiet,
    diff: options.diff ?? true,
    ...(options.same === undefined ? {} : { same: options.same }),
    fails,
  };
  const { renderTargets } = await import("../report/text.ts");
  print(renderTargets(report, shown));
  for (const target of report.targets) {
    if (target.error !== null) await note(target.error, target);
  }
  if (failure !== null) await note(failure, null);
  const { renderSummary } = await import("../report/text-summary.ts");
  print(renderSummary(report, shown));

  async function note(error: Failure, target: TargetResult | null): Promise<void> {
    const { renderFailure } = await import("../report/text-failure.ts");
    const colour = wantsColour(terminal.env, terminal.errorIsTerminal, options.color);
    terminal.note(
      renderFailure(error, {
        colour,
        columns: terminal.columns,
        ...(target === null ? {} : { target: target.target }),
        text: target?.text ?? null,
        log: options.logShown !== true,
      }),
    );
  }
}

async function machineText(
  format: Exclude<Format, "text">,
  report: RunReport,
  failure: Failure | null,
  fails: (finding: Finding) => boolean,
): Promise<string> {
  switch (format) {
    case "json":
      return (await import("../report/json.ts")).renderJson(report, tool, failure);
    case "sarif": {
      const [{ renderSarif }, { sarifRules }] = await Promise.all([
        import("../report/sarif.ts"),
        import("./sarif-rules.ts"),
      ]);
      return renderSarif(report, { tool, rules: await sarifRules(), failure });
    }
    case "github":
      return (await import("../report/github.ts")).renderGithub(report, failure);
    case "junit":
      return (await import("../report/junit.ts")).renderJunit(report, fails, failure);
    case "markdown":
      return (await import("../report/markdown.ts")).renderMarkdown(report, failure);
  }
}

/**
 * A usage fault, printed; its exit code.
 * @param color `--color` or `--no-color`, where one was given
 */
export async function printFault(terminal: Terminal, failure: Failure, color?: boolean): Promise<ExitCode> {
  const { renderFailure } = await import("../report/text-failure.ts");
  const colour = wantsColour(terminal.env, terminal.errorIsTerminal, color);
  terminal.note(renderFailure(failure, { colour, columns: terminal.columns, log: true }));
  return exitCodeOf(failure);
}

/** A usage fault as a result. */
export const usage = (message: string, hint?: string): Result<never, Failure> =>
  err({ code: "USAGE", message, ...(hint === undefined ? {} : { hint }) });

/** A run that was interrupted before it had a report. */
export const interruptedCode = (signal: AbortSignal): ExitCode =>
  signal.reason === "SIGTERM" ? exitCodes.terminated : exitCodes.interrupted;
