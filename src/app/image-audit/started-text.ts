/** The commands that a shell's text starts for certain, whoever runs it. Pure. */
import { basename, behindRunners } from "../../shell/launch.ts";
import type { ShellCommand } from "../../shell/model.ts";
import { readShell } from "../../shell/read-shell.ts";
import { ownSource } from "../../shell/source.ts";

/** How a text is run. */
export interface TextStart {
  /** `exec`: only what takes the shell's place, as in a script that prepares things first. */
  readonly extent: "whole" | "exec";
  /** What `"$@"` stands for. */
  readonly args: readonly (string | undefined)[];
  readonly cwd: string | undefined;
  /** `NAME=value`. */
  readonly env: readonly string[];
}

export interface TextCommand {
  /** Words, `undefined` where only running tells. */
  readonly words: readonly (string | undefined)[];
  readonly cwd: string | undefined;
  /** It is `"$@"`. */
  readonly isArguments: boolean;
}

/** Of the shell itself: to look for them in PATH would read every layer. */
const builtins: ReadonlySet<string> = new Set([
  ".", ":", "[", "[[", "alias", "cd", "declare", "echo", "eval", "exit", "export", "false", "kill", "local", "printf", "pwd",
  "read", "readonly", "return", "set", "shift", "shopt", "source", "test", "trap", "true", "type", "ulimit", "umask", "unset", "wait",
]); // prettier-ignore
const tests: ReadonlySet<string> = new Set(["[", "[[", "test"]);

/** Commands that no condition stands before and whose failure nothing catches. */
export function startedByText(text: string, { extent, args, cwd, env }: TextStart): readonly TextCommand[] {
  const variables = new Map(
    env.map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]),
  );
  const { commands } = readShell(ownSource(text), { variables, cwd });
  const started: TextCommand[] = [];
  const given = changesArguments(text) ? [] : args;
  let isTested = false;
  for (const command of commands) {
    const program = basename(command.words[0]?.value ?? "");
    isTested = tests.has(program) || (isTested && command.joinedBy === "&&");
    if (isTested || command.conditional || command.onFailure === "caught" || builtins.has(program)) continue;
    if (extent === "exec" && !isExec(command)) continue;
    const at = behindRunners(command.words, 0);
    // A function's arguments are those of its call.
    const isArguments = !command.isInFunction && /^"\$@"$|^\$@$|^"\$\{@\}"$/.test(command.words[at]?.raw ?? "");
    const words = isArguments ? given : command.words.map(({ value }) => value);
    // Options are for a program that the script puts before them.
    if (words[0]?.startsWith("-") !== true) started.push({ words, cwd: command.cwd, isArguments });
  }
  return started;
}

const isExec = ({ wrappers }: ShellCommand): boolean => wrappers.some(({ value }) => value === "exec");

/** Whether `"$@"` is no longer what the script was given. */
const changesArguments = (text: string): boolean => /^[^#\n]*\b(?:set\s+(?:--|-\s)|shift\b)/m.test(text);
