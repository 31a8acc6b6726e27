/**
 * git refuses to work as root in a repository that is somebody else's (safe.directory, since 2.35.2): one that a RUN
 * clones is handed over behind the last RUN that works in it.
 */
import type { RunInstruction } from "../containerfile/model.ts";
import type { Effects, TreeWrite } from "../facts/effects.ts";
import { isWithin } from "../facts/paths.ts";
import { commandName } from "../facts/run-script.ts";
import { parseOptions } from "../shell/options.ts";

/** What git is asked for: `clone`, `submodule` …; `undefined` for other programs. */
function gitVerb({ command }: TreeWrite): string | undefined {
  const [first, ...rest] = command.words;
  if (commandName(first?.value ?? "") !== "git") return undefined;
  return parseOptions(rest, { values: new Set(["C", "c"]) }).operands[0]?.value;
}

const makesRepository = (verb: string | undefined): boolean => verb === "clone" || verb === "init";

/** The last RUN that works as git in a repository below the folder which a RUN has made. */
export function lastGitWork(folder: string, { writes }: Effects): RunInstruction | undefined {
  const inFolder = ({ path }: TreeWrite): boolean => isWithin(folder, path);
  if (!writes.some((write) => inFolder(write) && makesRepository(gitVerb(write)))) return undefined;
  const last = writes.findLast((write) => {
    const verb = inFolder(write) ? gitVerb(write) : undefined;
    return verb !== undefined && !makesRepository(verb);
  });
  return last?.at.instruction;
}
