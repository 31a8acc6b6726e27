/** Pods of Kubernetes' own kinds, and of others that hold whole Pod templates which their controller takes as they are. */
import { isKnative, withKnativeNames } from "./knative.ts";
import { objectName, textMap, type ManifestObject } from "./objects.ts";
import { containerLists, readPodSpec } from "./read-pod.ts";
import { invocationOf, type ContainerSource, type ImageUse, type PodTemplate } from "./template.ts";
import { at, field, isMapping, items, text, type Value } from "./yaml/read.ts";

/**
 * By kind; `name[]` stands for every entry of the list `name`. A Map, since a kind may be called as a member of every object
 * (`constructor`).
 */
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

const volcanoJob = ["spec", "tasks[]", "template"];
const allInSpec = (...kinds: readonly string[]): PodPaths => new Map(kinds.map((kind) => [kind, inSpec]));
/** The same of other APIs' kinds, by group; the template may be missing there (a Rollout may name a Deployment). */
const podPathsOfOthers: ReadonlyMap<string, PodPaths> = new Map([
  ["apps.kruise.io", allInSpec("BroadcastJob", "CloneSet", "DaemonSet", "StatefulSet")],
  ["apps.openshift.io", allInSpec("DeploymentConfig")],
  ["argoproj.io", allInSpec("Rollout")],
  // https://github.com/volcano-sh/volcano/blob/master/staging/src/volcano.sh/apis/pkg/apis/batch/v1alpha1/job.go
  [
    "batch.volcano.sh",
    new Map([
      ["Job", volcanoJob],
      ["CronJob", ["spec", "jobTemplate", ...volcanoJob]],
    ]),
  ],
  // https://github.com/kubernetes-sigs/jobset/blob/main/api/jobset/v1alpha2/jobset_types.go
  ["jobset.x-k8s.io", new Map([["JobSet", ["spec", "replicatedJobs[]", "template", ...inSpec]]])],
  ["keda.sh", new Map([["ScaledJob", ["spec", "jobTargetRef", "template"]]])],
  // https://github.com/knative/serving/blob/main/pkg/apis/serving/v1/revision_types.go: a RevisionSpec begins with a PodSpec.
  ["serving.knative.dev", new Map([...allInSpec("Configuration", "Service"), ["Revision", []]])],
]);

const podPathOf = ({ group, kind }: ManifestObject): readonly string[] | undefined =>
  (podGroups.has(group) ? podPaths : podPathsOfOthers.get(group))?.get(kind);

export const isWorkload = (object: ManifestObject): boolean => podPathOf(object) !== undefined;

/** Where one of Kubernetes' own kinds has to have its pod spec; undefined of others. */
export function podSpecPath(object: ManifestObject): readonly string[] | undefined {
  const path = podGroups.has(object.group) ? podPathOf(object) : undefined;
  return path === undefined ? undefined : [...path, "spec"];
}

/** The pods of a workload; none of one that has no pod spec. */
export const workloadTemplates = (object: ManifestObject): readonly PodTemplate[] =>
  templatesAt(object.value, podPathOf(object) ?? []).flatMap(({ names, value }) =>
    podTemplate(object, [objectName(object), ...names].join(", "), value),
  );

interface Found {
  readonly value: Value;
  /** Of the list entries on the way there. */
  readonly names: readonly string[];
}

/** What is at the end of a way. */
function templatesAt(value: Value, [step, ...rest]: readonly string[]): readonly Found[] {
  if (step === undefined) return [{ value, names: [] }];
  if (!step.endsWith("[]")) {
    const next = field(value, step);
    return next === undefined ? [] : templatesAt(next, rest);
  }
  return items(field(value, step.slice(0, -"[]".length))).flatMap((entry, index) =>
    templatesAt(entry, rest).map(({ value: end, names }) => ({
      value: end,
      names: [text(field(entry, "name")) ?? `${index}`, ...names],
    })),
  );
}

function podTemplate(object: ManifestObject, name: string, template: Value): readonly PodTemplate[] {
  const spec = field(template, "spec");
  if (!isMapping(spec)) return [];
  const read = readPodSpec(spec, textMap(at(template, "metadata", "annotations")));
  const pod = isKnative(object) ? withKnativeNames(read) : read;
  const values = containerLists.flatMap((list) => items(field(spec, list)));
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
  const podContext = field(spec, "securityContext");
  return [
    {
      name,
      object,
      place: spec,
      pod,
      sources,
      home: { kind: "workload", template, spec, takesPodContext: !isKnative(object) || podContext !== undefined },
      podContext,
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
