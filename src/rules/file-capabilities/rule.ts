import { filePrivileges } from "../file-privileges.ts";
import { defineRule } from "../rule.ts";

/** Whether the effective flag is among them (`cap_net_raw=+ep`, `cap_net_raw+eip`). Without it the program just lacks them. */
const isEffective = (capabilities: string | undefined): boolean =>
  capabilities === undefined || /[+=][ip]*e/.test(capabilities);

export const rule = defineRule({
  id: "file-capabilities",
  title: "No program depends on file capabilities",
  severity: "warning",
  messages: {
    effective:
      'setcap gives {path} {capabilities}: with all capabilities dropped, starting it fails with "operation not permitted"',
    inert: "setcap gives {path} {capabilities}: with all capabilities dropped, it runs without them",
  },
  check: ({ effects }, report) => {
    if (effects.capabilities.length === 0) return;
    for (const { kind, path, by, lostTo } of filePrivileges(effects)) {
      if (kind !== "capabilities" || lostTo !== undefined || !("capabilities" in by)) continue;
      const effective = isEffective(by.capabilities);
      report(effective ? "effective" : "inert", {
        at: by.command.span,
        stage: by.at.stage,
        data: { path, capabilities: by.capabilities ?? "capabilities" },
        fix: { title: "Do without setcap (a port of 1024 or more needs none)", applicability: "manual" },
        needsPerson: effective,
      });
    }
  },
});
