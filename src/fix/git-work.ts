/**
 * git refuses to work as root in a repository whose folders are somebody else's (safe.directory, since 2.35.2): below one
 * that a RUN clones they stay root's until the last RUN that may ask git there.
 */
import type { BuildModel, Stage } from "../containerfile/build-model.ts";
import type { Instruction, RunInstruction } from "../containerfile/model.ts";
import type { CopyEffect, Effect, Effects, TreeWrite } from "../facts/effects.ts";
import { copiedRepositories } from "../facts/copied-repositories.ts";
import { asksRepository, goStamps, makesRepository } from "../facts/git-commands.ts";
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

/** What makes repositories. */
export const repositoriesOf = ({ writes }: Effects): readonly TreeWrite[] =>
  writes.filter(({ command }) => makesRepository(command));

/**
 * Whether a RUN behind this one may still ask git about a repository that a RUN has made below one of the folders.
 * @param repositories those of the file.
 * @param asks tells the commands that count.
 */
export function isAskedLater(
  folders: readonly string[],
  run: RunInstruction,
  repositories: readonly TreeWrite[],
  { model, effects }: { readonly model: BuildModel; readonly effects: Effects },
  asks: (command: ShellCommand) => boolean,
): boolean {
  const isInside = (path: string): boolean => folders.some((folder) => isWithin(folder, path));
  const mayHold = (path: string): boolean => isInside(path) || folders.some((folder) => isWithin(path, folder));
  const isMade = repositories.some(({ at, path }) => at.instruction.index <= run.index && mayHold(path));
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

/** A repository whose files are no longer root's when a RUN of root's asks git about it. */
export interface RefusedRepository {
  readonly path: string;
  /** The first such RUN. */
  readonly run: Instruction;
  readonly stage: Stage;
}

/**
 * @param readContext reads a text file of the context; `undefined` when it is not there.
 * @param given the copies whose files are handed over.
 */
export function refusedRepositories(
  {
    model,
    effects,
    readContext,
  }: {
    readonly model: BuildModel;
    readonly effects: Effects;
    readonly readContext: (path: string) => string | undefined;
  },
  given: readonly CopyEffect[],
): readonly RefusedRepository[] {
  const found = new Map<string, RefusedRepository>();
  for (const { copy, path, asked } of copiedRepositories(model, effects, readContext)) {
    const first = asked.find(({ at: { instruction, stage } }) => runsAsRoot(model, instruction, stage));
    if (first === undefined || found.has(path) || !given.includes(copy)) continue;
    found.set(path, { path, run: first.at.instruction, stage: first.at.stage });
  }
  return [...found.values()];
}

/** Tells git that root may work in a repository, wherever git comes from and also before it is there. */
export const safeDirectory = (folder: string): string =>
  `printf '[safe]\\ndirectory = %s\\n' ${folder} >> /etc/gitconfig`;

/** Whether a command fails where git does. */
export const needsGit = (command: ShellCommand): boolean => asksRepository(command) || goStamps(command);

export const mayAskGit = (command: ShellCommand): boolean => askers.has(programOf(command)) || runsUnread(command);
