/** What git is asked for. */
import type { ShellCommand, ShellWord } from "../shell/model.ts";
import { parseOptions } from "../shell/options.ts";
import { commandName } from "./run-script.ts";

/** Options of git that take the next word. */
const valued = new Set(["C", "b", "branch", "c", "config", "depth", "j", "jobs", "o", "origin", "reference", "u"]);

/** The sub-command and its operands; empty for other programs. */
export function gitOperands({ words: [first, ...rest] }: ShellCommand): readonly ShellWord[] {
  return commandName(first?.value ?? "") === "git" ? parseOptions(rest, { values: valued }).operands : [];
}
