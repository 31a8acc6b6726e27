/** What an account tool refuses to do, besides giving a uid that is taken: its group is missing, or there already, or a number too high. */
import type { Accounts } from "../image/accounts.ts";
import type { BaseFacts, Family } from "../image/base-facts.ts";
import { mayBringAccounts } from "./account-copies.ts";
import { idOf } from "./account-effect.ts";
import type { Effects, UserCreation } from "./effects.ts";

/** What tells which groups there are. */
export type GroupEvidence = Pick<
  Effects,
  "groups" | "groupChanges" | "accountChanges" | "packages" | "opaque" | "unread" | "copies"
>;

/**
 * Why the tool certainly refuses, in words that go on "cannot create …"; `undefined` where nothing says so.
 * @param before the creations in front of it.
 */
export function refusalOf(
  user: UserCreation,
  before: readonly UserCreation[],
  evidence: GroupEvidence,
  { accounts, family: fact }: Pick<BaseFacts, "accounts" | "family">,
): string | undefined {
  const family = fact.known ? fact.value : undefined;
  if (user.uid !== undefined && user.uid > highestUid(user, family)) return `uid ${user.uid} is too high for it`;
  if (!accounts.known || mayBeOtherwise(evidence)) return undefined;
  const clash = clashOf(user, evidence, accounts.value, family);
  if (clash !== undefined) return clash;
  const wanted = user.group === undefined ? user.supplementary : [user.group, ...user.supplementary];
  const { passwd, group, complete } = accounts.value;
  // A table of images may list accounts alone.
  const missing =
    complete && (group.length > 0 || passwd.length === 0)
      ? wanted.find((one) => !mayBeThere(one, user, before, evidence, accounts.value))
      : undefined;
  return missing === undefined ? undefined : `there is no group "${missing}"`;
}

/** BusyBox has a `LAST_ID`, 60000 where nobody changes it, and 256000 on Alpine; the last number of 32 bits is nobody's. */
function highestUid({ tool }: UserCreation, family: Family | undefined): number {
  if (tool === "adduser-busybox" && family === "alpine") return 256_000;
  if (tool === "adduser-busybox" && family === "busybox") return 60_000;
  return 2 ** 32 - 2;
}

/** Something may have made groups, or taken them away, that nobody here sees. */
const mayBeOtherwise = ({ groupChanges, accountChanges, packages, opaque, unread, copies }: GroupEvidence): boolean =>
  groupChanges.length > 0 ||
  accountChanges.length > 0 ||
  packages.some((install) => install.packages.length > 0) ||
  opaque.length > 0 ||
  unread.length > 0 ||
  copies.some(mayBringAccounts);

/** Why the account cannot get the group of its own that it is made with. BusyBox gives that the number of the account. */
function clashOf(
  { tool, ownGroup, name, uid, system, command }: UserCreation,
  evidence: GroupEvidence,
  { group }: Accounts,
  family: Family | undefined,
): string | undefined {
  // `adduser --system --group` of Debian takes a group of the system as it is.
  if (!ownGroup || family === "opensuse" || (tool === "adduser-debian" && system)) return undefined;
  const made = evidence.groups.filter((one) => !one.command.conditional && one.command.span.start < command.span.start);
  const groups = [...group, ...made];
  if (groups.some((one) => one.name === name)) return `there is a group "${name}" already`;
  const holder = tool === "adduser-busybox" && uid !== undefined ? groups.find(({ gid }) => gid === uid) : undefined;
  return holder === undefined ? undefined : `gid ${uid} is "${holder.name}" already`;
}

function mayBeThere(
  wanted: string,
  { tool }: UserCreation,
  before: readonly UserCreation[],
  { groups }: GroupEvidence,
  { group }: Accounts,
): boolean {
  // BusyBox takes a number for a name.
  const gid = tool === "adduser-busybox" ? undefined : idOf(wanted);
  const isIt = (one: { readonly name: string | undefined; readonly gid: number | undefined }): boolean =>
    one.name === undefined || one.name === wanted || (gid !== undefined && (one.gid ?? gid) === gid);
  return group.some(isIt) || groups.some(isIt) || before.some((one) => one.ownGroup && isIt(one));
}
