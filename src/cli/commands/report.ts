/** `image-fix report FILE...`: results of scans and audits, merged. */
import { Command } from "commander";
import type { ExitCode, Failure } from "../../core/errors.ts";
import { err } from "../../core/result.ts";
import { loadConfig } from "../config.ts";
import { addCommonOptions, formatOption, option, type CommonOptions } from "../options.ts";
import { outputOptions, printFault, printRun } from "../output.ts";
import type { Run } from "../run.ts";
import { wantsColour, type Terminal } from "../terminal.ts";
import { tool } from "../version.ts";
import { parseCount, parseText } from "../values.ts";

const formats = ["text", "json", "ndjson", "sarif", "junit", "markdown", "csv", "html"] as const;
/** Those that are one document and have a place for an error. */
const documents = ["json", "sarif", "junit", "markdown"] as const;

type ReportOptions = Omit<CommonOptions, "format"> & {
  readonly format: (typeof formats)[number];
  readonly output?: string;
  readonly title?: string;
  readonly rows?: number;
};

const help = `
Examples:
  image-fix report scan.ndjson                       totals, and where to begin
  image-fix report --format html -o users.html shard-*.ndjson
  image-fix report --format csv -o users.csv scan.ndjson
  image-fix scan docker://registry.example | image-fix report -

Reads NDJSON and --state files of scan, and --format json documents. An image
that is in several files counts once.

Exit codes: 0 nothing at or above --fail-on; 1 findings; 2 wrong usage or
unreadable file; 3 images that could not be read, or a scan that is not whole.`;

/** Defines the command. */
export function reportCommand(run: Run): Command {
  const command = new Command("report")
    .summary("merge results of scans into one report")
    .description(
      "Merges results of scans, shards and audits into text, JSON, SARIF, JUnit, Markdown, CSV or an HTML page.",
    )
    .argument("[files...]", "NDJSON, states or JSON documents, or - for standard input")
    .addOption(option("-o, --output <file>", "write to a file (default: standard output)", parseText))
    .addOption(option("--title <text>", "title of the HTML page", parseText))
    .addOption(
      option(
        "--rows <number>",
        "results that the HTML page lists, those with trouble first (default: 20000)",
        parseCount,
      ),
    );
  addCommonOptions(command, formatOption(formats)).addHelpText("after", help);
  return command.action((files: readonly string[], options: ReportOptions) =>
    run((terminal) => report(files, options, terminal)),
  );
}

async function report(files: readonly string[], options: ReportOptions, terminal: Terminal): Promise<ExitCode> {
  const config = await loadConfig(options.config, process.cwd());
  if (!config.ok) return printFailure(config.error, options, terminal);
  if (files.length === 0) {
    const hint = "name what scan wrote, such as: image-fix report scan.ndjson";
    return printFailure({ code: "USAGE", message: "no file is named", hint }, options, terminal);
  }
  const { policy } = outputOptions({ ...options, format: "text" }, config.value);
  const { writeReport } = await import("../report-run.ts");
  const written = await writeReport(
    {
      files,
      format: options.format,
      ...(options.output === undefined ? {} : { output: options.output }),
      title: options.title ?? "Users of container images",
      rows: options.rows ?? 20_000,
      colour: wantsColour(terminal.env, terminal.outputIsTerminal, options.color),
      columns: terminal.columns,
      verbose: options.verbose ?? false,
      quiet: options.quiet ?? false,
      policy,
      tool,
      time: new Date().toISOString(),
    },
    { stdin: process.stdin, out: terminal.out, note: terminal.note },
  );
  return written.ok ? written.value : printFailure(written.error, options, terminal);
}

/** Why there is no report, in its format where standard output was to be a document. */
async function printFailure(failure: Failure, options: ReportOptions, terminal: Terminal): Promise<ExitCode> {
  const isFile = options.output !== undefined && options.output !== "-";
  const format = documents.find((one) => one === options.format);
  if (isFile || format === undefined) return printFault(terminal, failure, options.color);
  return printRun(terminal, "report", err(failure), outputOptions({ ...options, format }, {}));
}
