/** Pods of Kubernetes' own kinds, and of others that hold whole Pod templates which their controller takes as they are. */
import { isKnative, withKnativeNames } from "./knative.ts";
import { objectName, textMap, type ManifestObject } from "./objects.ts";
import { containerLists, readPodSpec } from "./read-pod.ts";
import { invocationOf, type ContainerSource, type ImageUse, type PodTemplate } from "./template.ts";
import { at, entries, field, isMapping, items, text, type Value } from "./yaml/read.ts";

/**
 * From an object down to what has `metadata` and `spec`; `name[]` stands for every entry of the list `name`, `name{}` for every
 * value of the map.
 */
type PodPath = readonly string[];
/** By kind. A Map, since a kind may be called as a member of every object (`constructor`). */
type PodPaths = ReadonlyMap<string, readonly PodPath[]>;

const inSpec = ["spec", "template"];
const allAt = (path: PodPath, ...kinds: readonly string[]): PodPaths => new Map(kinds.map((kind) => [kind, [path]]));
/** Where each kind keeps its Pods. */
const podPaths: PodPaths = new Map([
  ...allAt([], "Pod"),
  ...allAt(["template"], "PodTemplate"),
  ...allAt(inSpec, "ReplicationController", "ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job"),
  ...allAt(["spec", "jobTemplate", ...inSpec], "CronJob"),
]);
/** The API groups of these kinds. */
export const podGroups: ReadonlySet<string> = new Set(["", "apps", "batch", "extensions"]);
export const podKinds: readonly string[] = [...podPaths.keys()];

const volcanoJob = ["spec", "tasks[]", "template"];
const jobSet = ["spec", "replicatedJobs[]", "template", ...inSpec];
const replicas = (kind: string, name: string): PodPaths => allAt(["spec", `${name}{}`, "template"], kind);
const rayCluster = (...spec: readonly string[]): readonly PodPath[] => [
  [...spec, "headGroupSpec", "template"],
  [...spec, "workerGroupSpecs[]", "template"],
];
const rayJob = (...spec: readonly string[]): readonly PodPath[] => [
  ...rayCluster(...spec, "rayClusterSpec"),
  [...spec, "submitterPodTemplate"],
];
/** The same of other APIs' kinds, by group; a template may be missing there (a Rollout may name a Deployment). */
const podPathsOfOthers: ReadonlyMap<string, PodPaths> = new Map([
  // https://github.com/actions/actions-runner-controller/blob/master/apis/actions.github.com/v1alpha1/autoscalingrunnerset_types.go
  ["actions.github.com", allAt(inSpec, "AutoscalingRunnerSet")],
  ["apps.kruise.io", allAt(inSpec, "BroadcastJob", "CloneSet", "DaemonSet", "StatefulSet")],
  ["apps.openshift.io", allAt(inSpec, "DeploymentConfig")],
  ["argoproj.io", allAt(inSpec, "Rollout")],
  // https://github.com/volcano-sh/volcano/blob/master/staging/src/volcano.sh/apis/pkg/apis/batch/v1alpha1/job.go
  [
    "batch.volcano.sh",
    new Map([...allAt(volcanoJob, "Job"), ...allAt(["spec", "jobTemplate", ...volcanoJob], "CronJob")]),
  ],
  // https://github.com/kubernetes-sigs/jobset/blob/main/api/jobset/v1alpha2/jobset_types.go
  ["jobset.x-k8s.io", allAt(jobSet, "JobSet")],
  ["keda.sh", allAt(["spec", "jobTargetRef", "template"], "ScaledJob")],
  // https://github.com/kubeflow/trainer/tree/release-1.9/pkg/apis/kubeflow.org/v1; MXJob up to 1.8
  [
    "kubeflow.org",
    new Map([
      ...replicas("JAXJob", "jaxReplicaSpecs"),
      ...replicas("MPIJob", "mpiReplicaSpecs"),
      ...replicas("MXJob", "mxReplicaSpecs"),
      ...replicas("PaddleJob", "paddleReplicaSpecs"),
      ...replicas("PyTorchJob", "pytorchReplicaSpecs"),
      ...replicas("TFJob", "tfReplicaSpecs"),
      ...replicas("XGBoostJob", "xgbReplicaSpecs"),
      // https://github.com/kubeflow/notebooks, components/notebook-controller/api/v1/notebook_types.go
      ...allAt(inSpec, "Notebook"),
    ]),
  ],
  // https://github.com/kubernetes-sigs/lws/blob/main/api/leaderworkerset/v1/leaderworkerset_types.go
  [
    "leaderworkerset.x-k8s.io",
    new Map([
      [
        "LeaderWorkerSet",
        ["leaderTemplate", "workerTemplate"].map((template) => ["spec", "leaderWorkerTemplate", template]),
      ],
    ]),
  ],
  // https://github.com/operator-framework/api/blob/master/pkg/operators/v1alpha1/clusterserviceversion_types.go
  ["operators.coreos.com", allAt(["spec", "install", "spec", "deployments[]", ...inSpec], "ClusterServiceVersion")],
  // https://github.com/ray-project/kuberay/tree/master/ray-operator/apis/ray/v1
  [
    "ray.io",
    new Map([
      ["RayCluster", rayCluster("spec")],
      ["RayCronJob", rayJob("spec", "jobTemplate")],
      ["RayJob", rayJob("spec")],
      ["RayService", rayCluster("spec", "rayClusterConfig")],
    ]),
  ],
  // https://github.com/knative/serving/blob/main/pkg/apis/serving/v1/revision_types.go: a RevisionSpec begins with a PodSpec.
  ["serving.knative.dev", new Map([...allAt(inSpec, "Configuration", "Service"), ...allAt([], "Revision")])],
  // https://github.com/knative/eventing/tree/main/pkg/apis/sinks/v1alpha1 and …/sources/v1
  ["sinks.knative.dev", allAt(["spec", "job", ...inSpec], "JobSink")],
  ["sources.knative.dev", allAt(inSpec, "ContainerSource")],
  // https://github.com/kubeflow/trainer/blob/master/pkg/apis/trainer/v1alpha1/trainingruntime_types.go
  ["trainer.kubeflow.org", allAt([...inSpec, ...jobSet], "ClusterTrainingRuntime", "TrainingRuntime")],
]);

const podPathsOf = ({ group, kind }: ManifestObject): readonly PodPath[] =>
  (podGroups.has(group) ? podPaths : podPathsOfOthers.get(group))?.get(kind) ?? [];

export const isWorkload = (object: ManifestObject): boolean => podPathsOf(object).length > 0;

/** Where one of Kubernetes' own kinds has to have its pod spec; undefined of others. */
export function podSpecPath(object: ManifestObject): readonly string[] | undefined {
  const [path] = podGroups.has(object.group) ? podPathsOf(object) : [];
  return path === undefined ? undefined : [...path, "spec"];
}

/** The pods of a workload; none of one that has no pod spec. */
export function workloadTemplates(object: ManifestObject): readonly PodTemplate[] {
  const paths = podPathsOf(object);
  return paths.flatMap((path) =>
    templatesAt(object.value, path).flatMap(({ names, value }) =>
      podTemplate(
        object,
        [objectName(object), ...(names.length === 0 && paths.length > 1 ? [nameOfPath(path)] : names)].join(", "),
        value,
      ),
    ),
  );
}

/** What a Pod is called that is one of several and stands in no list: `headGroupSpec`. */
const nameOfPath = (path: PodPath): string => path.findLast((step) => step !== "template") ?? "";

interface Found {
  readonly value: Value;
  /** Of the entries of lists and maps on the way there. */
  readonly names: readonly string[];
}

/** What is at the end of a way. */
function templatesAt(value: Value, [step, ...rest]: PodPath): readonly Found[] {
  if (step === undefined) return [{ value, names: [] }];
  return stepsInto(value, step).flatMap((next) =>
    templatesAt(next.value, rest).map((end) => ({ value: end.value, names: [...next.names, ...end.names] })),
  );
}

function stepsInto(value: Value, step: string): readonly Found[] {
  const inside = field(value, step.replace(/\W+$/, ""));
  if (inside === undefined) return [];
  if (step.endsWith("[]")) {
    return items(inside).map((entry, index) => ({
      value: entry,
      names: [text(field(entry, "name")) ?? text(field(entry, "groupName")) ?? `${index}`],
    }));
  }
  if (!step.endsWith("{}")) return [{ value: inside, names: [] }];
  return entries(inside).flatMap((entry) =>
    entry.value === undefined ? [] : [{ value: entry.value, names: [entry.name] }],
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
