import { decidedUser, decidingTrigger, runsAsRoot } from "../decided-user.ts";
import { defineRule } from "../rule.ts";

export const rule = defineRule({
  id: "symbolic-user",
  title: "The user is given as a number",
  severity: "error",
  messages: {
    named:
      'USER {written} is the name "{name}"{where}, which the kubelet does not look up. Under runAsNonRoot it says: "{kubelet}"',
    inherited:
      'The base image runs as "{name}", a name, which the kubelet does not look up. Under runAsNonRoot it says: "{kubelet}"',
  },
  check: (input, report) => {
    const { user } = input;
    if (user.verdict !== "symbolic" || runsAsRoot(input) || decidingTrigger(input) !== undefined) return;
    const { span, stage, at, written, where } = decidedUser(input);
    const title = user.uid.known ? `Write the number: USER ${user.uid.value}` : "Write the number of the account";
    report(at === undefined ? "inherited" : "named", {
      at: span,
      stage,
      data: { written, where, name: user.userPart ?? "", kubelet: user.kubeletMessage ?? "" },
      fix: { title, applicability: "safe" },
    });
  },
});
