import { allowsDoubles } from "../../facts/doubled-ids.ts";
import type { Effects, GroupCreation } from "../../facts/effects.ts";
import type { Family } from "../../image/base-facts.ts";
import { accountEvidence, type AccountEvidence } from "../account-evidence.ts";
import { groupBy } from "../layers.ts";
import { defineRule, type RuleInput } from "../rule.ts";

/** One command that needs an id or a name to be free. */
type Claim = Pick<GroupCreation, "at" | "command" | "name"> & {
  readonly id: number | undefined;
  /** Whose ids and names the id is one of. */
  readonly kind: "user" | "group";
  /** It gets its name here too. */
  readonly isNew: boolean;
  /** A group of its name is made, too, or alone. */
  readonly makesGroup: boolean;
  /** The number that this group gets, where it has to be the account's: BusyBox asks for no other. */
  readonly ownGid?: number | undefined;
};

const busyboxFamilies = new Set<Family>(["alpine", "busybox", "wolfi"]);

/** Debian's `addgroup --system` is content with a system group that is there. */
const takesGroupAsItIs = ({ tool, command }: GroupCreation, family: Family | undefined): boolean =>
  tool === "addgroup" &&
  command.words.some(({ value }) => value === "--system") &&
  !(family !== undefined && busyboxFamilies.has(family));

/** openSUSE's `useradd` gives no groups of their own, and Debian's `adduser` has a will of its own about them. */
const makesOwnGroup = ({ tool, ownGroup }: Effects["users"][number], family: Family | undefined): boolean =>
  ownGroup && tool !== "adduser-debian" && family !== "opensuse";

/** A line appended to a file asks nobody. */
const isAsked = ({ tool }: { readonly tool: string }): boolean => !tool.endsWith("-append");

/** Everything that needs an id or a name to be free, in file order. */
function claims({ effects, base }: RuleInput): readonly Claim[] {
  const family = base.family.known ? base.family.value : undefined;
  return [
    ...effects.groups.filter(isAsked).map((one) => {
      const makesGroup = !takesGroupAsItIs(one, family);
      return { ...one, kind: "group" as const, id: one.gid, isNew: true, makesGroup };
    }),
    ...effects.users.filter(isAsked).map((one) => {
      const makesGroup = makesOwnGroup(one, family);
      const ownGid = makesGroup && one.tool === "adduser-busybox" ? one.uid : undefined;
      return { ...one, kind: "user" as const, id: one.uid, isNew: true, makesGroup, ownGid };
    }),
    ...effects.accountChanges
      .filter(({ kind, uid }) => kind === "modify" && uid !== undefined)
      .map((one) => ({ ...one, kind: "user" as const, id: one.uid, isNew: false, makesGroup: false })),
    ...effects.groupChanges
      .filter(({ gid }) => gid !== undefined)
      .map((one) => ({ ...one, kind: "group" as const, id: one.gid, isNew: false, makesGroup: false })),
  ].toSorted((a, b) => a.command.span.start - b.command.span.start);
}

const holderOf = (
  evidence: AccountEvidence,
  kind: Claim["kind"],
  id: number | undefined,
  offset: number,
): string | undefined => {
  if (id === undefined) return undefined;
  return kind === "user" ? evidence.uidHolder(id, offset) : evidence.gidHolder(id, offset);
};

export const rule = defineRule({
  id: "uid-already-taken",
  title: "A new account's uid, gid and name are free",
  severity: "error",
  everyStage: true,
  messages: {
    uid: 'uid {id} belongs to "{holder}" already, so {doing} "{name}" fails{end}',
    name: 'There is an account "{name}" already, so creating it fails{end}',
    gid: 'gid {id} belongs to the group "{holder}" already, so {doing} "{name}" fails{end}',
    group: 'There is a group "{name}" already, so creating {what} of that name fails{end}',
  },
  check: (input, report) => {
    const all = claims(input).filter(
      ({ command }) =>
        !command.conditional &&
        command.onFailure !== "caught" &&
        !(command.onFailure === "unnoticed" && input.model.isBuilder) &&
        !allowsDoubles(command),
    );
    if (all.length === 0) return;
    const evidence = accountEvidence(input);
    for (const group of groupBy(all, ({ at }) => at.instruction.index).values()) {
      for (const { kind, id, name = "", command, at, isNew, makesGroup, ownGid } of group) {
        const { start } = command.span;
        const found = holderOf(evidence, kind, id, start);
        const holder = !isNew && found === name ? undefined : found;
        const isTwice = isNew && kind === "user" && name !== "" && evidence.user(name, start) === "yes";
        const isGroupTwice = makesGroup && name !== "" && evidence.group(name, start) === "yes";
        // The group that was wanted is there, and nobody minds.
        const isWanted = isGroupTwice && kind === "group" && (holder === undefined || holder === name);
        if (isWanted && command.onFailure === "unnoticed") continue;
        const gidHolder = ownGid === undefined ? undefined : evidence.gidHolder(ownGid, start);
        if (holder === undefined && !isTwice && !isGroupTwice && gidHolder === undefined) continue;
        const place = { at: command.span, stage: at.stage };
        const end = command.onFailure === "unnoticed" ? "" : " and the build stops here";
        if (holder === undefined && !isTwice && !isGroupTwice) {
          const data = { id: ownGid ?? "", holder: gidHolder ?? "", doing: "creating", name, end };
          report("gid", {
            ...place,
            data,
            fix: { title: "Name its group with -G, or take another number", applicability: "manual" },
          });
          break;
        }
        if (isGroupTwice && !isTwice && (holder === undefined || (kind === "group" && holder === name))) {
          const title = kind === "group" ? `Use "${name}" as it is` : `Make "${name}" its primary group`;
          const what = kind === "group" ? "one" : "the account";
          report("group", { ...place, data: { name, what, end }, fix: { title, applicability: "manual" } });
          break;
        }
        const title =
          holder === undefined || holder === name
            ? `Use "${name}" as it is`
            : `Use "${holder}" as it is, or another number`;
        report(holder === undefined || (isTwice && holder === name) ? "name" : kind === "user" ? "uid" : "gid", {
          ...place,
          data: {
            id: id ?? "",
            holder: holder ?? "",
            name: name === "" ? "the account" : name,
            doing: isNew ? "creating" : "giving it to",
            end,
          },
          fix: { title, applicability: "manual" },
        });
        // The first failure of a RUN hides the rest.
        break;
      }
    }
  },
});
