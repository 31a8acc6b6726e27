/** Which accounts there are where a new one would be made: those of the base and those that the file makes. */
import type { Effects } from "../facts/effects.ts";
import { mayBringAccounts } from "../facts/account-copies.ts";
import { FinalAccounts } from "../facts/final-accounts.ts";
import { noAccounts, type GroupEntry, type PasswdEntry } from "../image/accounts.ts";
import type { TakenAccounts } from "../recipe/render-account.ts";
import type { DecisionInput } from "./model.ts";

/** Ids below this one are handed out by packages and by account tools of their own accord. */
const firstUncommonId = 61_184;

/**
 * The accounts and groups at the end of what ships. `certain` means that the wanted uid, gid and name may be used
 * without asking first.
 */
export function accountsHere(input: DecisionInput): TakenAccounts {
  const { base, effects, observed } = input;
  if (observed !== undefined) return { ...observed, certain: true };
  const there = base.accounts.known ? base.accounts.value : noAccounts;
  return {
    passwd: new FinalAccounts(base, effects).entries.map(passwdOf),
    group: [...there.group, ...groupsOf(effects)],
    certain: isCertain(input),
  };
}

/**
 * The gid that a group has at the end of what ships; `undefined` where it is left to chance, changed, or nobody knows the
 * group.
 */
export function gidHere(input: DecisionInput, name: string): number | undefined {
  const { observed, effects } = input;
  const mayChange = effects.groupChanges.some((change) => change.name === undefined || change.name === name);
  if (observed === undefined && mayChange) return undefined;
  const gid = accountsHere(input).group.find((group) => group.name === name)?.gid;
  return gid === undefined || gid < 0 ? undefined : gid;
}

/** An account whose uid was left to chance still takes its name; -1 is nobody's uid. */
const passwdOf = ({ name, uid, gid, home }: FinalAccounts["entries"][number]): PasswdEntry => ({
  name,
  uid: uid ?? -1,
  gid: gid ?? uid ?? -1,
  home: home ?? "",
  shell: "",
  line: 0,
});

function groupsOf({ groups, users }: Effects): readonly GroupEntry[] {
  const made = groups.flatMap(({ name, gid }) => (name === undefined ? [] : [{ name, gid: gid ?? -1 }]));
  const own = users.flatMap(({ name, ownGroup, gid }) =>
    name === undefined || !ownGroup ? [] : [{ name, gid: gid ?? -1 }],
  );
  return [...made, ...own].map((one) => ({ ...one, members: [], line: 0 }));
}

function isCertain({ base, effects, options }: DecisionInput): boolean {
  if (!base.accounts.known) return false;
  const { accountChanges, opaque, copies, users, packages } = effects;
  if (accountChanges.some(({ kind }) => kind === "unknown" || kind === "replace") || opaque.length > 0) return false;
  if (users.some(({ name }) => name === undefined)) return false;
  if (copies.some(mayBringAccounts)) return false;
  // Root's group is there, and nobody makes it.
  const uncommon = options.uid >= firstUncommonId && (options.gid >= firstUncommonId || options.gid === 0);
  if (uncommon) return true;
  // A table lists what a Containerfile made; packages and account tools take low ids as they come.
  return base.accounts.value.complete && packages.length === 0 && users.every(({ uid }) => uid !== undefined);
}
