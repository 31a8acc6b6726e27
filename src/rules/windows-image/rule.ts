import { placeOf } from "../placing.ts";
import { defineRule } from "../rule.ts";

export const rule = defineRule({
  id: "windows-image",
  title: "The image is a Linux image",
  severity: "info",
  windows: true,
  messages: {
    windows:
      "{base} is a Windows image: uids, passwd and runAsNonRoot's numeric check do not apply, so nothing is judged or changed",
  },
  check: ({ model, user, base }, report) => {
    if (user.verdict !== "not-applicable" && !(base.family.known && base.family.value === "windows")) return;
    const { target } = model.graph;
    report("windows", { at: placeOf(target.from), stage: target, data: { base: base.reference } });
  },
});
