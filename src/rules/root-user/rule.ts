import { ownChain } from "../../containerfile/stages.ts";
import { decidedUser, decidingTrigger, emptyVariables, listed, runsAsRoot } from "../decided-user.ts";
import { defineRule, type RuleInput } from "../rule.ts";

/** What the FROM that counts names, for people. */
function baseName({ model, base }: RuleInput): string {
  return model.graph.base.kind === "image" ? `base image ${model.graph.base.reference}` : `base ${base.reference}`;
}

export const rule = defineRule({
  id: "root-user",
  title: "The image starts as a user other than root",
  severity: "error",
  aliases: ["DL3002", "DS-0002", "CKV_DOCKER_3", "CKV_DOCKER_8"],
  messages: {
    none: 'Neither this file nor its {base} sets a USER, so the container starts as root. Under runAsNonRoot the kubelet says: "{kubelet}"',
    scratch: 'No USER is set, so the container starts as root. Under runAsNonRoot the kubelet says: "{kubelet}"',
    inherited:
      'The {base} runs as "{user}" and no USER changes that, so the container starts as root. Under runAsNonRoot the kubelet says: "{kubelet}"',
    empty:
      'USER {written} leaves the user part empty{where}, so the container starts as root. Under runAsNonRoot the kubelet says: "{kubelet}"',
    unset:
      'USER {written} becomes "{value}" because {variables} has no value{where}, so the container starts as root. Under runAsNonRoot the kubelet says: "{kubelet}"',
    zero: 'USER {written} is uid 0{where}, so the container starts as root. Under runAsNonRoot the kubelet says: "{kubelet}"',
    name: 'USER {written} is the account with uid 0{where}, so the container starts as root. Under runAsNonRoot the kubelet says: "{kubelet}"',
  },
  check: (input, report) => {
    if (!runsAsRoot(input) || decidingTrigger(input) !== undefined) return;
    const { user, model } = input;
    const { span, stage, at, written, where } = decidedUser(input);
    const empty = emptyVariables(input);
    if (empty?.declared === true) return;
    const kubelet = user.kubeletMessage ?? "container has runAsNonRoot and image will run as root";
    const value = user.configUser ?? "";
    const fix = { title: "Run as a numeric non-root user", applicability: "safe" } as const;
    const data = { written, where, value, kubelet, user: value, base: baseName(input) };
    if (at === undefined) {
      const message =
        value !== "" ? "inherited" : ownChain(model.graph)[0]?.base.kind === "scratch" ? "scratch" : "none";
      report(message, { at: span, stage, data, fix });
    } else if (empty !== undefined) {
      report("unset", { at: span, stage, data: { ...data, variables: listed(empty.names) }, fix });
    } else if (user.userPart === "") {
      report("empty", { at: span, stage, data, fix });
    } else {
      report(/^[+-]?[0-9]+$/.test(user.userPart ?? "") ? "zero" : "name", { at: span, stage, data, fix });
    }
  },
});
