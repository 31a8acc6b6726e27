import { endsNonRoot } from "../decided-user.ts";
import { placeOfPrivilege } from "../file-privileges.ts";
import { defineRule } from "../rule.ts";

export const rule = defineRule({
  id: "setuid-binary",
  title: "No program depends on the setuid bit",
  severity: "info",
  messages: {
    setuid:
      "chmod makes {path} setuid: with allowPrivilegeEscalation false the bit does nothing, and the program runs as its caller",
    copied:
      "COPY brings {path} setuid, as chmod makes it in stage {from}: with allowPrivilegeEscalation false the bit does nothing, and the program runs as its caller",
  },
  check: (input, report) => {
    if (!endsNonRoot(input)) return;
    for (const privilege of input.privileges ?? []) {
      const { kind, path, by, via, lostTo } = privilege;
      if (kind !== "setuid" || lostTo !== undefined) continue;
      report(via === undefined ? "setuid" : "copied", {
        ...placeOfPrivilege(privilege),
        data: { path, from: by.at.stage.label },
        fix: { title: "Do without the setuid bit", applicability: "manual" },
      });
    }
  },
});
