import { decidedUser, decidingTrigger, runsAsRoot } from "../decided-user.ts";
import { groupIsMissing } from "../account-evidence.ts";
import { defineRule } from "../rule.ts";

export const rule = defineRule({
  id: "user-not-in-passwd",
  title: "A user or group given by name exists in the image",
  severity: "error",
  messages: {
    user: 'The image has no account "{name}"{where}, so no runtime can start a container from it: {why}',
    group:
      'The image has no group "{name}"{where}: Docker and podman cannot start a container from it, and Kubernetes drops the group: {why}',
  },
  check: (input, report) => {
    const { user } = input;
    if (user.at?.keyword !== "USER" || decidingTrigger(input) !== undefined) return;
    const { span, stage, where } = decidedUser(input);
    const missing = user.account.known && user.account.value === undefined;
    if (user.verdict === "symbolic" && missing && !runsAsRoot(input)) {
      report("user", {
        at: span,
        stage,
        data: { name: user.userPart ?? "", where, why: user.account.from },
        fix: { title: "Write a number, or create the account", applicability: "safe" },
      });
      return;
    }
    const group = groupIsMissing(input);
    if (group !== undefined) {
      report("group", {
        at: span,
        stage,
        data: { name: group.name, where, why: group.why },
        fix: { title: "Leave the group out, or create it", applicability: "manual" },
      });
    }
  },
});
