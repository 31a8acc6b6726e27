import { defineRule } from "../rule.ts";

/** From six digits on, as hadolint's DL3046 counts: /var/log/lastlog then spans about 29 MB and more. */
const large = 99_999;

export const rule = defineRule({
  id: "useradd-no-log-init",
  title: "useradd with a large uid leaves the login logs alone",
  severity: "warning",
  aliases: ["DL3046"],
  messages: {
    sparse:
      "useradd writes a record at uid {uid} into /var/log/lastlog and /var/log/faillog: sparse files of {size} that a layer stores in full",
  },
  check: ({ effects, base }, report) => {
    if (base.family.known && (base.family.value === "alpine" || base.family.value === "wolfi")) return;
    for (const { tool, uid, noLogInit, command, at } of effects.users) {
      if (tool !== "useradd" || noLogInit || uid === undefined || uid <= large) continue;
      report("sparse", {
        at: command.span,
        stage: at.stage,
        data: { uid, size: sizeOf(uid) },
        fix: { title: "Add -l (--no-log-init) to useradd", applicability: "manual" },
      });
    }
  },
});

/** Of lastlog: 292 bytes for every uid up to this one. */
function sizeOf(uid: number): string {
  const megabytes = ((uid + 1) * 292) / 1_000_000;
  return megabytes < 1000 ? `${Math.round(megabytes)} MB` : `${Math.round(megabytes / 1000)} GB`;
}
