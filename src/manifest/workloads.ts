/** Pods of Kubernetes' own kinds, and of others that hold a whole Pod template which their controller takes as it is. */
import { objectName, textMap, type ManifestObject } from "./objects.ts";
import { containerLists, readPodSpec } from "./read-pod.ts";
import { invocationOf, type ContainerSource, type ImageUse, type PodTemplate } from "./template.ts";
import { at, field, isMapping, items, text, type Value } from "./yaml/read.ts";

/** By kind. A Map, since a kind may be called as a member of every object (`constructor`). */
type PodPaths = ReadonlyMap<string, readonly string[]>;

const inSpec = ["spec", "template"];
/** Where each kind keeps its pod, from the object down to what has `metadata` and `spec`. */
const podPaths: PodPaths = new Map([
  ["Pod", []],
  ["PodTemplate", ["template"]],
  ["ReplicationController", inSpec],
  ["ReplicaSet", inSpec],
  ["Deployment", inSpec],
  ["StatefulSet", inSpec],
  ["DaemonSet", inSpec],
  ["Job", inSpec],
  ["CronJob", ["spec", "jobTemplate", "spec", "template"]],
]);
/** The API groups of these kinds. */
export const podGroups: ReadonlySet<string> = new Set(["", "apps", "batch", "extensions"]);
export const podKinds: readonly string[] = [...podPaths.keys()];

const allInSpec = (...kinds: readonly string[]): PodPaths => new Map(kinds.map((kind) => [kind, inSpec]));
/** The same of other APIs' kinds, by group; the template may be missing there (a Rollout may name a Deployment). */
const podPathsOfOthers: ReadonlyMap<string, PodPaths> = new Map([
  ["apps.kruise.io", allInSpec("BroadcastJob", "CloneSet", "DaemonSet", "StatefulSet")],
  ["apps.openshift.io", allInSpec("DeploymentConfig")],
  ["argoproj.io", allInSpec("Rollout")],
  ["keda.sh", new Map([["ScaledJob", ["spec", "jobTargetRef", "template"]]])],
]);

const podPathOf = ({ group, kind }: ManifestObject): readonly string[] | undefined =>
  (podGroups.has(group) ? podPaths : podPathsOfOthers.get(group))?.get(kind);

export const isWorkload = (object: ManifestObject): boolean => podPathOf(object) !== undefined;

/** Where one of Kubernetes' own kinds has to have its pod spec; undefined of others. */
export function podSpecPath(object: ManifestObject): readonly string[] | undefined {
  const path = podGroups.has(object.group) ? podPathOf(object) : undefined;
  return path === undefined ? undefined : [...path, "spec"];
}

/** What has the `metadata` and `spec` of an object's Pod; of Tekton's kinds the object, whose annotations the Pod gets. */
export const podTemplateOf = (object: ManifestObject): Value | undefined =>
  at(object.value, ...(podPathOf(object) ?? []));

/** The pod of a workload; none of one that has no pod spec. */
export function workloadTemplates(object: ManifestObject): readonly PodTemplate[] {
  const template = podTemplateOf(object);
  const spec = field(template, "spec");
  if (!isMapping(spec)) return [];
  const pod = readPodSpec(spec, textMap(at(template, "metadata", "annotations")));
  const values = containerLists.flatMap((name) => items(field(spec, name)));
  const containers = [...pod.initContainers, ...pod.containers, ...pod.ephemeralContainers];
  const sources = containers.map((container, index): ContainerSource => {
    const value = values[index];
    const context = field(value, "securityContext");
    return {
      container,
      role: "container",
      value,
      owner: object,
      contexts: context === undefined ? [] : [context],
      image: imageOf(value),
      program: invocationOf(value),
    };
  });
  return [
    {
      name: objectName(object),
      object,
      place: spec,
      pod,
      sources,
      home: { kind: "workload", spec },
      podContext: field(spec, "securityContext"),
      unknown: [],
    },
  ];
}

function imageOf(value: Value | undefined): ImageUse {
  const image = field(value, "image");
  const name = text(image);
  return name === undefined || name === ""
    ? { known: false, why: "no image is named", value: image }
    : { known: true, name, value: image };
}
