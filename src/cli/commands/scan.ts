/** `image-fix scan SOURCE...`: every image of a registry, streamed. */
import { Command } from "commander";
import { storedHint } from "../../app/stored-image.ts";
import { exitCodeOf, exitCodes, type ExitCode, type Failure } from "../../core/errors.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { visible } from "../../core/terminal-text.ts";
import { nameFilter } from "../../scan/name-filter.ts";
import type { Tally } from "../../results/tally.ts";
import { parseShard, shardOfEnvironment, shardText, type Shard } from "../../scan/shard.ts";
import { parseSource, type ScanSource } from "../../scan/source.ts";
import { parseTagChoice, tagChoiceText, type TagChoice } from "../../scan/tag-choice.ts";
import { loadConfig } from "../config.ts";
import type { Config } from "../config-schema.ts";
import {
  addCommonOptions,
  addRegistryOptions,
  option,
  registryRequest,
  repeatable,
  type CommonOptions,
  type RegistryFlags,
} from "../options.ts";
import { isSameFile } from "../same-file.ts";
import { interruptedCode, outputOptions, printFault } from "../output.ts";
import type { Run } from "../run.ts";
import type { ScanRun } from "../scan-run.ts";
import { wantsColour, type Terminal } from "../terminal.ts";
import { parseChoice, parseCount, parsePlatform, parseSeconds, parseText } from "../values.ts";
import { tool } from "../version.ts";

const streamed = ["text", "ndjson", "json"] as const;
const reported = ["sarif", "junit", "markdown", "csv", "html"] as const;
type ScanFormat = (typeof streamed)[number] | (typeof reported)[number];

type ScanOptions = Omit<CommonOptions, "format"> &
  RegistryFlags & {
    readonly format?: ScanFormat;
    readonly include?: readonly string[];
    readonly exclude?: readonly string[];
    readonly tags?: TagChoice;
    readonly platform?: string;
    readonly shard?: Shard | "auto";
    readonly state?: string;
    readonly runId?: string;
    readonly concurrency?: number;
    readonly timeout?: number;
    readonly output?: string;
    readonly list?: boolean;
    readonly accounts: boolean;
    readonly deep?: boolean;
    readonly openshift?: boolean;
    readonly exitZero?: boolean;
    readonly allowUnread?: boolean;
  };

const help = `
Sources:
  docker://HOST              every repository of the registry's catalogue
  docker://HOST/REPOSITORY   the tags of one repository
  oci:FOLDER                 every image of an OCI layout
  @FILE, -                   a list, one image or source a line

Examples:
  image-fix scan docker://registry.example > scan.ndjson
  image-fix scan --tags latest:3 --exclude '*/old-*' docker://registry.example
  image-fix scan --state scan.state -o scan.ndjson docker://registry.example
  kubectl get pods -A -o jsonpath='{.items[*].spec..image}' | image-fix scan -
  image-fix report --format html -o users.html scan.ndjson

Exit codes: 0 nothing at or above --fail-on; 1 findings; 2 wrong usage; 3 images
that could not be read, whatever else was found; 130 or 143 interrupted.`;

/** Defines the command. */
export function scanCommand(run: Run): Command {
  const command = new Command("scan")
    .summary("audit every image of a registry, repository, layout or list")
    .description(
      "Audits every image of registries, repositories, layouts or lists, and streams one JSON object a line.",
    )
    .argument("[sources...]", "docker://HOST[/REPOSITORY], oci:FOLDER, @FILE or - (a list)")
    .optionsGroup("Which images:")
    .addOption(
      repeatable("--include <glob>", "only repositories (or repository:tag) like this; may be repeated", parseText),
    )
    .addOption(repeatable("--exclude <glob>", "none like this; may be repeated", parseText))
    .addOption(option("--tags <which>", "all (default), latest:N highest versions, or semver", parseTagChoice))
    .addOption(option("--platform <os/arch>", "only this platform of each image (default: all)", parsePlatform))
    .addOption(option("--shard <i/n>", "only part I of N, counted from 0; auto: of an Indexed Job", parseShardOption))
    .option("--list", "print the images that would be read, and read none")
    .optionsGroup("How they are read:")
    .addOption(option("--state <file>", "remember what is done, and go on there when run again", parseText))
    .addOption(option("--run-id <id>", "of a scheduled scan: a state of another run is begun anew", parseText))
    .addOption(option("--concurrency <n>", "requests at a time (default: 32); less where it must be", parseConcurrency))
    .addOption(option("--timeout <seconds>", "give up on an image after this time (default: 120)", parseSeconds))
    .option("--no-accounts", "do not read layers for the number behind a user's name")
    .option("--deep", "read every layer, for setuid programs and file capabilities")
    .option("--openshift", "group 0 is no fault");
  addRegistryOptions(command);
  // Who watches gets words, a pipe gets objects.
  const format = option(
    "-f, --format <format>",
    "text (default on a terminal), ndjson (default elsewhere), json",
    parseChoice([...streamed, ...reported]),
  );
  addCommonOptions(command, format)
    .addOption(option("-o, --output <file>", "write the results to a file (default: standard output)", parseText))
    .option("--exit-zero", "findings do not fail the run (for shards: report judges them)")
    .option("--allow-unread", "what could not be read does not either, unless nothing could")
    .addHelpText("after", help);
  return command.action((sources: readonly string[], options: ScanOptions) =>
    run((terminal) => scan(sources, options, terminal)),
  );
}

const parseShardOption = (text: string): Result<Shard | "auto", string> =>
  text === "auto" ? ok(text) : parseShard(text);

const parseConcurrency = (text: string): Result<number, string> => {
  const count = parseCount(text);
  if (count.ok && count.value > 1024) return err(`${text} is more than any registry takes; give 1 to 1024`);
  return count;
};

async function scan(sources: readonly string[], options: ScanOptions, terminal: Terminal): Promise<ExitCode> {
  const config = await loadConfig(options.config, process.cwd());
  if (!config.ok) return printFault(terminal, config.error, options.color);
  const run = scanRun(sources, options, config.value, terminal);
  if (!run.ok) return printFault(terminal, run.error, options.color);
  return options.list === true ? list(run.value, options, terminal) : read(run.value, options, terminal);
}

const fault = (message: string, hint: string): Result<never, Failure> => err({ code: "USAGE", message, hint });

function scanRun(
  names: readonly string[],
  options: ScanOptions,
  config: Config,
  terminal: Terminal,
): Result<ScanRun, Failure> {
  if (names.length === 0) {
    return fault("no source is named", "name a registry, such as: image-fix scan docker://registry.example");
  }
  const format = reported.find((one) => one === options.format);
  if (format !== undefined) {
    return fault(
      `scan streams its results; --format ${format} is made of all of them`,
      `image-fix scan ${names.map((name) => visible(name)).join(" ")} | image-fix report --format ${format} -`,
    );
  }
  if (options.runId !== undefined && options.state === undefined)
    return fault("--run-id is about a state, and none is named", "name it too: --state FILE");
  const sources: ScanSource[] = [];
  for (const name of names) {
    const source = parseSource(name);
    if (!source.ok) return fault(source.error, storedHint(name) ?? "image-fix scan --help shows the kinds of sources");
    sources.push(source.value);
  }
  const output = options.output === "-" ? undefined : options.output;
  const others = [options.state, ...sources.map((source) => (source.kind === "list" ? source.file : undefined))];
  const overwritten =
    output === undefined ? undefined : others.find((file) => file !== undefined && isSameFile(file, output));
  if (overwritten !== undefined)
    return fault(`--output would overwrite ${overwritten}, which the scan needs`, "name another file with --output");
  const filter = nameFilter(options.include ?? [], options.exclude ?? []);
  if (!filter.ok)
    return fault(`--include, --exclude: ${filter.error}`, "such as: --include 'team/*' --exclude '**:*-debug'");
  const shard = shardOf(options.shard, terminal.env);
  if (!shard.ok) return fault(`--shard: ${shard.error}`, "such as: --shard 0/4");
  const tags = options.tags ?? { kind: "all" };
  const deep = options.deep ?? false;
  const platform = options.platform ?? config.platform;
  const openshift = options.openshift ?? config.openshift ?? false;
  const rules = config.rules ?? {};
  return ok({
    sources,
    filter: filter.value,
    tags,
    shard: shard.value,
    concurrency: options.concurrency ?? 32,
    ...(options.state === undefined ? {} : { state: options.state }),
    ...(output === undefined ? {} : { output }),
    settings: {
      sources: names.join(" "),
      include: (options.include ?? []).join(" "),
      exclude: (options.exclude ?? []).join(" "),
      tags: tagChoiceText(tags),
      platform: platform ?? "",
      shard: shardText(shard.value),
      accounts: String(options.accounts),
      deep: String(deep),
      openshift: String(openshift),
      rules: Object.keys(rules).length === 0 ? "" : JSON.stringify(rules),
      ...(options.runId === undefined ? {} : { "run-id": options.runId }),
    },
    policy: outputOptions({ ...options, format: "text" }, config).policy,
    version: tool.version,
    registry: registryRequest(options),
    ...(platform === undefined ? {} : { platform }),
    ...(options.timeout === undefined ? {} : { timeoutSeconds: options.timeout }),
    accounts: options.accounts,
    deep,
    openshift,
    rules,
  });
}

/** The shard asked for, else that of an Indexed Job whose pods would otherwise all do everything. */
function shardOf(asked: Shard | "auto" | undefined, env: Terminal["env"]): Result<Shard, string> {
  if (asked !== undefined && asked !== "auto") return ok(asked);
  const whole: Shard = { index: 0, count: 1 };
  if (asked === undefined && env["JOB_COMPLETIONS"] === undefined) return ok(whole);
  const told = shardOfEnvironment(env);
  if (!told.ok) return told;
  if (told.value !== null) return ok(told.value);
  return asked === undefined
    ? ok(whole)
    : err("auto needs JOB_COMPLETION_INDEX and JOB_COMPLETIONS, and neither is set");
}

async function list(run: ScanRun, { quiet, color }: ScanOptions, terminal: Terminal): Promise<ExitCode> {
  const [{ listImages }, { unusedText }] = await Promise.all([
    import("../scan-run.ts"),
    import("../../report/registry/scan-text.ts"),
  ]);
  const failures: Failure[] = [];
  const listed = await listImages(run, {
    stdin: process.stdin,
    signal: terminal.signal,
    print: (reference) => terminal.out(`${visible(reference)}\n`),
    fail: (_, failure) => failures.push(failure),
  });
  if (!listed.ok) return printFault(terminal, listed.error, color);
  for (const failure of failures.slice(0, 20)) await printFault(terminal, failure, color);
  if (terminal.signal.aborted) return interruptedCode(terminal.signal);
  if (quiet !== true) terminal.note(unusedText(run.filter.unused, terminal.columns));
  return failures[0] === undefined ? exitCodes.ok : exitCodeOf(failures[0]);
}

async function read(run: ScanRun, options: ScanOptions, terminal: Terminal): Promise<ExitCode> {
  const [{ runScan }, { progressLine }, text] = await Promise.all([
    import("../scan-run.ts"),
    import("../scan-progress.ts"),
    import("../../report/registry/scan-text.ts"),
  ]);
  const quiet = options.quiet ?? false;
  const isText = (options.format ?? (terminal.outputIsTerminal ? "text" : "ndjson")) === "text";
  const watched = terminal.errorIsTerminal && !quiet;
  const progress =
    watched || options.verbose === true
      ? progressLine(terminal.note, { isTerminal: watched, interval: watched ? 200 : 30_000 })
      : undefined;
  // Who reads our output has gone: nobody needs the rest.
  const gone = new AbortController();
  process.stdout.once("error", () => gone.abort("SIGTERM"));
  const shown = {
    colour: wantsColour(terminal.env, terminal.outputIsTerminal, options.color),
    columns: terminal.columns,
    verbose: options.verbose ?? false,
  };
  const outcome = await runScan(run, {
    stdin: process.stdin,
    signal: AbortSignal.any([terminal.signal, gone.signal]),
    tell: ({ json, target }) => {
      const line = isText ? text.resultLine(target, shown) : `${json}\n`;
      if (line === "") return;
      if (terminal.outputIsTerminal) progress?.clear();
      terminal.out(line);
    },
    ...(progress === undefined ? {} : { onProgress: (state) => progress.update(state) }),
  });
  progress?.clear();
  if (!outcome.ok) return printFault(terminal, outcome.error, options.color);
  const { tally, interrupted } = outcome.value;
  if (!quiet || tally.failed > 0) {
    const summary = text.scanSummary(outcome.value, {
      ...shown,
      colour: wantsColour(terminal.env, terminal.errorIsTerminal, options.color),
      quiet,
      ...(run.state === undefined ? {} : { state: run.state }),
      ...(run.shard.count === 1 ? {} : { shard: shardText(run.shard) }),
    });
    terminal.note(summary);
  }
  if (interrupted !== null) return gone.signal.aborted ? exitCodes.engine : interruptedCode(terminal.signal);
  return codeOf(tally, options);
}

function codeOf(tally: Tally, { exitZero, allowUnread }: ScanOptions): ExitCode {
  const passes = allowUnread === true && tally.exitCode === exitCodes.engine && tally.failed < tally.summary.targets;
  const ofFindings = tally.findings > 0 ? exitCodes.findings : exitCodes.ok;
  const code = passes ? ofFindings : tally.exitCode;
  return code === exitCodes.findings && exitZero === true ? exitCodes.ok : code;
}
