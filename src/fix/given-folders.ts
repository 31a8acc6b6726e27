/** What a RUN of the file gives to the account already: folders, and what it makes itself. */
import type { Effect, OwnerChange, TreeWrite } from "../facts/effects.ts";
import { isWithin, resolvePath } from "../facts/paths.ts";
import { isGlob, madeFolders, type ChangedPath } from "../rules/layers.ts";
import { isForFoundFiles, programOf } from "../rules/shell-words.ts";
import type { ShellCommand } from "../shell/model.ts";
import type { ChosenAccount, PlanInput, WritableFolder } from "./model.ts";

/** Programs that may put another folder in the place of one. */
const movers: ReadonlySet<string> = new Set(["rm", "rmdir", "mv", "cp", "ln", "tar", "rsync", "install"]);

/**
 * Tells the folders that are certainly the account's at the end: a chown names them, or reaches them in a folder around
 * them, and nothing behind it concerns them.
 */
export function givenFolders(input: PlanInput, account: ChosenAccount): (folder: WritableFolder) => boolean {
  return ({ path }) => {
    const last = input.effects.owners.findLast(
      ({ tool, paths, recursive }) =>
        tool === "chown" &&
        paths.some(
          (one) =>
            one.path === undefined || one.path === path || ((recursive || isGlob(one)) && isWithin(one.path, path)),
        ),
    );
    const isFolder = (one: ChangedPath): boolean =>
      one.path === path ||
      (one.path !== undefined && last?.recursive === true && isWithin(one.path, path) && isThere(input, last, path));
    return last !== undefined && gives(input, last, account, path, isFolder) && !isUndone(input, last, account, path);
  };
}

/** Whether a folder certainly exists where an owner is changed, so that a change of one above finds it. */
const isThere = ({ effects, model }: PlanInput, change: OwnerChange, path: string): boolean =>
  // A working directory exists, and with it the folders that it is in.
  isWithin(path, model.before(change.at.instruction).workdir.value.value) ||
  madeFolders(effects).some(
    (made) =>
      isWithin(path, made.path) &&
      isBehind(change, made.command) &&
      !made.command.conditional &&
      made.command.onFailure === "stops",
  );

/**
 * Tells what the same RUN gives to the account: behind the command that makes it (`cp -r a /app && chown -R app /app`), or
 * with it (`install -o app a /app`).
 */
export function givesItself(input: PlanInput, account: ChosenAccount): (write: TreeWrite) => boolean {
  const { owners, unread } = input.effects;
  return (write) =>
    owners.some((change) => {
      const isTree = (one: ChangedPath): boolean => one.path !== undefined && isWithin(one.path, write.path);
      if (change.command === write.command) return gives(input, change, account, write.path, () => true);
      return (
        change.recursive &&
        change.at.instruction === write.at.instruction &&
        isBehind(change, write.command) &&
        // A program that nobody has read may make more.
        !unread.some((one) => one.at.instruction === change.at.instruction && isBehind(one, change.command)) &&
        gives(input, change, account, write.path, isTree)
      );
    });
}

/** Whether a change of owner is certainly made, and of the path. */
function gives(
  { model, effects }: PlanInput,
  { command, tool, owner, paths, at }: OwnerChange,
  { name, uid }: ChosenAccount,
  path: string,
  concerns: (one: ChangedPath) => boolean,
): boolean {
  const user = owner?.split(":")[0];
  const isRenumbered = (): boolean =>
    effects.accountChanges.some((one) => isBehind(one, command) && (one.name === undefined || one.name === name));
  return (
    tool === "chown" &&
    (user === String(uid) || (user !== undefined && user === name && !isRenumbered())) &&
    paths.some((one) => concerns(one) && !isGlob(one)) &&
    !command.conditional &&
    command.onFailure === "stops" &&
    !isForFoundFiles(command) &&
    // What is changed in a VOLUME is lost.
    !model.before(at.instruction).volumes.some(({ value }) => isWithin(resolvePath("/", value), path))
  );
}

/** Whether something behind a command may make the folder anew, or is not known to leave it alone. */
function isUndone(
  { effects }: PlanInput,
  { command, at }: OwnerChange,
  { name, uid }: ChosenAccount,
  path: string,
): boolean {
  const { copies, commands, unread, opaque } = effects;
  const isOwn = (chown: string | undefined): boolean => {
    const user = chown?.split(":")[0];
    return user !== undefined && (user === name || user === String(uid));
  };
  return (
    copies.some(
      ({ destination, chown, at: { instruction } }) =>
        instruction.index > at.instruction.index &&
        !isOwn(chown) &&
        (destination === undefined || isWithin(resolvePath("/", destination), path)),
    ) ||
    commands.some((one) => isBehind(one, command) && mayMove(one.command, path)) ||
    unread.some((one) => isBehind(one, command)) ||
    opaque.some(({ instruction }) => instruction.index > at.instruction.index)
  );
}

const isBehind = ({ command }: Effect, { span }: ShellCommand): boolean => command.span.start > span.start;

const mayMove = (command: ShellCommand, path: string): boolean =>
  movers.has(programOf(command)) &&
  command.words.some(({ raw, value }, index) => {
    if (index === 0 || raw.startsWith("-")) return false;
    return value === undefined || isWithin(resolvePath(command.cwd ?? "/", value), path);
  });
