/**
 * git refuses to work as root in a repository whose folders are somebody else's (safe.directory, since 2.35.2): below one
 * that a RUN clones they stay root's until the last RUN that may ask git there.
 */
import type { BuildModel } from "../containerfile/build-model.ts";
import type { RunInstruction } from "../containerfile/model.ts";
import type { Effect, Effects } from "../facts/effects.ts";
import { gitOperands } from "../facts/git-commands.ts";
import { isWithin } from "../facts/paths.ts";
import { runsUnread } from "../facts/unread-programs.ts";
import { programOf } from "../rules/shell-words.ts";
import type { ShellCommand } from "../shell/model.ts";
import { runsAsRoot } from "./placement.ts";

/** Programs that ask git of their own accord, or by what a project tells them. Programs that nobody has read may as well. */
const askers: ReadonlySet<string> = new Set([
  "git", "go", "cargo", "cmake", "meson", "mvn", "gradle", "dotnet", "npm", "npx", "pnpm", "yarn", "bun", "node", "pip", "pip3",
  "python", "python3", "uv", "poetry", "pdm", "hatch", "tox", "bundle", "rake", "gem", "composer", "mix",
]); // prettier-ignore

const makers: ReadonlySet<string | undefined> = new Set(["clone", "init"]);

/**
 * Whether a RUN behind this one may still ask git about a repository that a RUN has made below one of the folders.
 * @param asks tells the commands that count.
 */
export function isAskedLater(
  folders: readonly string[],
  run: RunInstruction,
  { model, effects }: { readonly model: BuildModel; readonly effects: Effects },
  asks: (command: ShellCommand) => boolean,
): boolean {
  const isInside = (path: string): boolean => folders.some((folder) => isWithin(folder, path));
  const mayHold = (path: string): boolean => isInside(path) || folders.some((folder) => isWithin(path, folder));
  const isMade = effects.writes.some(
    ({ at, command, path }) =>
      at.instruction.index <= run.index && mayHold(path) && makers.has(gitOperands(command)[0]?.value),
  );
  if (!isMade) return false;
  const works = [
    ...effects.commands.filter(({ command }) => command.mayBeIn.some(isInside)),
    ...effects.writes.filter(({ path }) => isInside(path)),
  ];
  const last = Math.max(
    ...works.filter(({ command }) => asks(command)).map(({ at: { instruction } }) => instruction.index),
  );
  // Another user works with what is handed over by then.
  const isRoot = ({ at: { instruction, stage } }: Effect): boolean =>
    instruction.index <= run.index || instruction.index > last || runsAsRoot(model, instruction, stage);
  return last > run.index && effects.commands.every(isRoot);
}

/** Whether a command fails where git does. */
export const needsGit = (command: ShellCommand): boolean => {
  const verb = gitOperands(command)[0]?.value;
  return programOf(command) === "go" || (verb !== undefined && !makers.has(verb));
};

export const mayAskGit = (command: ShellCommand): boolean => askers.has(programOf(command)) || runsUnread(command);
