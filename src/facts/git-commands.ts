/** What git is asked for. */
import type { ShellCommand, ShellWord } from "../shell/model.ts";
import { parseOptions } from "../shell/options.ts";
import { basename } from "../shell/launch.ts";

/** Options of git that take the next word. */
const valued = new Set(["C", "b", "branch", "c", "config", "depth", "j", "jobs", "o", "origin", "reference", "u"]);

/** The sub-command and its operands; empty for other programs. */
export function gitOperands({ words: [first, ...rest] }: ShellCommand): readonly ShellWord[] {
  return basename(first?.value ?? "") === "git" ? parseOptions(rest, { values: valued }).operands : [];
}

const makers: ReadonlySet<string | undefined> = new Set(["clone", "init"]);

/** Whether git makes a repository. */
export const makesRepository = (command: ShellCommand): boolean => makers.has(gitOperands(command)[0]?.value);

/** Whether git is asked about a repository that is there. */
export function asksRepository(command: ShellCommand): boolean {
  const verb = gitOperands(command)[0]?.value;
  if (verb === undefined || makesRepository(command)) return false;
  return verb !== "config" || !command.words.some(({ raw }) => raw === "--global" || raw === "--system");
}

/** Whether Go may write the revision of a repository into what it builds, for which it asks git. */
export function goStamps({ words: [first, verb, ...rest] }: ShellCommand): boolean {
  if (basename(first?.value ?? "") !== "go") return false;
  return (
    /^(?:build|install|list|run)$/.test(verb?.value ?? "build") && !rest.some(({ raw }) => raw === "-buildvcs=false")
  );
}
