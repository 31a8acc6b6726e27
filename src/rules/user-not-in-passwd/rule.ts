import type { ArgumentInstruction, RunInstruction } from "../../containerfile/model.ts";
import { judgeConfigUser } from "../../image/config-user.ts";
import { accountEvidence, groupIsMissing } from "../account-evidence.ts";
import { decidedUser, decidingTrigger, runsAsRoot } from "../decided-user.ts";
import { stageOf } from "../placing.ts";
import { defineRule, type RuleInput } from "../rule.ts";

interface FailingRun {
  readonly run: RunInstruction;
  readonly setBy: ArgumentInstruction;
  readonly what: "user" | "group";
  readonly name: string;
}

/** For each USER the first RUN that cannot start, because the user or group of that name is not there yet. */
function failingRuns(input: RuleInput): readonly FailingRun[] {
  const { model } = input;
  const evidence = accountEvidence(input);
  const found = new Map<ArgumentInstruction, FailingRun>();
  for (const { instruction: run } of model.shipped) {
    if (run.keyword !== "RUN") continue;
    const { value, at: setBy } = model.before(run).user;
    if (setBy?.keyword !== "USER" || found.has(setBy) || value.unknown.length > 0 || value.error !== undefined)
      continue;
    const { verdict, userPart, groupPart = "" } = judgeConfigUser(value.value);
    const { start } = run.span;
    if (verdict === "symbolic" && userPart !== "root" && evidence.user(userPart, start) === "no")
      found.set(setBy, { run, setBy, what: "user", name: userPart });
    else if (groupPart !== "" && !/^[+-]?[0-9]+$/.test(groupPart) && evidence.group(groupPart, start) === "no")
      found.set(setBy, { run, setBy, what: "group", name: groupPart });
  }
  return [...found.values()];
}

export const rule = defineRule({
  id: "user-not-in-passwd",
  title: "A user or group given by name exists in the image",
  severity: "error",
  everyStage: true,
  messages: {
    user: 'The image has no account "{name}"{where}, so no runtime can start a container from it: {why}',
    run: 'There is no {what} "{name}" where the RUN on line {line} would work as it, so the build stops there',
    group:
      'The image has no group "{name}"{where}: Docker and podman cannot start a container from it, and Kubernetes drops the group: {why}',
  },
  check: (input, report) => {
    const { user, model } = input;
    const decides = !model.isBuilder && user.at?.keyword === "USER" && decidingTrigger(input) === undefined;
    const { span, stage, where } = decidedUser(input);
    const isMissing = user.account.known && user.account.value === undefined;
    const neverMade = decides && user.verdict === "symbolic" && isMissing && !runsAsRoot(input);
    const group = decides && !neverMade ? groupIsMissing(input) : undefined;
    if (neverMade) {
      report("user", {
        at: span,
        stage,
        data: { name: user.userPart ?? "", where, why: user.account.from },
        fix: { title: "Write a number, or create the account", applicability: "safe" },
      });
    } else if (group !== undefined) {
      report("group", {
        at: span,
        stage,
        data: { name: group.name, where, why: group.why },
        fix: { title: "Leave the group out, or create it", applicability: "manual" },
      });
    }
    for (const { run, setBy, what, name } of failingRuns(input)) {
      // What is never there was said above.
      if (setBy === user.at && (neverMade || group !== undefined)) continue;
      report("run", {
        at: setBy.argument.span,
        stage: stageOf(model, setBy),
        data: { what, name, line: run.startLine },
        fix: { title: `Move USER below what creates "${name}", or create it above`, applicability: "manual" },
        needsPerson: true,
      });
    }
  },
});
