/** Findings about Tekton's settings: the flag, and the pod templates that every run starts from. */
import type { Finding } from "../core/finding.ts";
import { wrongTypesOfPodTemplate } from "./field-types.ts";
import { finding, ruleOfCheck } from "./findings.ts";
import type { JudgeOptions } from "./judged.ts";
import { misplacedInPodTemplate } from "./misplaced.ts";
import { objectName, type ManifestObject } from "./objects.ts";
import { keyAndValue } from "./place.ts";
import { evaluatePod, policyText, refusalText } from "./pod-security/evaluate.ts";
import { emptyPod, type Pod } from "./pod-security/pod.ts";
import { readPodSecurityContext } from "./read-pod.ts";
import { podOfTemplates } from "./tekton-pod-template.ts";
import { defaultTemplate, flagFindings, isConfigDefaults, isFeatureFlags } from "./tekton-settings.ts";
import { field, type Value } from "./yaml/read.ts";

/** Findings of an object that holds Tekton's settings; none of others. */
export function configFindings(object: ManifestObject, options: JudgeOptions): readonly Finding[] {
  const flags = isFeatureFlags(object) ? flagFindings(object, options.tektonVersion) : [];
  if (!isConfigDefaults(object) && object.group !== "operator.tekton.dev") return flags;
  const keys = ["default-pod-template", "default-affinity-assistant-pod-template"] as const;
  return [...flags, ...keys.flatMap((key) => templateFindings(object, key, options))];
}

function templateFindings(
  object: ManifestObject,
  key: "default-pod-template" | "default-affinity-assistant-pod-template",
  { level = "restricted", version = "latest" }: JudgeOptions,
): readonly Finding[] {
  const found = defaultTemplate(object, key);
  if (found === undefined) return [];
  const about = objectName(object);
  // The text is YAML within YAML, so that everything in it points at its key.
  const span = keyAndValue(found.holder);
  if (found.fault !== undefined) {
    return [finding("wrong-type", { span, about, message: `${key} is no YAML: ${found.fault}` })];
  }
  const misplaced = [
    ...misplacedInPodTemplate(found.value, about, key),
    ...wrongTypesOfPodTemplate(found.value, about),
  ].map((one) => ({ ...one, span }));
  const isAssistant = key === "default-affinity-assistant-pod-template";
  const pod = isAssistant ? assistantPod(found.value) : podOfTemplates(found.value === undefined ? [] : [found.value]);
  const who = isAssistant ? "every affinity assistant" : "every Pod of Tekton";
  // Without containers only what the template itself sets is refused.
  const refused = evaluatePod(pod, level, version).map((refusal) =>
    finding(ruleOfCheck(refusal.check), {
      span,
      about,
      message: `${policyText(level, version)} refuses ${who} that starts from ${key}: ${refusalText(refusal)}`,
    }),
  );
  return [...misplaced, ...refused];
}

/** Of its template an affinity assistant takes a security context, and nothing else that Pod Security looks at. */
function assistantPod(template: Value | undefined): Pod {
  const context = readPodSecurityContext(field(template, "securityContext"));
  return context === undefined ? emptyPod : { ...emptyPod, securityContext: context };
}
