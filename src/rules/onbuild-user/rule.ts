import { ownChain } from "../../containerfile/stages.ts";
import { judgeConfigUser } from "../../image/config-user.ts";
import { placeOf } from "../placing.ts";
import { decidingTrigger } from "../decided-user.ts";
import { defineRule } from "../rule.ts";

export const rule = defineRule({
  id: "onbuild-user",
  title: "No ONBUILD trigger decides who child images run as",
  severity: "warning",
  messages: {
    target:
      "ONBUILD USER {user} runs right behind FROM of every image built on this one: under Docker the child starts as {user}, podman drops the trigger",
    decides:
      'ONBUILD USER {user} of stage "{parent}" sets who "{child}" runs as: under Docker it is {user}, podman drops the trigger and keeps the user of "{parent}"',
    base: "An ONBUILD USER of the base image sets who this image runs as under Docker ({user}), while podman drops the trigger",
  },
  check: (input, report) => {
    const { model, user } = input;
    const { target } = model.graph;
    const decides = decidingTrigger(input);
    if (decides === "base") {
      report("base", {
        at: placeOf(target.from),
        stage: target,
        data: { user: user.configUser ?? "unknown" },
        fix: { title: "Write USER with a number in this file", applicability: "manual" },
      });
    }
    for (const stage of ownChain(model.graph)) {
      const last = stage.instructions.findLast((one) => one.keyword === "ONBUILD" && one.trigger?.keyword === "USER");
      if (last?.keyword !== "ONBUILD" || last.trigger?.keyword !== "USER") continue;
      const { argument } = last.trigger;
      const isDecisive = decides !== undefined && decides !== "base" && decides.index === last.index;
      // A trigger that a later USER of the child overrides, or that leaves children with a number, changes nothing.
      if (!isDecisive && (stage !== target || judgeConfigUser(unquoted(argument.value)).verdict === "admit")) continue;
      report(isDecisive ? "decides" : "target", {
        at: argument.span,
        stage,
        data: { user: argument.value, parent: stage.label, child: target.label },
        fix: { title: "Drop the trigger and write USER in the image that runs", applicability: "manual" },
      });
    }
  },
});

const unquoted = (argument: string): string => argument.replace(/^(["'])(.*)\1$/, "$2");
