/** Files that a container starts and whose mode keeps everybody but their owner from it, where COPY and `chmod` say so for certain. */
import type { Stage } from "../containerfile/build-model.ts";
import type { Span } from "../core/finding.ts";
import { contextCopy } from "../facts/context-copies.ts";
import type { CopyEffect, Effect, ModeChange, OwnerChange } from "../facts/effects.ts";
import { isWithin, resolvePath } from "../facts/paths.ts";
import { placeBefore, placedFiles } from "../facts/placed-files.ts";
import { isGlob } from "./layers.ts";
import type { RuleInput } from "./rule.ts";
import { isForFoundFiles, programOf } from "./shell-words.ts";
import { basename, shells } from "../shell/launch.ts";
import { readStarted, type StartedCommand } from "./started.ts";

const [read, execute] = [4, 1];

type Right = "read" | "executed";

/** A file that a container starts, and that others than its owner may not start. */
export interface ClosedStart {
  readonly path: string;
  /** The word that names it. */
  readonly span: Span;
  readonly stage: Stage;
  /** In octal. */
  readonly mode: string;
  /** What brings the file. */
  readonly copy: CopyEffect;
  /** What its owner may not do. */
  readonly ownerLacks: Right | undefined;
  /** What its group may not do. */
  readonly groupLacks: Right | undefined;
  /** What others may not do. */
  readonly lacks: Right;
}

/** Those of the finished image. */
export function closedStarts(input: RuleInput): readonly ClosedStart[] {
  return readStarted(input).commands.flatMap((command): readonly ClosedStart[] => {
    const path = startedPath(input, command);
    const [word] = command.words;
    const copy = path === undefined ? undefined : bringer(input, path);
    if (path === undefined || word === undefined || copy === undefined) return [];
    const mode = modeOf(input, copy, path);
    // What the owner cannot start either is something else that is given to a program.
    if (mode === undefined || (command.at.keyword === "CMD" && (mode & 0o100) === 0)) return [];
    const needed = neededRights(input, command, path);
    const [ownerLacks, groupLacks, lacks] = [6, 3, 0].map((shift) => missing(needed, mode >> shift));
    if (lacks === undefined) return [];
    const { span } = word;
    return [{ path, span, stage: command.stage, mode: octal(mode), copy, ownerLacks, groupLacks, lacks }];
  });
}

const octal = (mode: number): string => mode.toString(8).padStart(4, "0");

function missing(needed: number, bits: number): Right | undefined {
  if ((needed & execute & ~bits) !== 0) return "executed";
  return (needed & read & ~bits) === 0 ? undefined : "read";
}

/** The file that a command starts; one without a slash where a script of the context is found by it. */
function startedPath(
  { scripts }: RuleInput,
  { at, words: [word], isShell, script }: StartedCommand,
): string | undefined {
  const name = word?.value;
  // A longer text may start one thing or another.
  if (name === undefined || (isShell && /[;&|\n]/.test(script ?? ""))) return undefined;
  if (name.startsWith("/")) return resolvePath("/", name);
  return scripts.find((one) => one.startedBy === at && !one.isCalled && basename(one.place) === basename(name))?.place;
}

function neededRights({ scripts }: RuleInput, { at, words: [word] }: StartedCommand, path: string): number {
  const all = at.command.form === "exec" ? at.command.words : [];
  const index = all.findIndex(({ span }) => span.start === word?.span.start);
  const before = all.slice(0, Math.max(index, 0)).findLast(({ value }) => !value.startsWith("-"));
  if (before !== undefined && shells.has(basename(before.value))) return read;
  const isScript = scripts.some((one) => one.place === path && one.text.startsWith("#!"));
  return isScript ? execute | read : execute;
}

/** The COPY or ADD that a file comes by, where nothing puts another in its place or changes its owner behind it. */
function bringer(input: RuleInput, path: string): CopyEffect | undefined {
  const { copies, commands, writes, owners, completed, opaque, unread } = input.effects;
  const copy = copies.findLast(
    ({ destination }) => destination === undefined || isWithin(resolvePath("/", destination), path),
  );
  if (copy === undefined || !puts(input, copy, path)) return undefined;
  const isBehind = ({ at }: Pick<Effect, "at">): boolean => at.instruction.index > copy.at.instruction.index;
  const isChanged =
    opaque.some(({ instruction }) => instruction.index > copy.at.instruction.index) ||
    unread.some(isBehind) ||
    // `sed -i` leaves mode and owner as they are.
    writes.some((one) => isBehind(one) && one.path === path && programOf(one.command) !== "sed") ||
    commands.some(
      (one) =>
        isBehind(one) &&
        (programOf(one.command) === "setfacl" || placedFiles(one).some((placed) => placeBefore(placed, path))),
    ) ||
    [...owners, ...completed].some((one) => isBehind(one) && touches(one, path));
  return isChanged ? undefined : copy;
}

/** Whether a copy puts the very file there, under a name that it has or gets. */
function puts({ model }: RuleInput, { at: { instruction } }: CopyEffect, path: string): boolean {
  const { sources, destination } = contextCopy(model, instruction);
  if (destination === undefined || sources.length !== instruction.sources.length) return false;
  const isThere = (source: string): boolean => path === resolvePath(destination, basename(source));
  return sources.some(isThere) || (sources.length === 1 && path === destination);
}

/** Whether a change of owners or modes may reach a file. */
const touches = (change: OwnerChange | ModeChange, path: string): boolean =>
  change.paths.some(
    (one) =>
      one.path === undefined ||
      one.path === path ||
      ((change.recursive || isGlob(one) || isForFoundFiles(change.command)) && isWithin(one.path, path)),
  );

/** The mode that a file certainly has in the end, of those written in octal. */
function modeOf({ model, effects }: RuleInput, { at: { instruction } }: CopyEffect, path: string): number | undefined {
  const flag = instruction.flags.find(({ name }) => name === "chmod")?.value;
  const last = effects.modes.findLast((one) => one.at.instruction.index > instruction.index && touches(one, path));
  if (last === undefined) return flag === undefined ? undefined : numberOf(model.expand(instruction, flag).value);
  const isUnsure =
    last.command.conditional ||
    isForFoundFiles(last.command) ||
    last.paths.some((one) => one.path === undefined || isGlob(one));
  return isUnsure ? undefined : numberOf(last.mode);
}

const numberOf = (mode: string | undefined): number | undefined =>
  mode !== undefined && /^[0-7]{3,4}$/.test(mode) ? Number.parseInt(mode, 8) & 0o777 : undefined;

/** A started file that the final user cannot start. */
export interface RefusedStart extends ClosedStart {
  /** The uid of its owner. */
  readonly owner: number;
}

/** Those that the final user, who is not root, certainly may not start. */
export function refusedStarts(input: RuleInput): readonly RefusedStart[] {
  const { user } = input;
  return closedStarts(input).flatMap((one) => {
    const { uid: owner, gid } = ownerOf(input, one.copy);
    if (owner === undefined || (owner !== 0 && !user.uid.known)) return [];
    const isOwner = user.uid.known && user.uid.value === owner;
    const lacks = isOwner ? one.ownerLacks : (one.groupLacks ?? (isOutsideOf(input, gid) ? one.lacks : undefined));
    return lacks === undefined ? [] : [{ ...one, owner, lacks }];
  });
}

interface FileOwner {
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

/** Without `--chown` a copy is root's, whoever USER is. */
function ownerOf({ user }: RuleInput, { chown = "0:0" }: CopyEffect): FileOwner {
  const [name = "", group = ""] = chown.split(":");
  const own = user.account.known && user.account.value?.name === name && user.uid.known ? user.uid.value : undefined;
  return { uid: own ?? idOf(name), gid: idOf(group) };
}

const idOf = (name: string): number | undefined =>
  name === "root" ? 0 : /^[0-9]{1,9}$/.test(name) ? Number(name) : undefined;

const accountTools: ReadonlySet<string> = new Set(["adduser", "addgroup", "gpasswd", "useradd", "usermod"]);

/** Whether the final user is certainly in another group than root's, which is the file's. */
function isOutsideOf({ user, base, effects }: RuleInput, gid: number | undefined): boolean {
  const isOther = [user.kubernetesGid, user.engineGid].every((one) => one.known && one.value !== 0);
  if (gid !== 0 || !isOther || !base.accounts.known || effects.passwdFiles.length > 0) return false;
  const name = user.account.known ? user.account.value?.name : undefined;
  const isMember = base.accounts.value.group.some(
    (one) => one.gid === 0 && name !== undefined && one.members.includes(name),
  );
  const mayBecomeOne = effects.commands.some(
    ({ command }) =>
      accountTools.has(programOf(command)) &&
      command.words.some(({ value }) => value === undefined || /(?:^|[,=])(?:root|0)(?:,|$)/.test(value)),
  );
  return !isMember && !mayBecomeOne;
}
