/** What Argo's controller is set to, as far as its ConfigMap is among the files. */
import type { ManifestObject } from "./objects.ts";
import type { SecurityContext } from "./pod-security/pod.ts";
import { readSecurityContext } from "./read-pod.ts";
import { field, readYaml, text, type Value } from "./yaml/read.ts";

export interface ArgoSettings {
  /** The security context of Argo's own containers. */
  readonly executor: SecurityContext | undefined;
}

/**
 * The settings; undefined where no file has any of the executor. Each key of the ConfigMap is YAML in a text; `config` has them all in one.
 * @see https://github.com/argoproj/argo-workflows/blob/main/docs/workflow-controller-configmap.yaml
 */
export function argoSettings(objects: readonly ManifestObject[]): ArgoSettings | undefined {
  const config = objects.find(
    ({ group, kind, name }) => group === "" && kind === "ConfigMap" && name === "workflow-controller-configmap",
  );
  const data = field(config?.value, "data");
  const executor = inText(field(data, "executor")) ?? field(inText(field(data, "config")), "executor");
  // One that says nothing of it may be a patch.
  return executor === undefined ? undefined : { executor: readSecurityContext(field(executor, "securityContext")) };
}

function inText(value: Value | undefined): Value | undefined {
  const read = readYaml("workflow-controller-configmap", text(value) ?? "");
  return read.ok ? read.value.documents[0] : undefined;
}
