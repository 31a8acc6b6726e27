/**
 * Who the finished image runs as. The verdict is the kubelet's ({@link judgeConfigUser}); around it stands what the
 * accounts of the image say, as far as they are certain.
 */
import type { BuildModel } from "../containerfile/build-model.ts";
import type { Fact } from "../core/finding.ts";
import { known, unknown } from "../core/finding.ts";
import { byGid, byName, byUid } from "../image/accounts.ts";
import { judgeConfigUser } from "../image/config-user.ts";
import type { BaseFacts } from "../image/base-facts.ts";
import type { Effects, UserCreation } from "./effects.ts";
import type { FinalUser } from "./final-user.ts";

type Account = {
  readonly name: string;
  readonly uid: number;
  readonly gid: number | undefined;
  readonly home: string | undefined;
};
type AccountFact = Fact<Account | undefined>;

/** Reads the final user of a build. */
export function readFinalUser(model: BuildModel, base: BaseFacts, effects: Effects): FinalUser {
  const { target } = model.graph;
  const { value, at, stage } = model.after(target).user;
  const place = { at, stage: at === undefined ? target : stage };
  if (base.family.known && base.family.value === "windows") {
    return { ...unknownUser("a Windows image has no uid", place), verdict: "not-applicable", kubeletMessage: null };
  }
  if (value.error !== undefined) return unknownUser(value.error, place);
  if (value.unknown.length > 0) return unknownUser(whyUnknown(value.unknown, base), place);

  const configUser = value.value;
  const judged = judgeConfigUser(configUser);
  const { userPart, groupPart, kubeletMessage } = judged;
  const numeric = judged.uid === null ? undefined : Number(judged.uid);
  const account: AccountFact =
    userPart === ""
      ? accountOfUid(0, base, effects)
      : numeric === undefined
        ? accountOfName(userPart, base, effects)
        : accountOfUid(numeric, base, effects);
  const uid = uidOf(userPart, numeric, account);
  const isRoot =
    judged.verdict === "root" || userPart === "root" || (judged.verdict === "symbolic" && uid.known && uid.value === 0);
  const kubernetesGid = gidOf(account);
  return {
    verdict: isRoot ? "root" : judged.verdict,
    configUser,
    userPart,
    groupPart,
    uid,
    kubernetesGid,
    engineGid: engineGid(groupPart, kubernetesGid, base, effects),
    account,
    kubeletMessage,
    ...place,
  };
}

function unknownUser(why: string, place: Pick<FinalUser, "at" | "stage">): FinalUser {
  return {
    verdict: "unknown",
    configUser: null,
    userPart: null,
    groupPart: undefined,
    uid: unknown(why),
    kubernetesGid: unknown(why),
    engineGid: unknown(why),
    account: unknown(why),
    kubeletMessage: null,
    why,
    ...place,
  };
}

function whyUnknown(names: readonly string[], base: BaseFacts): string {
  if (names.includes("base image")) return base.user.known ? "the base image's user is not known" : base.user.why;
  return `nothing here gives ${names.join(" and ")} a value`;
}

/** The last word on a name: who creates it in the file, else the base image. First line wins, so the base comes first. */
function accountOfName(name: string, base: BaseFacts, effects: Effects): AccountFact {
  const doubt = changedBy(effects, name);
  if (base.accounts.known) {
    const entry = byName(base.accounts.value.passwd, name);
    if (entry !== undefined) {
      return doubt ?? known({ name, uid: entry.uid, gid: entry.gid, home: entry.home }, base.accounts.from);
    }
  }
  const created = effects.users.filter((one) => one.name === name);
  const [first] = created;
  if (first !== undefined) {
    if (doubt !== undefined) return doubt;
    if (first.uid === undefined)
      return unknown(`"${name}" is created without a fixed uid on line ${first.at.instruction.startLine}`);
    if (created.some(({ uid }) => uid !== first.uid))
      return unknown(`"${name}" is created more than once, with different uids`);
    return known(createdAccount(first, name), `created on line ${first.at.instruction.startLine}`);
  }
  const modified = effects.accountChanges.find((change) => change.name === name || change.newName === name);
  if (modified?.kind === "modify" && modified.uid !== undefined) {
    return known(
      { name, uid: modified.uid, gid: undefined, home: undefined },
      `usermod on line ${modified.at.instruction.startLine}`,
    );
  }
  if (doubt !== undefined) return doubt;
  return absent(base, effects, `"${name}" is not created in this file`);
}

function accountOfUid(uid: number, base: BaseFacts, effects: Effects): AccountFact {
  const doubt = changedBy(effects, undefined);
  if (base.accounts.known) {
    const entry = byUid(base.accounts.value, uid);
    if (entry !== undefined) {
      return (
        changedBy(effects, entry.name) ??
        known({ name: entry.name, uid, gid: entry.gid, home: entry.home }, base.accounts.from)
      );
    }
  }
  const created = effects.users.find((one) => one.uid === uid);
  if (created?.name !== undefined)
    return doubt ?? known(createdAccount(created, created.name), `created on line ${created.at.instruction.startLine}`);
  if (doubt !== undefined) return doubt;
  if (effects.users.some((one) => one.uid === undefined)) return unknown("an account is created without a fixed uid");
  return absent(base, effects, `uid ${uid} is not created in this file`);
}

const createdAccount = (creation: UserCreation, name: string): Account => ({
  name,
  uid: creation.uid ?? 0,
  gid: creation.gid,
  home: creation.home,
});

/** Certainly no such account, or why that cannot be said. */
function absent(base: BaseFacts, effects: Effects, why: string): AccountFact {
  if (!base.accounts.known) return unknown(`${why}, and the accounts of ${base.reference} are not known`);
  if (!base.accounts.value.complete)
    return unknown(`${why}, and ${base.reference} may have more accounts than are known`);
  if (effects.packages.some(({ packages }) => packages.length > 0))
    return unknown(`${why}, and a package may create it`);
  if (effects.opaque.length > 0) return unknown(`${why}, and a RUN could not be read`);
  const [unread] = effects.unread;
  if (unread !== undefined)
    return unknown(`${why}, and the program that line ${unread.at.instruction.startLine} runs may create it`);
  if (effects.users.some(({ name }) => name === undefined))
    return unknown(`${why}, and a RUN creates an account whose name is not known`);
  if (
    effects.copies.some(
      ({ destination }) =>
        destination === "/" || destination === "/etc" || destination === "/etc/" || destination === "/etc/passwd",
    )
  ) {
    return unknown(`${why}, and files are copied over /etc`);
  }
  return known(undefined, base.accounts.from);
}

/** A doubt when something changes accounts in a way that only running tells. */
function changedBy(effects: Effects, name: string | undefined): Fact<never> | undefined {
  const change = effects.accountChanges.find(
    (one) =>
      one.kind === "unknown" ||
      one.name === undefined ||
      (name !== undefined && (one.name === name || one.newName === name)),
  );
  if (change === undefined || (change.kind === "modify" && change.uid === undefined && change.newName === undefined))
    return undefined;
  if (change.kind === "modify" && change.uid !== undefined) return undefined;
  return unknown(`line ${change.at.instruction.startLine} changes accounts`);
}

function uidOf(userPart: string, numeric: number | undefined, account: AccountFact): Fact<number> {
  if (userPart === "") return known(0, "no user is set");
  if (numeric !== undefined) return known(numeric, "the number itself");
  if (userPart === "root" && !(account.known && account.value !== undefined)) return known(0, "the name root");
  if (!account.known) return account;
  if (account.value === undefined) return unknown(`there is no account "${userPart}"`);
  return known(account.value.uid, account.from);
}

function gidOf(account: AccountFact): Fact<number> {
  if (!account.known) return account;
  if (account.value === undefined) return known(0, "no passwd line: the group is 0");
  return account.value.gid === undefined
    ? unknown("its primary group is left to chance")
    : known(account.value.gid, account.from);
}

function engineGid(
  groupPart: string | undefined,
  otherwise: Fact<number>,
  base: BaseFacts,
  effects: Effects,
): Fact<number> {
  if (groupPart === undefined || groupPart === "") return otherwise;
  if (/^[0-9]{1,10}$/.test(groupPart)) return known(Number(groupPart), "the number itself");
  const created = effects.groups.find(({ name }) => name === groupPart);
  if (created?.gid !== undefined) return known(created.gid, `created on line ${created.at.instruction.startLine}`);
  const entry = base.accounts.known ? base.accounts.value.group.find(({ name }) => name === groupPart) : undefined;
  return entry === undefined
    ? unknown(`the gid of group "${groupPart}" is not known`)
    : known(entry.gid, "the base image");
}

/** Names of groups by gid, for the line that `id` prints. */
export function groupName(gid: number, base: BaseFacts, effects: Effects): string | undefined {
  const created = effects.groups.find((one) => one.gid === gid);
  if (created !== undefined) return created.name;
  return base.accounts.known ? byGid(base.accounts.value, gid)?.name : undefined;
}
