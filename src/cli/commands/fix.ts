/** `image-fix [fix] FILE...`: audit, plan, rebuild, prove, write. */
import { Command } from "commander";
import type { FixRequest } from "../../app/requests.ts";
import type { RunReport } from "../../results/run-report.ts";
import type { ExitCode, Failure } from "../../core/errors.ts";
import { ok, type Result } from "../../core/result.ts";
import { loadConfig } from "../config.ts";
import type { Config } from "../config-schema.ts";
import {
  addCommonOptions,
  addFileOptions,
  fileRequest,
  option,
  readSmoke,
  repeatable,
  recipesOption,
  smokeOption,
  type CommonOptions,
  type FileOptions,
  type SmokeOption,
} from "../options.ts";
import { outputOptions, printRun, usage, type OutputOptions } from "../output.ts";
import { startProgress } from "../progress.ts";
import type { Run } from "../run.ts";
import type { Terminal } from "../terminal.ts";
import {
  parseGid,
  parseHome,
  parseSeconds,
  parseSecret,
  parseTag,
  parseText,
  parseUid,
  parseUserName,
} from "../values.ts";

interface FixOptions extends CommonOptions, FileOptions {
  readonly secret?: readonly string[];
  readonly ssh?: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
  readonly userName?: string;
  readonly home?: string;
  readonly dryRun?: boolean;
  readonly check?: boolean;
  readonly output?: string;
  /** False with `--no-verify`. */
  readonly verify: boolean;
  readonly keepImage?: string;
  readonly timeout?: number;
  readonly smoke?: SmokeOption;
  /** False with `--no-comments`. */
  readonly comments: boolean;
}

const help = `
Examples:
  image-fix ./Containerfile                  audit, build, prove, write
  image-fix --dry-run Containerfile | patch  the diff alone
  image-fix --check .                        exit 1 if a file would change
  image-fix -o - - < Containerfile > fixed   standard input to standard output
  image-fix --writable /data Containerfile   a folder that it writes
  image-fix --smoke 10 Containerfile         and only if it starts as before
  image-fix --no-verify Containerfile        write without an engine, and say so

Exit codes: 0 fixed and proven, or nothing to do; 1 a person must decide
something; 2 wrong usage or unreadable file; 3 no engine, or the original does
not build; 4 the candidate fails its proof. A file that ends in 2, 3 or 4 is not
written; of several files the worst decides, and the others may be.`;

/** Defines the command. */
export function fixCommand(run: Run): Command {
  const command = new Command("fix")
    .summary("audit, fix and prove Containerfiles (the default command)")
    .description(
      "Finds what keeps an image from starting under runAsNonRoot, rewrites the Containerfile, rebuilds the image, and replaces the file once id in the rebuilt image shows a numeric non-root user.",
    )
    .argument("[files...]", "Containerfiles, folders that hold some, or - for standard input")
    .optionsGroup("What is written:")
    .option("-n, --dry-run", "print the diff, build and write nothing")
    .option("--check", "build and write nothing; exit 1 if a file would change")
    .addOption(option("-o, --output <file>", "write the result there instead, - for standard output", parseText))
    .option("--no-verify", "write without building and proving, and say so")
    .addOption(option("--keep-image <tag>", "keep the proven image under this name", parseTag))
    .addOption(smokeOption("start the image's own command too, before and after, and watch it for this long"))
    .addOption(option("--timeout <seconds>", "give up on a file after this time", parseSeconds))
    .option("--no-comments", "add no comment line");
  addFileOptions(command)
    .optionsGroup("The build:")
    .addOption(
      repeatable(
        "--secret <spec>",
        "id=ID,src=FILE or id=ID,env=VARIABLE, for RUN --mount=type=secret; may be repeated",
        parseSecret,
      ),
    )
    .addOption(repeatable("--ssh <spec>", "default or ID=SOCKET, for RUN --mount=type=ssh; may be repeated", parseText))
    .optionsGroup("The user:")
    .addOption(option("--uid <uid>", "uid of the account (default: 65532)", parseUid))
    .addOption(option("--gid <gid>", "gid of the account (default: the uid)", parseGid))
    .addOption(option("--user-name <name>", "name of the account (default: nonroot)", parseUserName))
    .addOption(option("--home <path>", "home of the account (default: /home/nonroot)", parseHome))
    .addOption(recipesOption());
  addCommonOptions(command).addHelpText("after", help);
  return command.action((files: readonly string[], options: FixOptions) =>
    run((terminal) => fix(readSmoke(files, options.smoke).words, options, terminal)),
  );
}

async function fix(files: readonly string[], options: FixOptions, terminal: Terminal): Promise<ExitCode> {
  const config = await loadConfig(options.config, process.cwd());
  const output = { ...fixOutput(options, config.ok ? config.value : {}), ...streams(files, options) };
  const request = config.ok ? await fixRequest(files, options, config.value, terminal) : config;
  if (!request.ok) return printRun(terminal, "fix", request, output);
  const progress = await startProgress(terminal, {
    quiet: output.quiet || (output.format !== "text" && !output.verbose),
    verbose: output.verbose,
  });
  const { fixFiles } = await import("../../app/fix.ts");
  const report = await fixFiles(request.value, { signal: terminal.signal, onEvent: progress.onEvent });
  progress.stop();
  if (report.ok) printProduct(report.value, output, terminal);
  return printRun(terminal, "fix", report, output);
}

function fixOutput(options: FixOptions, config: Config): OutputOptions {
  const output = outputOptions(options, config);
  return { ...output, policy: { ...output.policy, check: options.check ?? false } };
}

/** Whether standard output is the fixed text or the diff, so that the report has to stand aside. */
function streams(files: readonly string[], options: FixOptions): Pick<OutputOptions, "aside" | "diff" | "logShown"> {
  const isText = toStandardOutput(files, options);
  const isDiff = options.dryRun === true && options.format === "text";
  return { aside: isText || isDiff, diff: !isDiff, logShown: options.verbose === true };
}

const toStandardOutput = (files: readonly string[], { output, dryRun, check }: FixOptions): boolean =>
  dryRun !== true && check !== true && (output === "-" || (output === undefined && files.includes("-")));

async function fixRequest(
  files: readonly string[],
  options: FixOptions,
  config: Config,
  terminal: Terminal,
): Promise<Result<FixRequest, Failure>> {
  if (files.length === 0) return usage("no file is named", "name one, such as: image-fix ./Containerfile");
  const fault = clash(files, options);
  if (fault !== undefined) return fault;
  const shared = fileRequest(options, config, terminal.env);
  if (!shared.ok) return shared;
  const uid = options.uid ?? config.uid;
  const gid = options.gid ?? config.gid;
  const timeout = options.timeout ?? config.timeout;
  const { smokeSeconds } = readSmoke([], options.smoke);
  const name = options.userName ?? config["user-name"] ?? "nonroot";
  return ok({
    ...shared.value,
    targets: files,
    ...(files.includes("-") ? { stdin: await terminal.input() } : {}),
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
    ...(options.secret === undefined ? {} : { secrets: options.secret }),
    ...(options.ssh === undefined ? {} : { ssh: options.ssh }),
    userName: name,
    home: options.home ?? config.home ?? `/home/${name}`,
    dryRun: options.dryRun ?? false,
    check: options.check ?? false,
    ...(options.output === undefined ? {} : { output: options.output }),
    noVerify: !options.verify,
    ...(options.keepImage === undefined ? {} : { keepImage: options.keepImage }),
    ...(timeout === undefined ? {} : { timeoutSeconds: timeout }),
    ...(smokeSeconds === undefined ? {} : { smokeSeconds }),
    comments: options.comments && config.comments !== false,
  });
}

/** Options that do not go together. */
function clash(files: readonly string[], options: FixOptions): Result<never, Failure> | undefined {
  if (files.includes("-") && files.length > 1) {
    return usage("- stands for standard input and cannot be joined with other files", "give - alone");
  }
  const shows = options.dryRun === true ? "--dry-run" : options.check === true ? "--check" : undefined;
  if (shows !== undefined && options.keepImage !== undefined) {
    return usage(`--keep-image cannot be joined with ${shows}, which builds no image`);
  }
  if (shows !== undefined && options.output !== undefined) {
    return usage(`-o cannot be joined with ${shows}, which writes nothing`);
  }
  if (options.smoke !== undefined && (shows !== undefined || !options.verify)) {
    return usage(`--smoke cannot be joined with ${shows ?? "--no-verify"}, which builds no image`);
  }
  if (!options.verify && options.keepImage !== undefined) {
    return usage("--keep-image cannot be joined with --no-verify, which builds no image");
  }
  return undefined;
}

/** The fixed text, or the diff, on standard output. A text that needs no fix goes through as it is. */
function printProduct(report: RunReport, { aside, diff }: OutputOptions, terminal: Terminal): void {
  if (aside !== true) return;
  for (const { fix: made, text, encoding, error } of report.targets) {
    const print = (product: string): void => terminal.out(Buffer.from(product, encoding));
    if (diff === false) print(made?.diff ?? "");
    else if (made?.written === true) print(made.text);
    else if (made?.changed !== true && error === null && text !== null) print(text);
  }
}
