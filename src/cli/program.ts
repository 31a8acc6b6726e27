/** The commands as one program. */
import { Command, CommanderError } from "commander";
import { interruption } from "../app/interruption.ts";
import { exitCodes, type ExitCode, type Failure } from "../core/errors.ts";
import { err } from "../core/result.ts";
import { nearest } from "../containerfile/suggest.ts";
import { auditCommand } from "./commands/audit.ts";
import { explainCommand, printExplainFailure } from "./commands/explain.ts";
import { fixCommand } from "./commands/fix.ts";
import { manifestCommand } from "./commands/manifest.ts";
import { printRecipesFailure, recipesCommand } from "./commands/recipes.ts";
import { reportCommand } from "./commands/report.ts";
import { scanCommand } from "./commands/scan.ts";
import { verifyCommand } from "./commands/verify.ts";
import { formats, OptionFault } from "./options.ts";
import { printFault, printRun } from "./output.ts";
import type { Run } from "./run.ts";
import type { Terminal } from "./terminal.ts";
import { tool } from "./version.ts";

/** One function a command, in the order of `--help`. */
const commands: Readonly<Record<string, (run: Run) => Command>> = {
  fix: fixCommand,
  audit: auditCommand,
  verify: verifyCommand,
  manifest: manifestCommand,
  scan: scanCommand,
  report: reportCommand,
  explain: explainCommand,
  recipes: recipesCommand,
};

const help = `
Examples:
  image-fix ./Containerfile          fix it, prove it, write it
  image-fix audit .                  findings only, of every Containerfile below
  image-fix verify localhost/app:1   prove an image that exists

Exit codes: 0 nothing to do, or done; 1 findings; 2 wrong usage or unreadable
input; 3 no engine, or the original does not build; 4 the proof failed; 70 a
bug; 130 or 143 interrupted.`;

/**
 * Runs the command line.
 * @param argv what stands behind the program's name
 * @returns the exit code of the process
 */
export async function runProgram(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let code: ExitCode = exitCodes.ok;
  const words = withDefault(argv);
  const act: Run = async (command) => {
    code = await command(terminal);
  };
  const program = makeProgram(terminal, act, words[0]);
  const fault = (failure: Failure): Promise<ExitCode> => printWrongCall(terminal, words, failure);
  try {
    if (argv.length === 0) {
      program.outputHelp({ error: true });
      return exitCodes.usage;
    }
    const meant = words === argv ? undefined : await meantCommand(argv[0] ?? "");
    if (meant !== undefined) {
      return await fault({
        code: "USAGE",
        message: `there is neither a command nor a file ${JSON.stringify(argv[0])}`,
        hint: `did you mean: image-fix ${[meant, ...argv.slice(1)].join(" ")}`,
      });
    }
    const topic = argv[0] === "help" ? argv[1] : undefined;
    if (topic !== undefined && !topic.startsWith("-") && topic !== "help" && !Object.hasOwn(commands, topic)) {
      const near = nearest(topic, Object.keys(commands));
      return await fault({
        code: "USAGE",
        message: `there is no command ${JSON.stringify(topic)}`,
        hint: near === undefined ? "image-fix --help lists them" : `did you mean: image-fix help ${near}`,
      });
    }
    if (words !== argv) program.hook("preAction", (_, { args }) => refuseLateCommand(args, argv));
    await program.parseAsync(words, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof OptionFault) {
      const { message, hint } = error;
      return fault({ code: "USAGE", message, ...(hint === undefined ? {} : { hint }) });
    }
    if (terminal.signal.aborted) return fault(interruption(terminal.signal));
    if (isFolderGone(error)) {
      const message = "the folder that image-fix was started in is not there any more";
      return fault({ code: "USAGE", message, hint: "change to a folder that is there" });
    }
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return exitCodes.ok;
    return fault(callFault(error, words[0]));
  }
}

/** What commander refuses, in the words of all other faults. */
function callFault({ code, message }: CommanderError, command: string | undefined): Failure {
  const listed = `image-fix ${command === undefined ? "" : `${command} `}--help shows every option`;
  const told = (text: string, hint = listed): Failure => ({ code: "USAGE", message: text, hint });
  const [, quoted = ""] = /'([^\n]*)'/.exec(message) ?? [];
  switch (code) {
    case "commander.unknownOption": {
      const meant = /Did you mean ([^\n]+)\?/.exec(message)?.[1];
      return told(`there is no option ${quoted}`, meant === undefined ? listed : `did you mean ${meant}? ${listed}`);
    }
    case "commander.optionMissingArgument":
      return told(`${/--[a-z-]+/.exec(quoted)?.[0] ?? quoted} needs a value`);
    case "commander.excessArguments":
      return told(`${quoted} takes no such argument`);
    default:
      return told(message.replace(/^error: /, ""));
  }
}

/** A call that no command could begin with, told in the format that it asks for, as commands tell their own faults. */
async function printWrongCall(terminal: Terminal, words: readonly string[], failure: Failure): Promise<ExitCode> {
  const command = reporting.find((name) => name === words[0]);
  const text = words.join("\n");
  const asked = [...text.matchAll(/^(?:--format[=\n]|-f[=\n]?)(\w+)$/gm)].at(-1)?.[1];
  const ownFailure = ownDocuments[words[0] ?? ""];
  if (ownFailure !== undefined && asked === "json") return ownFailure(failure, terminal);
  const format = formats.find((name) => name === asked);
  if (command === undefined || format === undefined || format === "text") return printFault(terminal, failure);
  const policy = { failOn: "error", allowUnknown: false } as const;
  return printRun(terminal, command, err(failure), { format, quiet: false, verbose: false, color: undefined, policy });
}

/** Commands that print a document of their own shape with `--format json`. */
const ownDocuments: Readonly<Record<string, (failure: Failure, terminal: Terminal) => Promise<ExitCode>>> = {
  explain: printExplainFailure,
  recipes: printRecipesFailure,
};

/** Commands whose results are one document. */
const reporting = ["fix", "audit", "verify", "manifest", "report"] as const;

const isFolderGone = (error: unknown): boolean =>
  error instanceof Error && "syscall" in error && error.syscall === "uv_cwd";

function makeProgram(terminal: Terminal, run: Run, only: string | undefined): Command {
  const program = new Command("image-fix")
    .description(
      "Audits, fixes and proves container images for Kubernetes' runAsNonRoot.\nWithout a command: image-fix FILE... fixes Containerfiles.",
    )
    .usage("[command] [options] ...")
    .version(tool.version, "-V, --version", "print the version")
    .helpCommand("help [command]", "show the options and examples of a command")
    .addHelpText("after", help);
  // A hundred options take milliseconds to define: only those of the command that is asked for, unless help lists all.
  const wanted = only !== undefined && Object.hasOwn(commands, only) ? commands[only] : undefined;
  for (const define of wanted === undefined ? Object.values(commands) : [wanted]) program.addCommand(define(run));
  for (const command of [program, ...program.commands]) {
    command
      .helpOption("-h, --help", "show help")
      .exitOverride()
      .configureOutput({
        writeOut: terminal.out,
        writeErr: terminal.note,
        // A fault comes as an error and is printed once, by us.
        outputError: () => undefined,
        getOutHelpWidth: () => terminal.columns,
        getErrHelpWidth: () => terminal.columns,
      })
      // Descriptions say their defaults themselves, in words.
      .configureHelp({
        showGlobalOptions: false,
        optionDescription: ({ description }) => description,
        subcommandTerm: (one) => one.name(),
      });
  }
  return program;
}

/** Puts the default command in front of what begins with a file or one of its options. */
function withDefault(argv: readonly string[]): readonly string[] {
  const [first] = argv;
  if (first === undefined || ["-h", "--help", "-V", "--version", "help"].includes(first)) return argv;
  return Object.hasOwn(commands, first) ? argv : ["fix", ...argv];
}

/** The command that a word was probably meant to be; undefined where it is a file, an option or like none. */
async function meantCommand(word: string): Promise<string | undefined> {
  if (!/^[a-z]+$/.test(word)) return undefined;
  const meant = nearest(word, Object.keys(commands));
  return meant === undefined || (await isThere(word)) ? undefined : meant;
}

/** `image-fix --format json audit .`: options in front of a command's name make it a file's, which is not there. */
async function refuseLateCommand([name = ""]: readonly string[], argv: readonly string[]): Promise<void> {
  if (!Object.hasOwn(commands, name) || (await isThere(name))) return;
  const at = argv.indexOf(name);
  const line = ["image-fix", name, ...argv.slice(0, at), ...argv.slice(at + 1)].join(" ");
  throw new OptionFault(`there is no file ${JSON.stringify(name)}, and a command comes first`, `did you mean: ${line}`);
}

async function isThere(path: string): Promise<boolean> {
  const { access } = await import("node:fs/promises");
  return access(path).then(
    () => true,
    () => false,
  );
}
