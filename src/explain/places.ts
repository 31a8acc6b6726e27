/** From a container's name in a pod to the place in the file where its fields are written. */

export interface Place {
  /** `step`, `sidecar`: of a Task. `tekton`: made by Tekton itself. `container`: of a pod template. */
  readonly kind: "step" | "sidecar" | "tekton" | "container";
  /** As Tekton or the author calls it. */
  readonly name: string;
  /** `the Task, step "build"`. */
  readonly where: string;
  /** `spec.steps[name=build]`. */
  readonly at: string;
}

/**
 * Containers that Tekton puts into pods by itself.
 * Source: tektoncd/pipeline pkg/pod/pod.go, script.go, workingdir_init.go, pkg/reconciler/pipelinerun/affinity_assistant.go.
 */
const tektonOwn: ReadonlySet<string> = new Set([
  "prepare",
  "place-tools",
  "place-scripts",
  "working-dir-initializer",
  "sidecar-tekton-log-results",
  "affinity-assistant",
]);

/** Where the fields of a container are decided; without a name, of containers at large. */
export function placeOf(container: string | undefined): Place {
  if (container === undefined) {
    return {
      kind: "container",
      name: "",
      where: "the pod template, or the Task",
      at: "spec.(containers|steps)[]",
    };
  }
  if (tektonOwn.has(container)) {
    return {
      kind: "tekton",
      name: container,
      where: "Tekton's configuration",
      at: "set-security-context (TektonConfig, TektonPipeline or the ConfigMap feature-flags)",
    };
  }
  for (const [prefix, kind] of [
    ["step-", "step"],
    ["sidecar-", "sidecar"],
  ] as const) {
    if (!container.startsWith(prefix) || container.length === prefix.length) continue;
    const name = container.slice(prefix.length);
    const unnamed = kind === "step" ? /^unnamed-(\d{1,4})$/.exec(name)?.[1] : undefined;
    return {
      kind,
      name,
      where: `the Task, ${kind} ${unnamed === undefined ? `"${name}"` : `number ${unnamed}, counted from 0`}`,
      at: unnamed === undefined ? `spec.${kind}s[name=${name}]` : `spec.steps[${unnamed}]`,
    };
  }
  return {
    kind: "container",
    name: container,
    where: `the pod template, container "${container}"`,
    at: `spec.containers[name=${container}]`,
  };
}

/** The manifest that a command is to read, as a file name that stands for it. */
export function manifestOf({ kind }: Place): string {
  return kind === "step" || kind === "sidecar" ? "task.yaml" : "manifest.yaml";
}
