import { decidedUser, decidingTrigger, emptyVariables, listed } from "../decided-user.ts";
import { defineRule, type RuleInput } from "../rule.ts";

/** A name without registry, folder and tag is often a context that the author's own build is given. */
function contextHint({ model }: RuleInput): string {
  const { base } = model.graph;
  if (base.kind !== "image" || !/^[\w-]+$/.test(base.reference)) return "";
  return ` (where ${base.reference} is a context that your build is given: --build-context ${base.reference}=docker-image://IMAGE)`;
}

export const rule = defineRule({
  id: "unresolved-user",
  title: "The user can be told from the file, its build arguments and its base image",
  severity: "error",
  messages: {
    unknown: "Nobody can tell here who the image runs as: {why}",
    argument:
      'USER {written} needs {variables}, which has no default: without --build-arg it becomes "{value}"{where} and the container starts as root, which the kubelet refuses: "{kubelet}"',
  },
  check: (input, report) => {
    const { user } = input;
    if (decidingTrigger(input) !== undefined) return;
    const { span, stage, written, where } = decidedUser(input);
    const empty = emptyVariables(input);
    if (empty?.declared === true) {
      report("argument", {
        at: span,
        stage,
        data: {
          written,
          where,
          variables: listed(empty.names),
          value: user.configUser ?? "",
          kubelet: "container has runAsNonRoot and image will run as root",
        },
        fix: {
          title: `Give ${listed(empty.names)} a numeric default`,
          applicability: user.verdict === "root" ? "safe" : "manual",
        },
      });
    } else if (user.verdict === "unknown") {
      report("unknown", {
        at: span,
        stage,
        data: { why: user.why ?? "the base image could not be read" },
        fix: {
          title:
            user.at === undefined
              ? `Make the base image readable${contextHint(input)}, or write USER with a number`
              : "Write USER with a number, or give what it is made of a value",
          applicability: "manual",
        },
        open: true,
      });
    }
  },
});
