/** Folders that a RUN of the file gives to the account already. */
import type { Effect, OwnerChange } from "../facts/effects.ts";
import { isWithin, resolvePath } from "../facts/paths.ts";
import { isGlob } from "../rules/layers.ts";
import { isWrappedBy, programOf } from "../rules/shell-words.ts";
import type { ShellCommand } from "../shell/model.ts";
import type { ChosenAccount } from "./decide.ts";
import type { WritableFolder } from "./ownership.ts";
import type { PlanInput } from "./plan.ts";

/** What they run may run for no file at all. */
const searching: ReadonlySet<string> = new Set(["find", "xargs"]);
/** Programs that may put another folder in the place of one. */
const movers: ReadonlySet<string> = new Set(["rm", "rmdir", "mv", "cp", "ln", "tar", "rsync", "install"]);

/** Tells the folders that are certainly the account's at the end: a chown names them, and nothing behind it concerns them. */
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
    return last !== undefined && gives(input, last, account, path) && !isUndone(input, last, path);
  };
}

/** Whether a change of owner is certainly made, and of the folder itself. */
function gives(
  { model, effects }: PlanInput,
  { command, owner, paths, at }: OwnerChange,
  { name, uid }: ChosenAccount,
  path: string,
): boolean {
  const user = owner?.split(":")[0];
  const isRenumbered = (): boolean =>
    effects.accountChanges.some((one) => isBehind(one, command) && (one.name === undefined || one.name === name));
  return (
    (user === String(uid) || (user !== undefined && user === name && !isRenumbered())) &&
    paths.some((one) => one.path === path && !isGlob(one)) &&
    !command.conditional &&
    command.onFailure === "stops" &&
    !isWrappedBy(command, searching) &&
    // What is changed in a VOLUME is lost.
    !model.before(at.instruction).volumes.some(({ value }) => isWithin(resolvePath("/", value), path))
  );
}

/** Whether something behind a command may make the folder anew, or is not known to leave it alone. */
function isUndone({ effects }: PlanInput, { command, at }: OwnerChange, path: string): boolean {
  const { copies, commands, unread, opaque } = effects;
  return (
    copies.some(
      ({ destination, at: { instruction } }) =>
        instruction.index > at.instruction.index &&
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
