/**
 * Who the finished image runs as. The verdict is the kubelet's ({@link judgeConfigUser}); around it stands what the
 * accounts of the image say, as far as they are certain.
 */
import type { BuildModel } from "../containerfile/build-model.ts";
import type { Fact } from "../core/finding.ts";
import { known, unknown } from "../core/finding.ts";
import { judgeConfigUser } from "../image/config-user.ts";
import type { BaseFacts } from "../image/base-facts.ts";
import type { Effects } from "./effects.ts";
import { FinalAccounts, type AccountFact } from "./final-accounts.ts";
import type { FinalUser } from "./final-user.ts";

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
  const accounts = new FinalAccounts(base, effects);
  const account =
    userPart === "" ? accounts.byUid(0) : numeric === undefined ? accounts.byName(userPart) : accounts.byUid(numeric);
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
