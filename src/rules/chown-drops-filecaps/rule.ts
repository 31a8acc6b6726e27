import { groupBy } from "../layers.ts";
import { defineRule } from "../rule.ts";

export const rule = defineRule({
  id: "chown-drops-filecaps",
  title: "chown comes before setcap and chmod u+s",
  severity: "warning",
  messages: {
    capabilities: "{tool} clears the file capabilities that setcap has given {paths}",
    setuid: "{tool} clears the setuid bit that chmod has given {paths}",
    both: "{tool} clears the file capabilities and setuid bits that {paths} were given",
  },
  check: ({ privileges = [] }, report) => {
    const lost = groupBy(
      privileges.filter(({ lostTo }) => lostTo !== undefined),
      ({ lostTo }) => lostTo,
    );
    for (const [change, cleared] of lost) {
      if (change === undefined) continue;
      const kinds = new Set(cleared.map(({ kind }) => kind));
      const [kind = "both"] = kinds;
      report(kinds.size > 1 ? "both" : kind, {
        at: change.command.span,
        stage: change.at.stage,
        data: { tool: change.tool, paths: [...new Set(cleared.map(({ path }) => path))].join(", ") },
        fix: { title: "Put the chown first", applicability: "manual" },
      });
    }
  },
});
