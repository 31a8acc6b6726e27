import { primaryGroup } from "../account-evidence.ts";
import { decidedUser, decidingTrigger } from "../decided-user.ts";
import { defineRule } from "../rule.ts";

/** Whether the group as written is root's: empty, zero in any spelling, or the name. */
const isRootGroup = (group: string): boolean => group === "" || group === "root" || /^[+-]?0+$/.test(group);

export const rule = defineRule({
  id: "root-group",
  title: "A group that USER names is not root's",
  severity: "warning",
  messages: {
    empty: 'USER {written} is "{value}"{where}: the group is empty, so the process runs with group 0',
    zero: "USER {written} asks for group 0{where}, so the process may touch whatever root's group may",
  },
  check: (input, report) => {
    const { user, options } = input;
    if (options.openshift || user.verdict !== "admit" || user.groupPart === undefined) return;
    if (!isRootGroup(user.groupPart) || decidingTrigger(input) !== undefined) return;
    const { span, stage, at, written, where } = decidedUser(input);
    if (at === undefined) return;
    // With an account, Kubernetes takes that account's group; group-dropped tells where the two differ.
    const group = primaryGroup(input);
    if (group?.isNotRoot === true) return;
    // An account of the base image that belongs to group 0 was made for OpenShift by its authors.
    if (
      group?.gid === 0 &&
      !input.effects.users.some(({ uid }) => uid !== undefined && user.uid.known && uid === user.uid.value)
    )
      return;
    report(user.groupPart === "" ? "empty" : "zero", {
      at: span,
      stage,
      data: { written, value: user.configUser ?? "", where },
      fix: {
        title: `Write a group of its own: USER ${user.userPart ?? ""}:${user.userPart ?? ""}`,
        applicability: "manual",
      },
    });
  },
});
