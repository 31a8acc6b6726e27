import { placeOfPrivilege } from "../file-privileges.ts";
import { placeOf } from "../placing.ts";
import { defineRule } from "../rule.ts";
import { basePrograms } from "../base-programs.ts";

/**
 * Whether the kernel refuses to start a file with these capabilities where they cannot be had: it does for those that are
 * effective and permitted (`cap_net_raw=+ep`, `cap_net_raw+eip`). Without either the program just lacks them.
 */
const isRefused = (capabilities: string | undefined): boolean =>
  capabilities === undefined ||
  capabilities.split(/\s+/).some((clause) => /[+=][eip]*e/.test(clause) && /[+=][eip]*p/.test(clause));

/** What to do instead; a port has another way. */
const insteadOf = (capabilities = "cap_net_bind_service"): string =>
  `Do without setcap${/net_bind_service/i.test(capabilities) ? " (a port of 1024 or more needs none)" : ""}`;

export const rule = defineRule({
  id: "file-capabilities",
  title: "No program depends on file capabilities",
  severity: "warning",
  messages: {
    effective:
      'setcap gives {path} {capabilities}: with all capabilities dropped, starting it fails with "operation not permitted"',
    inert: "setcap gives {path} {capabilities}: with all capabilities dropped, it runs without them",
    copied:
      'COPY brings {path} with {capabilities}, which setcap gives it in stage {from}: with all capabilities dropped, starting it fails with "operation not permitted"',
    copiedInert:
      "COPY brings {path} with {capabilities}, which setcap gives it in stage {from}: with all capabilities dropped, it runs without them",
    base: 'The official image of {title} gives {path} {capabilities}, as far as is known: with all capabilities dropped, starting it then fails with "operation not permitted"',
  },
  check: (input, report) => {
    const { privileges = [], model } = input;
    for (const { title, path, capabilities } of basePrograms(input)) {
      report("base", {
        at: placeOf(model.graph.target.from),
        stage: model.graph.target,
        data: { title, path, capabilities },
        fix: { title: `Take them away: RUN setcap -r ${path}`, applicability: "manual" },
        // The proof tells of the very image.
        open: true,
      });
    }
    for (const privilege of privileges) {
      const { kind, path, by, via, lostTo } = privilege;
      if (kind !== "capabilities" || lostTo !== undefined || !("capabilities" in by)) continue;
      const effective = isRefused(by.capabilities);
      const [refused, started] =
        via === undefined ? (["effective", "inert"] as const) : (["copied", "copiedInert"] as const);
      report(effective ? refused : started, {
        ...placeOfPrivilege(privilege),
        data: { path, capabilities: by.capabilities ?? "capabilities", from: by.at.stage.label },
        fix: { title: insteadOf(by.capabilities), applicability: "manual" },
        needsPerson: effective,
      });
    }
  },
});
