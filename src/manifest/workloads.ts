/** Pods of Kubernetes' own kinds. */
import { objectName, textMap, type ManifestObject } from "./objects.ts";
import { containerLists, readPodSpec } from "./read-pod.ts";
import { invocationOf, type ContainerSource, type ImageUse, type PodTemplate } from "./template.ts";
import { at, field, isMapping, items, text, type Value } from "./yaml/read.ts";

/** Where each kind keeps its pod, from the object down to what has `metadata` and `spec`. */
const podPaths: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  PodTemplate: ["template"],
  ReplicationController: ["spec", "template"],
  ReplicaSet: ["spec", "template"],
  Deployment: ["spec", "template"],
  StatefulSet: ["spec", "template"],
  DaemonSet: ["spec", "template"],
  Job: ["spec", "template"],
  CronJob: ["spec", "jobTemplate", "spec", "template"],
};
/** The API groups of these kinds. */
export const podGroups: ReadonlySet<string> = new Set(["", "apps", "batch", "extensions"]);
export const podKinds: readonly string[] = Object.keys(podPaths);

export const isWorkload = ({ group, kind }: ManifestObject): boolean => podGroups.has(group) && kind in podPaths;

/** Where a workload has its pod spec; undefined of what is none. */
export const podSpecPath = (object: ManifestObject): readonly string[] | undefined =>
  isWorkload(object) ? [...(podPaths[object.kind] ?? []), "spec"] : undefined;

/** What has the `metadata` and `spec` of an object's Pod; of Tekton's kinds the object, whose annotations the Pod gets. */
export const podTemplateOf = (object: ManifestObject): Value | undefined =>
  at(object.value, ...(isWorkload(object) ? (podPaths[object.kind] ?? []) : []));

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
