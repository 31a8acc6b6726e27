/** Findings about Tekton's settings: the flag, and the pod templates that every run starts from. */
import type { Finding } from "../core/finding.ts";
import { finding } from "./findings.ts";
import { misplacedInPodTemplate } from "./misplaced.ts";
import { objectName, type ManifestObject } from "./objects.ts";
import { keyAndValue } from "./place.ts";
import { defaultTemplate, flagFindings, isConfigDefaults, isFeatureFlags } from "./tekton-settings.ts";
import type { TektonVersion } from "./versions.ts";
import { bool, field } from "./yaml/read.ts";

/** Findings of an object that holds Tekton's settings; none of others. */
export function configFindings(object: ManifestObject, version: TektonVersion | undefined): readonly Finding[] {
  const flags = isFeatureFlags(object) ? flagFindings(object, version) : [];
  if (!isConfigDefaults(object) && object.group !== "operator.tekton.dev") return flags;
  const keys = ["default-pod-template", "default-affinity-assistant-pod-template"] as const;
  return [...flags, ...keys.flatMap((key) => templateFindings(object, key))];
}

function templateFindings(
  object: ManifestObject,
  key: "default-pod-template" | "default-affinity-assistant-pod-template",
): readonly Finding[] {
  const found = defaultTemplate(object, key);
  if (found === undefined) return [];
  const about = objectName(object);
  // The text is YAML within YAML, so that everything in it points at its key.
  const span = keyAndValue(found.holder);
  if (found.fault !== undefined) {
    return [finding("wrong-type", { span, about, message: `${key} is no YAML: ${found.fault}` })];
  }
  const misplaced = misplacedInPodTemplate(found.value, about, key).map((one) => ({ ...one, span }));
  if (bool(field(found.value, "hostNetwork")) !== true) return misplaced;
  return [
    ...misplaced,
    finding("host-namespaces", {
      span,
      about,
      message: `${key} gives every Pod of Tekton the host's network: host namespaces (hostNetwork=true)`,
    }),
  ];
}
