/** Repositories that a COPY brings from the context with their `.git`, and the RUNs that ask git about them. */
import type { BuildModel } from "../containerfile/build-model.ts";
import type { ShellCommand } from "../shell/model.ts";
import { contextCopy, contextSources } from "./context-copies.ts";
import type { CopyEffect, Effect, Effects } from "./effects.ts";
import { asksRepository, goStamps } from "./git-commands.ts";
import { isWithin, resolvePath } from "./paths.ts";
import { basename } from "../shell/launch.ts";
import { runsUnread } from "./unread-programs.ts";

export interface CopiedRepository {
  readonly copy: CopyEffect;
  /** The folder that `.git` lies in: absolute. */
  readonly path: string;
  /** Commands behind the COPY that fail, or go without what git would tell them, where git refuses the repository. */
  readonly asked: readonly Effect[];
}

const makefiles = ["GNUmakefile", "makefile", "Makefile"];
/** In a script or a makefile. */
const asksInside =
  /\bgit\s+(?:-\S+\s+)*(?:branch|describe|diff|log|ls-files|rev-list|rev-parse|show|status|submodule|symbolic-ref|tag)\b/;

/**
 * @param readContext reads a text file of the context; `undefined` when it is not there.
 */
export function copiedRepositories(
  model: BuildModel,
  { copies, commands, packages }: Pick<Effects, "copies" | "commands" | "packages">,
  readContext: (path: string) => string | undefined,
): readonly CopiedRepository[] {
  const textAt = (path: string, from: readonly CopyEffect[]): string | undefined =>
    from
      .flatMap(({ at }) => contextSources(contextCopy(model, at.instruction), path))
      .map(readContext)
      .find((text) => text !== undefined);
  const brought = copies.filter(isWholeCopy);
  const found = brought.flatMap((copy) => {
    const destination = resolvePath("/", copy.destination ?? "/");
    const path = basename(destination) === ".git" ? resolvePath(destination, "..") : destination;
    return textAt(`${path}/.git/HEAD`, [copy]) === undefined ? [] : [{ copy, path }];
  });
  if (found.length === 0 || commands.some(({ command }) => tellsSafe(command))) return [];

  const hasGit = (one: Effect): boolean =>
    commands.some(isGit) ||
    packages.some(
      ({ packages: names, at }) => names.includes("git") && at.instruction.index <= one.at.instruction.index,
    ) ||
    hasGitAlready(model, one);
  const asks = (one: Effect): boolean => {
    const { command, at } = one;
    if (asksRepository(command)) return true;
    const flags = model.before(at.instruction).variables.get("GOFLAGS") ?? "";
    if (goStamps(command)) return !flags.includes("-buildvcs=false") && hasGit(one);
    return scriptsOf(command).some((path) => asksInside.test(textAt(path, brought) ?? "")) && hasGit(one);
  };
  return found.map(({ copy, path }) => ({
    copy,
    path,
    asked: commands.filter(
      (one) => one.at.instruction.index > copy.at.instruction.index && worksIn(one.command, path) && asks(one),
    ),
  }));
}

const isWholeCopy = ({ at: { instruction }, destination }: CopyEffect): boolean =>
  destination !== undefined &&
  instruction.heredocs.length === 0 &&
  !instruction.flags.some(({ name }) => name === "from" || name === "parents" || name === "exclude");

const isGit = ({ command: { words } }: Effect): boolean => basename(words[0]?.value ?? "") === "git";

/** The author has seen to it. */
const tellsSafe = ({ words }: ShellCommand): boolean =>
  words.some(({ raw }) => raw.includes("safe.directory") || raw.includes("gitconfig"));

/** The official images of Go have git, but for those on Alpine. */
function hasGitAlready(model: BuildModel, { at: { stage } }: Effect): boolean {
  const { reference, family } = model.baseOf(stage);
  return /(?:^|\/)golang\b/.test(reference) && !(family.known && family.value === "alpine");
}

const worksIn = ({ mayBeIn, words }: ShellCommand, path: string): boolean =>
  mayBeIn.some((folder) => isWithin(path, folder)) ||
  words.some(({ value }) => value?.startsWith("/") === true && isWithin(path, resolvePath("/", value)));

/** The files in the image that a command may run. */
function scriptsOf(command: ShellCommand): readonly string[] {
  if (!runsUnread(command)) return [];
  const names = /^g?make$/.test(basename(command.words[0]?.value ?? ""))
    ? makefiles
    : command.words.slice(0, 2).flatMap(({ value }) => (value === undefined ? [] : [value]));
  return names.flatMap((name) => command.mayBeIn.map((folder) => resolvePath(folder, name)));
}
