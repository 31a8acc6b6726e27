import { judgeConfigUser } from "../../image/config-user.ts";
import { defineRule } from "../rule.ts";
import { isWrappedBy, programOf } from "../shell-words.ts";

/** These become root on their own, as far as the base lets them. */
const asRoot: ReadonlySet<string> = new Set([
  "sudo",
  "doas",
  "su",
  "gosu",
  "su-exec",
  "runuser",
  "fakeroot",
  "fakechroot",
]);

export const rule = defineRule({
  id: "package-install-as-nonroot",
  title: "Packages are installed by root",
  severity: "error",
  everyStage: true,
  messages: {
    file: '{manager} runs as "{user}" (USER on line {line}) and may not change the system, so the build fails here',
    base: '{manager} runs as "{user}", the user of the base image, and may not change the system, so the build fails here',
  },
  check: ({ model, effects }, report) => {
    let seen = -1;
    for (const { command, at } of effects.packages) {
      const { instruction, stage } = at;
      if (instruction.index === seen) continue;
      if (command.conditional || command.onFailure !== "stops" || isWrappedBy(command, asRoot)) continue;
      const { value, at: setBy } = model.before(instruction).user;
      if (value.unknown.length > 0 || value.error !== undefined) continue;
      const judged = judgeConfigUser(value.value);
      if (judged.verdict === "root" || judged.verdict === "invalid" || judged.userPart === "root") continue;
      seen = instruction.index;
      report(setBy === undefined ? "base" : "file", {
        at: command.span,
        stage,
        data: { manager: programOf(command), user: value.value, line: setBy?.startLine ?? 0 },
        fix: { title: `Put the RUN between USER root and USER ${value.value}`, applicability: "safe" },
      });
    }
  },
});
