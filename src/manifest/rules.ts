/**
 * The rules of `image-fix manifest`, in words: for its findings, for `explain` and for the docs page. Light on purpose, so
 * that explaining a rule loads no YAML reader.
 */
import type { Severity } from "../core/finding.ts";

export interface ManifestRule {
  readonly id: string;
  /** What must hold, without a full stop. */
  readonly title: string;
  readonly severity: Severity;
  /** What goes wrong otherwise, and where that is decided. */
  readonly why: string;
  /** What to do. */
  readonly fix: string;
}

const written = "image-fix manifest --fix writes it";

export const manifestRules = [
  {
    id: "allow-privilege-escalation",
    title: "Every container sets allowPrivilegeEscalation: false",
    severity: "error",
    why: "Pod Security restricted refuses a Pod with a container that does not set it; there is no such field on the Pod. The check is allowPrivilegeEscalation.",
    fix: `${written}: in the stepTemplate or the steps of a Task, in sidecars, StepActions and workloads.`,
  },
  {
    id: "unrestricted-capabilities",
    title: "Every container drops ALL capabilities and adds none but NET_BIND_SERVICE",
    severity: "error",
    why: "Pod Security restricted looks for the word ALL, spelt so: all and CAP_ALL do not count, and CAP_NET_BIND_SERVICE is not NET_BIND_SERVICE. The checks are capabilities_restricted and, for what may be added at all, capabilities_baseline.",
    fix: `${written} or corrects the spelling. A capability that is added on purpose stays: such a container cannot run under restricted.`,
  },
  {
    id: "run-as-non-root",
    title: "Every container, or its Pod, sets runAsNonRoot: true, and none sets false",
    severity: "error",
    why: "Pod Security restricted refuses the Pod. With the field the kubelet checks the image's user, which image-fix audit does before.",
    fix: `${written}. The image needs a numeric non-root user then: image-fix Containerfile.`,
  },
  {
    id: "run-as-user-zero",
    title: "No container and no Pod sets runAsUser: 0",
    severity: "error",
    why: "Pod Security restricted refuses it, and with runAsNonRoot the kubelet does too: container's runAsUser breaks non-root policy.",
    fix: "Take the field out so that the image's user counts, or image-fix manifest --fix --run-as-user 65532.",
  },
  {
    id: "seccomp-profile",
    title: "Every container, or its Pod, sets seccompProfile.type to RuntimeDefault or Localhost",
    severity: "error",
    why: "Pod Security restricted refuses a Pod without it; an explicit Unconfined is refused even at baseline.",
    fix: `${written}.`,
  },
  {
    id: "privileged-container",
    title: "No container is privileged",
    severity: "error",
    why: "Neither baseline nor restricted lets one through.",
    fix: "Only a namespace labelled pod-security.kubernetes.io/enforce=privileged takes it. A build that needs no privilege is the way out: see cannot-run-restricted.",
  },
  {
    id: "host-namespaces",
    title: "The Pod shares no namespace of the host",
    severity: "error",
    why: "hostNetwork, hostPID and hostIPC are refused at baseline and restricted.",
    fix: "Take them out, or run the Pod in a privileged namespace.",
  },
  {
    id: "restricted-volume",
    title: "Volumes are of the types that restricted lets through",
    severity: "error",
    why: "Restricted takes configMap, csi, downwardAPI, emptyDir, ephemeral, image, persistentVolumeClaim, projected and secret; baseline refuses hostPath.",
    fix: "Use a persistentVolumeClaim, or an emptyDir for what need not last.",
  },
  {
    id: "host-port",
    title: "No container takes a port of the host",
    severity: "error",
    why: "hostPort is refused at baseline and restricted.",
    fix: "Take it out; a Service reaches the containerPort.",
  },
  {
    id: "probe-host",
    title: "Probes and lifecycle hooks name no host",
    severity: "error",
    why: "From policy version 1.34 on baseline refuses host in httpGet and tcpSocket.",
    fix: "Take host out: the Pod's own address is the default.",
  },
  {
    id: "proc-mount",
    title: "No container changes procMount",
    severity: "error",
    why: "Anything but Default is refused; from 1.35 on baseline takes it in user namespaces.",
    fix: "Take procMount out.",
  },
  {
    id: "selinux-options",
    title: "SELinux options stay within the allowed types, without user and role",
    severity: "error",
    why: "Baseline takes container_t, container_init_t, container_kvm_t and, from 1.31 on, container_engine_t.",
    fix: "Take the options out, or use one of these types.",
  },
  {
    id: "apparmor-profile",
    title: "AppArmor is not switched off",
    severity: "error",
    why: "Baseline takes RuntimeDefault and Localhost, in the field and in the old annotation.",
    fix: "Take the profile out, or set RuntimeDefault.",
  },
  {
    id: "unsafe-sysctl",
    title: "Sysctls are among the safe ones",
    severity: "error",
    why: "Baseline takes a short list of namespaced sysctls, which grows with the policy's version.",
    fix: "Take the others out.",
  },
  {
    id: "windows-host-process",
    title: "No Windows container is a host process",
    severity: "error",
    why: "hostProcess is refused at baseline and restricted.",
    fix: "Take it out, or run the Pod in a privileged namespace.",
  },
  {
    id: "cannot-run-restricted",
    title: "What needs privileges is not made to look restricted",
    severity: "error",
    why: "buildah, kaniko, docker-in-docker, rootless BuildKit, privileged containers, host paths and added capabilities stop working when the four fields are written, or stay refused with them.",
    fix: "A namespace of its own with enforce=baseline (buildah then needs capabilities.add SETFCAP, no allowPrivilegeEscalation: false, and seccompProfile left unset), or a builder that needs no privilege: ko, jib, apko, or buildctl with a remote buildkitd.",
  },
  {
    id: "invalid-security-context",
    title: "A security context does not contradict itself",
    severity: "error",
    why: "The API server refuses privileged: true or CAP_SYS_ADMIN together with allowPrivilegeEscalation: false, ids outside 0 … 2147483647, and a seccomp or AppArmor profile without a type or whose localhostProfile does not go with it, before any policy is asked.",
    fix: "Decide for one of the two, or write what the message asks for.",
  },
  {
    id: "wrong-type",
    title: "Security fields and lists of containers have the type and words that the API expects",
    severity: "error",
    why: 'A quoted "true" or "80" is a text, not a truth value or a number, and seccompProfile.type knows RuntimeDefault but no runtime/default; the API server does not take it.',
    fix: `Write what the message names, spelt so; ${written} where it is one of the four.`,
  },
  {
    id: "unknown-kind",
    title: "An object says its apiVersion and its kind as the API spells them",
    severity: "error",
    why: 'The API server refuses what has no apiVersion or no kind, and knows no kind "pod". Nothing of it is judged. A document with neither may be a patch for kubectl patch: that is an info.',
    fix: "Write both: apiVersion: v1, kind: Pod.",
  },
  {
    id: "not-judged",
    title: "What holds containers is of a kind whose Pods are known",
    severity: "warning",
    why: "An operator's resource becomes Pods by a controller of its own, which may add to them or take from them, and a podSpecPatch of Argo Workflows may change what is judged. Nothing of it was judged, so that it does not pass for clean.",
    fix: "Judge the Pods that the controller has made: kubectl get pods -o yaml | image-fix manifest -. Where you know them, write an ignore comment.",
  },
  {
    id: "no-containers",
    title: "A Pod has containers, a Task has steps",
    severity: "error",
    why: "The API server refuses a Pod whose containers are an empty list or nothing, and Tekton a Task without steps. Where the list is not written at all, the file may be a patch that another one completes: that is an info.",
    fix: "Write the list where the message says; judge a patch in what kustomize build prints.",
  },
  {
    id: "refused-by-tekton",
    title: "Tekton's webhook takes the object",
    severity: "warning",
    why: "Two steps of one name, a script beside a command, a parameter that nobody declares, a task that is named and not there: Tekton refuses the object when it is applied, so that there is no Pod. What hangs on a cluster's settings is not said. It is a warning, since releases differ (held against 1.15) and the Pod's security is another matter. A run without a Task or Pipeline may be a patch: that is an info.",
    fix: "Correct what the message names.",
  },
  {
    id: "task-taken-for-custom",
    title: "A pipeline refers to Tekton's own Tasks without an apiVersion",
    severity: "error",
    why: "Tekton takes a taskRef with an apiVersion for a custom task's, also where it is tekton.dev/v1 (tektoncd/pipeline#6457): it makes a CustomRun that no controller runs, and the run waits until it times out. A TaskRun may have one.",
    fix: "Take apiVersion out of the taskRef.",
  },
  {
    id: "misplaced-field",
    title: "Security fields stand where the API has them",
    severity: "error",
    why: "A field that does not exist where it stands is refused or dropped in silence. allowPrivilegeEscalation, capabilities and privileged exist on containers only; fsGroup and sysctls on Pods only; a Task has no podTemplate. Knative takes a Pod's securityContext only where its flag kubernetes.podspec-securitycontext is on: that is a warning.",
    fix: "Move it to where the message says.",
  },
  {
    id: "step-action-context-lost",
    title: "No securityContext stands beside a step's ref",
    severity: "error",
    why: "Tekton takes the StepAction's securityContext, also where that has none; what stands beside ref is lost (tektoncd/pipeline#10634).",
    fix: "Put it into the StepAction, or into the Task's stepTemplate, which reaches resolved steps too.",
  },
  {
    id: "pod-template-replaced",
    title: "A task's podTemplate repeats what the run's podTemplate sets",
    severity: "warning",
    why: "securityContext is one field to Tekton's merge: that of taskRunSpecs replaces that of the run whole, and both replace default-pod-template. runAsNonRoot or seccompProfile set above is gone.",
    fix: "Repeat the fields in the task's podTemplate.",
  },
  {
    id: "pod-template-not-enough",
    title: "A podTemplate alone does not make a run restricted",
    severity: "warning",
    why: "allowPrivilegeEscalation and capabilities do not exist on a Pod, so that no podTemplate can satisfy restricted; the Task's steps need them.",
    fix: "Write the fields into the Task: image-fix manifest --fix with the Task's file.",
  },
  {
    id: "run-as-user-without-group",
    title: "runAsUser comes with runAsGroup",
    severity: "warning",
    why: "Without runAsGroup the process gets the gid of the uid's line in the image's passwd, and gid 0 where there is none.",
    fix: "Set runAsGroup beside it, and fsGroup where volumes are written: --run-as-user 65532 sets all three.",
  },
  {
    id: "set-security-context",
    title: "Tekton gives its own containers a security context",
    severity: "error",
    why: "Without set-security-context the init containers prepare, place-scripts and working-dir-initializer have none, and every TaskRun of a restricted namespace is refused. The flag exists since Tekton Pipelines 0.49 and is off by default up to 1.15.",
    fix: "Set it: image-fix manifest --tekton-config prints the patch.",
  },
  {
    id: "added-container",
    title: "What a controller adds to its Pods is restricted too",
    severity: "error",
    why: "Argo's init and wait, the Pods of Argo Events, KubeRay's autoscaler and job submitter, the training operator's init containers and Tekton's affinity assistant may have no security context of their own, so that restricted refuses a Pod whose own containers it would take. Where the controller's settings can give them one, nothing is known of it here, and it is a warning.",
    fix: "Do what the message says: the field that reaches the container, or the controller's setting.",
  },
  {
    id: "namespace-label",
    title: "Pod Security labels of a Namespace have values that exist",
    severity: "error",
    why: "A level other than privileged, baseline and restricted, or a version other than latest and v1.N, is refused.",
    fix: "Correct the value.",
  },
  {
    id: "refused-reference",
    title: "What a run refers to makes a Pod that is admitted",
    severity: "error",
    why: "The Pod of this run is made of a Task in another object, whose steps or sidecars lack fields.",
    fix: "Fix that Task: image-fix manifest --fix with its file.",
  },
  {
    id: "not-given",
    title: "What a run refers to is among the files",
    severity: "warning",
    why: "A Task, Pipeline or StepAction that is elsewhere decides whether the Pod is admitted, and was not read.",
    fix: "Name its file too, or the folder that holds both.",
  },
] as const satisfies readonly ManifestRule[];

export type ManifestRuleId = (typeof manifestRules)[number]["id"];

const byId: ReadonlyMap<string, ManifestRule> = new Map(manifestRules.map((rule) => [rule.id, rule]));

/** The rule of an id; undefined of one that is not a manifest's. */
export const manifestRule = (id: string): ManifestRule | undefined => byId.get(id);
