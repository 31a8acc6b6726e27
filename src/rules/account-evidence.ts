/** Which names and ids exist where in the build: the base image's accounts, and what RUNs above do to them. */
import { mayBringAccounts } from "../facts/account-copies.ts";
import type { Effects, UserCreation } from "../facts/effects.ts";
import { byGid, byName, byUid } from "../image/accounts.ts";
import type { RuleInput } from "./rule.ts";

/** `no` and `yes` only where it is certain. */
export type Existence = "yes" | "no" | "maybe";

/** Every question is about the state in front of an offset of the file. */
export interface AccountEvidence {
  /** Whether a user of that name exists. */
  user(name: string, offset: number): Existence;
  /** Whether a group of that name exists. */
  group(name: string, offset: number): Existence;
  /** The name of the account that certainly has this uid. */
  uidHolder(uid: number, offset: number): string | undefined;
  /** The name of the group that certainly has this gid. */
  gidHolder(gid: number, offset: number): string | undefined;
}

/** Where a name is first made: anywhere, and by a command that certainly runs. */
interface Made {
  readonly start: number;
  readonly certainStart: number;
}

type Creation = Pick<UserCreation, "command" | "name"> & { readonly unsure?: string };

/** A creation that has certainly happened. */
const isCertain = ({ command, unsure }: Creation): boolean => !command.conditional && unsure === undefined;

const never = Number.POSITIVE_INFINITY;

function firstByName(creations: readonly Creation[]): ReadonlyMap<string, Made> {
  const made = new Map<string, Made>();
  for (const creation of creations) {
    const { name, command } = creation;
    if (name === undefined) continue;
    const there = made.get(name) ?? { start: never, certainStart: never };
    const { start } = command.span;
    made.set(name, {
      start: Math.min(there.start, start),
      certainStart: isCertain(creation) ? Math.min(there.certainStart, start) : there.certainStart,
    });
  }
  return made;
}

/** The first command that certainly makes an id. */
function firstById<T extends Creation>(
  creations: readonly T[],
  idOf: (one: T) => number | undefined,
): ReadonlyMap<number, T> {
  const made = new Map<number, T>();
  for (const one of creations) {
    const id = idOf(one);
    if (id !== undefined && one.name !== undefined && isCertain(one) && !made.has(id)) made.set(id, one);
  }
  return made;
}

/** Groups by command, those that account tools make for the account itself included. */
const groupCreations = ({ groups, users }: Effects): readonly Creation[] => [
  ...groups,
  ...users.filter(({ ownGroup }) => ownGroup),
];

/** Looks at a file's effects once; every question is then cheap. */
export function accountEvidence({ base, effects }: RuleInput): AccountEvidence {
  const known = base.accounts.known ? base.accounts.value : undefined;
  const users = firstByName(effects.users);
  const groups = firstByName(groupCreations(effects));
  const uids = firstById(effects.users, ({ uid }) => uid);
  const gids = firstById(effects.groups, ({ gid }) => gid);

  const changed = new Map<string, number>();
  /** From here on accounts may have changed in any way. */
  let changedAll = never;
  for (const { kind, name, sets, command } of effects.accountChanges) {
    const { start } = command.span;
    if (kind === "unknown" || name === undefined) changedAll = Math.min(changedAll, start);
    for (const one of [name, sets?.name])
      if (one !== undefined) changed.set(one, Math.min(changed.get(one) ?? never, start));
  }
  for (const { name, newName, command } of effects.groupChanges) {
    const { start } = command.span;
    if (name === undefined) changedAll = Math.min(changedAll, start);
    for (const one of [name, newName])
      if (one !== undefined) changed.set(one, Math.min(changed.get(one) ?? never, start));
  }
  for (const { at } of effects.passwdFiles) changedAll = Math.min(changedAll, at.instruction.span.start);
  /** From here on there may be more accounts: packages bring some, files are copied over, a program was not read. */
  const more = [
    ...effects.packages.map(({ command }) => command.span.start),
    ...effects.opaque.map(({ instruction }) => instruction.span.start),
    ...effects.unread.map(({ command }) => command.span.start),
    ...[...effects.users, ...effects.groups]
      .filter(({ name }) => name === undefined)
      .map(({ command }) => command.span.start),
    ...effects.copies
      .filter((copy) => copy.destination === undefined || mayBringAccounts(copy))
      .map(({ at }) => at.instruction.span.start),
  ].reduce((least, start) => Math.min(least, start), changedAll);

  const existence = (
    made: ReadonlyMap<string, Made>,
    inBase: boolean,
    isComplete: boolean,
    name: string,
    offset: number,
  ): Existence => {
    if ((changed.get(name) ?? never) < offset || changedAll < offset) return "maybe";
    const { start, certainStart } = made.get(name) ?? { start: never, certainStart: never };
    if (inBase || certainStart < offset) return "yes";
    if (start < offset) return "maybe";
    // Made further down by a tool that refuses a name that is there already: so it is not there yet.
    if (certainStart !== never) return "no";
    return isComplete && more >= offset ? "no" : "maybe";
  };

  const holder = (
    inBase: { readonly name: string } | undefined,
    made: Creation | undefined,
    offset: number,
  ): string | undefined => {
    if (changedAll < offset) return undefined;
    const isStill = (name: string | undefined): boolean => name !== undefined && (changed.get(name) ?? never) >= offset;
    if (inBase !== undefined) return isStill(inBase.name) ? inBase.name : undefined;
    return made !== undefined && made.command.span.start < offset && isStill(made.name) ? made.name : undefined;
  };

  const passwd = known?.passwd ?? [];
  const group = known?.group ?? [];
  const isComplete = known?.complete === true;
  // A table of images lists accounts, seldom groups: without any, their absence says nothing.
  const hasGroups = isComplete && (group.length > 0 || passwd.length === 0);
  return {
    user: (name, offset) => existence(users, byName(passwd, name) !== undefined, isComplete, name, offset),
    group: (name, offset) => existence(groups, byName(group, name) !== undefined, hasGroups, name, offset),
    uidHolder: (uid, offset) => holder(known === undefined ? undefined : byUid(known, uid), uids.get(uid), offset),
    gidHolder: (gid, offset) => holder(known === undefined ? undefined : byGid(known, gid), gids.get(gid), offset),
  };
}

/** The group that USER names and that the finished image certainly does not have. */
export function groupIsMissing(input: RuleInput): { readonly name: string; readonly why: string } | undefined {
  const { user, base } = input;
  const name = user.groupPart;
  if (name === undefined || name === "" || /^[+-]?[0-9]+$/.test(name) || user.verdict === "unknown") return undefined;
  if (accountEvidence(input).group(name, never) !== "no") return undefined;
  return { name, why: base.accounts.known ? base.accounts.from : base.reference };
}

/** The primary group that the final user's account has. */
export interface PrimaryGroup {
  /** `undefined` when only building tells which one it is. */
  readonly gid: number | undefined;
  /** Certainly not 0. */
  readonly isNotRoot: boolean;
  /** Certainly no larger than this. */
  readonly most?: number;
}

/** GID_MAX in login.defs(5). */
export const lastGid = 60_000;

/**
 * The primary group of the final user's account, where it has one. `useradd` without `-g` makes a group of the account's
 * name, with the uid as its gid where that is free and lies between `GID_MIN` and `GID_MAX` (1000 to 60000 as shipped);
 * openSUSE gives `users` instead.
 */
export function primaryGroup({ user, effects, base }: RuleInput): PrimaryGroup | undefined {
  const account = user.account.known ? user.account.value : undefined;
  if (account === undefined) return undefined;
  if (account.gid !== undefined) return { gid: account.gid, isNotRoot: account.gid !== 0 };
  const creation = effects.users.find(({ name }) => name === account.name);
  if (creation === undefined || !creation.ownGroup) {
    return {
      gid: undefined,
      isNotRoot: creation?.group !== undefined && creation.group !== "0" && creation.group !== "root",
    };
  }
  const { uid, name } = account;
  const isRenumbered =
    effects.groupChanges.some((one) => one.renumbers && (one.name === undefined || one.name === name)) ||
    effects.accountChanges.some((one) => one.name === name && one.sets !== undefined && "group" in one.sets);
  if (isRenumbered) return { gid: undefined, isNotRoot: false };
  const isFree =
    !effects.groups.some(({ gid }) => gid === uid) &&
    !(base.accounts.known && byGid(base.accounts.value, uid) !== undefined);
  const isUsual = isFree && uid >= 1000 && uid <= lastGid && !(base.family.known && base.family.value === "opensuse");
  return { gid: isUsual ? uid : undefined, isNotRoot: true, ...(creation.tool === "useradd" && { most: lastGid }) };
}
