import { primaryGroup } from "../account-evidence.ts";
import { decidedUser, decidingTrigger } from "../decided-user.ts";
import { defineRule } from "../rule.ts";

export const rule = defineRule({
  id: "group-dropped",
  title: "The group that USER names is the one Kubernetes gives",
  severity: "warning",
  messages: {
    account:
      'USER {written} asks for group {group}{where}, but Kubernetes takes the group from the passwd line of "{name}": it runs with {gid}, Docker and podman with {group}',
    none: "USER {written} asks for group {group}{where}, but Kubernetes drops it and uid {uid} has no account: it runs with group 0, Docker and podman with {group}",
  },
  check: (input, report) => {
    const { user } = input;
    if (user.verdict !== "admit" || !user.groupPart || !user.account.known || decidingTrigger(input) !== undefined)
      return;
    const { span, stage, at, written, where } = decidedUser(input);
    if (at === undefined || !user.engineGid.known) return;
    const wanted = user.engineGid.value;
    const account = user.account.value;
    const group = primaryGroup(input);
    const data = { written, where, group: user.groupPart, uid: user.userPart ?? "" };
    if (account === undefined) {
      // `65532:65532` without an account is how images without a passwd file are written, and group 0 is root-group's.
      if (wanted === 0 || (user.uid.known && wanted === user.uid.value)) return;
      const title = "Give uid and group an account, or set runAsGroup in the Pod";
      report("none", { at: span, stage, data, fix: { title, applicability: "manual" } });
    } else if (
      group !== undefined &&
      (group.gid === undefined
        ? (wanted === 0 && group.isNotRoot) || (group.most !== undefined && wanted > group.most)
        : group.gid !== wanted)
    ) {
      report("account", {
        at: span,
        stage,
        data: {
          ...data,
          name: account.name,
          gid: group.gid === undefined ? "a group of its own" : `group ${group.gid}`,
        },
        fix: {
          title: `Make ${user.groupPart} the account's group, or set runAsGroup in the Pod`,
          applicability: "manual",
        },
      });
    }
  },
});
