import { decidedUser } from "../decided-user.ts";
import { defineRule } from "../rule.ts";

export const rule = defineRule({
  id: "no-passwd-entry",
  title: "The uid has an account, or the author wrote its group",
  severity: "warning",
  messages: {
    bare: "uid {uid} has no line in /etc/passwd{where}, so the process runs with group 0 and HOME=/, and programs that ask for the user's name fail",
  },
  check: (input, report) => {
    const { user, options } = input;
    if (options.openshift || user.verdict !== "admit" || user.groupPart !== undefined) return;
    const { span, stage, at, where } = decidedUser(input);
    if (at === undefined || !user.account.known || user.account.value !== undefined) return;
    report("bare", {
      at: span,
      stage,
      data: { uid: user.userPart ?? "", where },
      fix: {
        title: `Create an account for uid ${user.userPart ?? ""}, or write its group too`,
        applicability: "manual",
      },
    });
  },
});
