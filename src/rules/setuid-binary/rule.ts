import { endsNonRoot } from "../decided-user.ts";
import { filePrivileges } from "../file-privileges.ts";
import { defineRule } from "../rule.ts";

export const rule = defineRule({
  id: "setuid-binary",
  title: "No program depends on the setuid bit",
  severity: "info",
  messages: {
    setuid:
      "chmod makes {path} setuid: with allowPrivilegeEscalation false the bit does nothing, and the program runs as its caller",
  },
  check: (input, report) => {
    if (input.effects.modes.length === 0 || !endsNonRoot(input)) return;
    for (const { kind, path, by, lostTo } of filePrivileges(input.effects)) {
      if (kind !== "setuid" || lostTo !== undefined) continue;
      report("setuid", {
        at: by.command.span,
        stage: by.at.stage,
        data: { path },
        fix: { title: "Do without the setuid bit", applicability: "manual" },
      });
    }
  },
});
