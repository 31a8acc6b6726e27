import { maxUid } from "../../image/config-user.ts";
import { decidedUser, decidingTrigger } from "../decided-user.ts";
import { defineRule } from "../rule.ts";

export const rule = defineRule({
  id: "invalid-uid",
  title: "The uid lies between 1 and 2147483647",
  severity: "error",
  messages: {
    range:
      'uid {uid} lies outside 1 to 2147483647{where}, so no runtime starts the container. The kubelet says: "{kubelet}"',
    group:
      "gid {gid} lies outside 0 to 2147483647{where}: Kubernetes drops it, while Docker and podman refuse to start the container",
    parts:
      'USER "{value}" has more than one colon{where}: containerd by itself refuses it, while the kubelet takes what is before the first colon, and Docker and podman what is before the second',
  },
  check: (input, report) => {
    const { user } = input;
    if (decidingTrigger(input) !== undefined) return;
    const { span, stage, where } = decidedUser(input);
    const fix = { title: "Write a uid between 1 and 2147483647", applicability: "safe" } as const;
    if (user.verdict === "invalid") {
      report("range", {
        at: span,
        stage,
        data: { uid: user.userPart ?? "", where, kubelet: user.kubeletMessage ?? "" },
        fix,
      });
      return;
    }
    if (user.verdict !== "admit" || user.configUser === null) return;
    const byHand = { title: "Write USER UID:GID with both in range", applicability: "manual" } as const;
    if (user.configUser.split(":").length > 2) {
      report("parts", { at: span, stage, data: { value: user.configUser, where }, fix: byHand });
    } else if (/^[+-]?[0-9]+$/.test(user.groupPart ?? "")) {
      const gid = BigInt(user.groupPart ?? "");
      if (gid < 0n || gid > maxUid)
        report("group", { at: span, stage, data: { gid: String(gid), where }, fix: byHand });
    }
  },
});
