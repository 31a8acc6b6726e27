/**
 * Containers that a controller adds to the Pods of its kind, or whole Pods that it makes beside them. They have the security
 * context that the controller gives them, whatever the templates of the object say, and restricted judges them too.
 */
import type { Finding } from "../core/finding.ts";
import { isPatchApart, patchedContext } from "./argo-patch.ts";
import type { ArgoSettings } from "./argo-settings.ts";
import { makesPod, typeOf } from "./argo-template.ts";
import { workflowSpec } from "./argo.ts";
import { finding } from "./findings.ts";
import type { JudgedTemplate } from "./judged.ts";
import type { Policy } from "./namespaces.ts";
import { objectName, textMap, type ManifestObject } from "./objects.ts";
import { shortSpan } from "./place.ts";
import { evaluatePod, policyText } from "./pod-security/evaluate.ts";
import { emptyPod, type Container, type Pod, type SecurityContext } from "./pod-security/pod.ts";
import { firstField, podContextOf, runPodTemplate } from "./tekton-pod-template.ts";
import type { TektonSettings } from "./tekton-settings.ts";
import { ownContext } from "./tekton-own.ts";
import { readContainer, readPodSecurityContext, readVolumes } from "./read-pod.ts";
import { at, bool, field, isMapping, items, text, type Value } from "./yaml/read.ts";

/** A container that no Pod template holds. */
interface Added {
  readonly container: Container;
  /** Who adds it, and to what: `KubeRay adds the container "autoscaler" to the head`. */
  readonly words: string;
  /** The template of the Pod that it is added to; undefined of one that it has for itself. */
  readonly to: Value | undefined;
  /** What else the object says of a Pod that it has for itself. */
  readonly own?: Partial<Pod>;
  readonly place: Value;
  readonly way: string;
  /** The controller may be set up so that it gives the container a context. */
  readonly depends?: true;
}

/** What the files say of the controllers. */
interface ControllerSettings {
  readonly argo: ArgoSettings | undefined;
  readonly tekton: TektonSettings;
}

/** Findings about what the controller of a kind adds; none where the policy takes it. */
export function addedContainerFindings(
  object: ManifestObject,
  judged: readonly JudgedTemplate[],
  { level, version }: Policy,
  settings: ControllerSettings,
): readonly Finding[] {
  const seen = new Set<string>();
  return addedTo(object, settings).flatMap(({ container, words, to, own, place, way, depends }) => {
    const pod: Pod = {
      ...podOf(judged, to),
      ...own,
      initContainers: [],
      containers: [container],
      ephemeralContainers: [],
    };
    const refusals = evaluatePod(pod, level, version).filter(
      ({ containers }) => own !== undefined || containers.includes(container),
    );
    const reasons = refusals.map(({ reason }) => reason).join(", ");
    // Templates of which the same is to be said are one finding.
    if (refusals.length === 0 || seen.has(`${words} ${reasons}`)) return [];
    seen.add(`${words} ${reasons}`);
    return [
      finding("added-container", {
        span: shortSpan(place),
        about: objectName(object),
        message: `${words}${depends === true ? ", by default without a security context" : ""}, and ${policyText(level, version)} refuses the Pod for it: ${reasons}`,
        fix: { title: way, applicability: "manual" },
        ...(depends === true ? { severity: "warning", open: true } : {}),
      }),
    ];
  });
}

/** The Pod that was read from a template. */
function podOf(judged: readonly JudgedTemplate[], template: Value | undefined): Pod {
  const found = judged.find(
    ({ template: { home } }) => home.kind === "workload" && home.template.node === template?.node,
  );
  return found?.template.pod ?? emptyPod;
}

const bare = (name: string): Container => ({ name, ports: [], hosts: [] });

function addedTo(object: ManifestObject, { argo, tekton }: ControllerSettings): readonly Added[] {
  const spec = field(object.value, "spec");
  if (spec === undefined) return [];
  switch (`${object.group} ${object.kind}`) {
    case "argoproj.io EventSource":
    case "argoproj.io Sensor":
      return argoEvents(spec);
    case "argoproj.io ClusterWorkflowTemplate":
    case "argoproj.io CronWorkflow":
    case "argoproj.io Workflow":
    case "argoproj.io WorkflowTemplate":
      return argoExecutor(object, argo);
    case "kubeflow.org MPIJob":
      return mpiJob(object, spec);
    case "kubeflow.org PyTorchJob":
      return pyTorchJob(spec);
    case "ray.io RayCluster":
      return rayCluster(spec);
    case "ray.io RayCronJob": {
      const job = field(spec, "jobTemplate");
      return job === undefined ? [] : rayJob(job);
    }
    case "ray.io RayJob":
      return rayJob(spec);
    case "ray.io RayService": {
      const cluster = field(spec, "rayClusterConfig");
      return cluster === undefined ? [] : rayCluster(cluster);
    }
    case "tekton.dev PipelineRun":
      return affinityAssistant(object, spec, tekton);
    default:
      return [];
  }
}

/**
 * The Pod that holds a claim for the Pods of a run: of the run's podTemplate it takes the security context and the node
 * selector, of its own default template what that does not have.
 * @see https://github.com/tektoncd/pipeline/blob/main/pkg/reconciler/pipelinerun/affinity_assistant.go
 */
function affinityAssistant(object: ManifestObject, spec: Value, settings: TektonSettings): readonly Added[] {
  const claim = items(field(spec, "workspaces")).find((one) =>
    ["persistentVolumeClaim", "volumeClaimTemplate"].some((source) => field(one, source) !== undefined),
  );
  if (settings.assistants === "none" || (settings.assistants === "claims" && claim === undefined)) return [];
  const templates = [runPodTemplate(spec, object).template, settings.assistantTemplate].filter(isMapping);
  const own = ownContext(settings, firstField(templates, "nodeSelector"));
  const onPod = readPodSecurityContext(podContextOf({ podTemplates: templates }));
  return [
    {
      container: { ...bare("affinity-assistant"), ...(own === undefined ? {} : { securityContext: own }) },
      words: "Tekton makes a Pod of its own for the run, the affinity assistant",
      to: undefined,
      own: onPod === undefined ? {} : { securityContext: onPod },
      place: claim ?? spec,
      way:
        own === undefined
          ? "Set set-security-context, or coschedule: disabled, in Tekton's feature-flags"
          : "See to the run's podTemplate, or set coschedule: disabled in Tekton's feature-flags",
    },
  ];
}

/**
 * What KubeRay adds to workers has the context of their first container, and is judged with it.
 * @see https://github.com/ray-project/kuberay/blob/master/ray-operator/controllers/ray/common/pod.go DefaultHeadPodTemplate
 */
function rayCluster(spec: Value): readonly Added[] {
  const switchedOn = field(spec, "enableInTreeAutoscaling");
  if (switchedOn === undefined || bool(switchedOn) !== true) return [];
  const options = field(spec, "autoscalerOptions");
  return [
    {
      container: options === undefined ? bare("autoscaler") : readContainer(options, "autoscaler"),
      words: 'KubeRay adds the container "autoscaler" to the head',
      to: at(spec, "headGroupSpec", "template"),
      place: options ?? switchedOn,
      way: "Write autoscalerOptions.securityContext",
    },
  ];
}

/**
 * The Pod that submits the job, or its container in the head.
 * @see https://github.com/ray-project/kuberay/blob/master/ray-operator/controllers/ray/common/job.go GetSubmitterTemplate
 */
function rayJob(spec: Value): readonly Added[] {
  const cluster = field(spec, "rayClusterSpec");
  const own = cluster === undefined ? [] : rayCluster(cluster);
  const written = field(spec, "submissionMode");
  const mode = text(written) ?? "K8sJobMode";
  const submitter = {
    container: bare("ray-job-submitter"),
    to: undefined,
    place: written ?? spec,
    way: "Write a submitterPodTemplate, with submissionMode: K8sJobMode, or let submissionMode: HTTPMode do without",
  };
  if (mode === "SidecarMode")
    return [
      ...own,
      {
        ...submitter,
        words: 'KubeRay adds the container "ray-job-submitter" to the head',
        to: at(cluster, "headGroupSpec", "template"),
      },
    ];
  if (mode !== "K8sJobMode" || field(spec, "submitterPodTemplate") !== undefined) return own;
  return [...own, { ...submitter, words: "KubeRay makes a Pod that submits the job" }];
}

/** @see https://github.com/kubeflow/trainer/blob/release-1.9/pkg/controller.v1/pytorch/initcontainer.go setInitContainer */
function pyTorchJob(spec: Value): readonly Added[] {
  const worker = at(spec, "pytorchReplicaSpecs", "Worker");
  if (worker === undefined || at(spec, "pytorchReplicaSpecs", "Master") === undefined) return [];
  return [
    {
      container: bare("init-pytorch"),
      words: 'the training operator adds the container "init-pytorch" to the workers',
      to: field(worker, "template"),
      place: worker,
      way: "See that the operator's --pytorch-init-container-template-file has a securityContext",
      depends: true,
    },
  ];
}

/** @see https://github.com/kubeflow/trainer/blob/release-1.9/pkg/controller.v1/mpi/mpijob_controller.go newLauncher */
function mpiJob({ version }: ManifestObject, spec: Value): readonly Added[] {
  const launcher = at(spec, "mpiReplicaSpecs", "Launcher");
  if (version !== "v1" || launcher === undefined) return [];
  return [
    {
      container: bare("kubectl-delivery"),
      words: 'the training operator adds the container "kubectl-delivery" to the launcher, without a security context',
      to: field(launcher, "template"),
      place: launcher,
      way: "Use the MPIJob of kubeflow.org/v2beta1, which adds none",
    },
  ];
}

/**
 * What fetches and saves for a template has the executor's context of the controller's ConfigMap, and what a podSpecPatch
 * gives it; that of a template which is a resource is restricted by itself.
 * @see https://github.com/argoproj/argo-workflows/blob/main/workflow/controller/workflowpod.go newExecContainer
 */
function argoExecutor(object: ManifestObject, settings: ArgoSettings | undefined): readonly Added[] {
  const spec = workflowSpec(object);
  return items(field(spec, "templates")).flatMap((template): readonly Added[] => {
    const patches = [spec, template].map((holder) => field(holder, "podSpecPatch"));
    // A patch that is not followed may give them one.
    if (!makesPod(template) || typeOf(template) === "resource") return [];
    if (patches.some((patch) => isPatchApart(patch, template))) return [];
    const added = (words: string, own: readonly SecurityContext[]): Added => {
      const [first, ...others] = settings?.executor === undefined ? own : [settings.executor, ...own];
      return {
        container: {
          ...bare("wait"),
          ...(first === undefined ? {} : { securityContext: Object.assign({ ...first }, ...others) }),
        },
        words,
        to: undefined,
        place: template,
        way: "Write a securityContext into executor in the ConfigMap workflow-controller-configmap, or one for each into a podSpecPatch",
        ...(settings === undefined ? { depends: true } : {}),
      };
    };
    const given = (["init", "wait"] as const).map((name) => ({
      name,
      own: patches.flatMap((patch) => patchedContext(patch, name) ?? []),
    }));
    if (given.every(({ own }) => own.length === 0))
      return [added('Argo adds the containers "init" and "wait" to its Pods', [])];
    return given.map(({ name, own }) => added(`Argo adds the container "${name}" to its Pods`, own));
  });
}

/**
 * The Pod that a Sensor or an EventSource is itself.
 * @see https://github.com/argoproj/argo-events/blob/master/pkg/reconciler/sensor/resource.go buildDeploymentSpec
 */
function argoEvents(spec: Value): readonly Added[] {
  const template = field(spec, "template");
  const written = field(template, "container");
  const context = readPodSecurityContext(field(template, "securityContext"));
  return [
    {
      container: written === undefined ? bare("main") : readContainer(written, "main"),
      words: 'Argo Events makes a Pod of this with the container "main"',
      to: undefined,
      own: {
        annotations: textMap(at(template, "metadata", "annotations")),
        volumes: readVolumes(template),
        ...(context === undefined ? {} : { securityContext: context }),
      },
      place: template ?? spec,
      way: "Write spec.template.container.securityContext",
    },
  ];
}
