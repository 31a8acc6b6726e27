/** Pod templates of Tekton's runs: where they stand, and what they make of a Pod. */
import type { ManifestObject } from "./objects.ts";
import { emptyPod, type Container, type Pod, type Volume } from "./pod-security/pod.ts";
import { readPodSecurityContext, readVolumes } from "./read-pod.ts";
import { bool, field, items, text, type Value } from "./yaml/read.ts";

interface Templated {
  /** Pod templates that take part, the strongest first. */
  readonly podTemplates: readonly Value[];
}

/** The pod that a run's pod templates make of containers and volumes. */
export function podOf(
  init: readonly Container[],
  containers: readonly Container[],
  { podTemplates, annotations }: Templated & { readonly annotations: Readonly<Record<string, string>> },
  volumes: readonly Volume[],
): Pod {
  const context = readPodSecurityContext(podContextOf({ podTemplates }));
  const hostUsers = bool(firstField(podTemplates, "hostUsers"));
  return {
    ...emptyPod,
    annotations,
    hostNetwork: podTemplates.some((template) => bool(field(template, "hostNetwork")) === true),
    ...(hostUsers === undefined ? {} : { hostUsers }),
    ...(context === undefined ? {} : { securityContext: context }),
    volumes: [...volumes, ...templateVolumes(podTemplates)],
    initContainers: init,
    containers,
  };
}

/** What pod templates, the strongest first, give every pod. */
export const podOfTemplates = (podTemplates: readonly Value[]): Pod =>
  podOf([], [], { podTemplates, annotations: {} }, []);

/** `securityContext` is one field to the merge of pod templates: the strongest that has one has it whole. */
export const podContextOf = ({ podTemplates }: Templated): Value | undefined =>
  firstField(podTemplates, "securityContext");

export function firstField(values: readonly Value[], name: string): Value | undefined {
  for (const value of values) {
    const found = field(value, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Volumes are joined by name, the strongest template's first. */
function templateVolumes(podTemplates: readonly Value[]): readonly Volume[] {
  const names = new Set<string>();
  return podTemplates.flatMap(readVolumes).filter(({ name }) => {
    if (names.has(name)) return false;
    names.add(name);
    return true;
  });
}

/** A PipelineRun's own pod template, and the map it stands or would stand in. */
export function runPodTemplate(
  spec: Value,
  object: ManifestObject,
): { readonly template: Value | undefined; readonly holder: Value | undefined } {
  if (object.version !== "v1") return { template: field(spec, "podTemplate"), holder: spec };
  const holder = field(spec, "taskRunTemplate");
  return { template: field(holder, "podTemplate"), holder: holder ?? spec };
}

/** The entries of `taskRunSpecs` for one task, the strongest first: later ones are laid over the others. */
export const taskRunSpecs = (spec: Value, task: string): readonly Value[] =>
  items(field(spec, "taskRunSpecs"))
    .filter((one) => text(field(one, "pipelineTaskName")) === task)
    .toReversed();

/** A `taskRunSpecs` entry's pod template: `podTemplate` in v1, `taskPodTemplate` before. */
export const podTemplateIn = (taskRun: Value, { version }: ManifestObject): Value | undefined =>
  field(taskRun, version === "v1" ? "podTemplate" : "taskPodTemplate");
