/** What Tekton itself says. Sources: tektoncd/pipeline pkg/reconciler/taskrun/taskrun.go, pkg/credentials/writer/writer.go. */
import type { KnownMessage } from "../message.ts";

const re = String.raw;

export const tektonMessages: readonly KnownMessage[] = [
  {
    id: "unsuccessful-cred-copy",
    from: "Tekton's entrypoint",
    pattern: re`unsuccessful cred copy(?:: "(?<file>[^"]{0,256})" from "[^"]{0,256}" to "(?<home>[^"]{0,256})"(?:: unable to (?:create destination directory|open destination|read|open)[^"]{0,40}?(?:: (?:mkdir|open) (?<path>[^\s:]{1,512}): (?:permission denied|read-only file system))?)?)?`,
    example: `2024/05/01 10:00:00 warning: unsuccessful cred copy: ".docker" from "/tekton/creds" to "/": unable to create destination directory: mkdir /.docker: permission denied`,
    means:
      'The step may not write its home folder ("%{home|/ as a rule}"), so Tekton could not put the credentials of the service account there. It is only a warning: the step goes on, and then logs in as nobody ("unauthorized", "authentication required"). A home of "/" means that the uid has no line in the image\'s /etc/passwd; Tekton sets no HOME.',
    decides: [
      { file: "the image's Containerfile", field: "the passwd line of its USER (home folder, and its owner)" },
      { file: "%{where}", field: "%{at}.env HOME" },
    ],
    steps: [
      {
        do: "The image is yours: have an account with a writable home made.",
        run: "image-fix ./Containerfile",
      },
      {
        do: "It is not: give the step HOME=/tekton/home, a writable folder that Tekton mounts in every step (env: [{name: HOME, value: /tekton/home}]).",
      },
    ],
    rules: ["home-unset", "no-passwd-entry"],
  },
  {
    id: "pod-admission-failed",
    from: "Tekton",
    // Older releases say CouldntGetTask or PodCreationFailed (tektoncd/pipeline#5693, tektoncd/dashboard#2839).
    pattern: re`PodAdmissionFailed|CouldntGetTask|PodCreationFailed`,
    example: `ci   False   PodAdmissionFailed   3s   3s`,
    means:
      "The pod of the TaskRun could not be made, as a rule because the API server refused it, so no step ran. The word is only the reason (older releases say CouldntGetTask for it too); the condition's message says what is missing.",
    decides: [{ file: "the TaskRun", field: "status.conditions[].message" }],
    steps: [
      {
        do: "Have the whole status explained.",
        run: "kubectl get taskrun%{inNamespace} %{taskRun|TASKRUN} -o yaml | image-fix explain -",
      },
      { do: "Or judge the Task without a cluster.", run: "image-fix manifest task.yaml" },
    ],
    weak: true,
  },
  {
    id: "task-run-pod-not-created",
    from: "Tekton",
    pattern: re`failed to create task run pod "(?<taskRun>[^"]{1,253})"(?:: .{0,400}?Maybe (?:missing or invalid Task (?<task>[^\s"']{1,253}?)|invalid TaskSpec)(?=[."'\s]|$))?`,
    example: `failed to create task run pod "ci": translating TaskSpec to Pod: serviceaccounts "builder" not found. Maybe missing or invalid Task build/ci`,
    means:
      'The pod of the TaskRun "%{taskRun}" could not be made. "Maybe missing or invalid Task" is a guess that Tekton puts behind every such error: the Task is there as a rule. What counts is the text between the two, and this one is not about Pod Security or users.',
    decides: [{ file: "the TaskRun", field: 'status.conditions[].message, between the first colon and "Maybe"' }],
    steps: [{ do: "Judge the Task without a cluster.", run: "image-fix manifest task.yaml" }],
    weak: true,
  },
  {
    id: "tekton-unknown-field",
    from: "Tekton's webhook",
    pattern: re`json: unknown field "(?<field>allowPrivilegeEscalation|capabilities|privileged|readOnlyRootFilesystem|procMount|fsGroup|fsGroupChangePolicy|supplementalGroups|sysctls|securityContext|podTemplate|runAsNonroot)"`,
    example: `admission webhook "webhook.pipeline.tekton.dev" denied the request: mutation failed: cannot decode incoming new object: json: unknown field "allowPrivilegeEscalation"`,
    means:
      'The field "%{field}" does not exist where it stands. allowPrivilegeEscalation, capabilities, privileged, procMount and readOnlyRootFilesystem are fields of containers only: they belong into a step, a sidecar or stepTemplate, never under podTemplate.securityContext. fsGroup, supplementalGroups and sysctls are the pod\'s only. Hence a podTemplate alone can never satisfy restricted.',
    decides: [
      {
        file: "the Task",
        field: "spec.steps[].securityContext, spec.sidecars[].securityContext, spec.stepTemplate.securityContext",
      },
      { file: "the TaskRun", field: "spec.podTemplate.securityContext (pod fields)" },
    ],
    steps: [
      { do: "See every field that does not exist where it stands.", run: "image-fix manifest task.yaml" },
      { do: "Have the fields written where they work.", run: "image-fix manifest --fix task.yaml" },
    ],
  },
  {
    id: "tekton-webhook-denied",
    from: "Tekton's webhook",
    pattern: re`admission webhook "(?:validation\.)?webhook\.pipeline\.tekton\.dev" denied the request: (?:validation|mutation) failed: (?<why>[^\n]{1,512})`,
    example: `admission webhook "validation.webhook.pipeline.tekton.dev" denied the request: validation failed: script cannot be used with command: spec.steps[0].script`,
    means:
      'Tekton does not take the object as it is written: "%{why}". This is not about users or Pod Security, and no Pod was made. "impossible ParamValues.Type" is a parameter without a value.',
    decides: [{ file: "the object's file", field: "the path at the end of the message, such as spec.steps[0].script" }],
    steps: [{ do: "Have the line shown, without a cluster.", run: "image-fix manifest task.yaml" }],
    rules: ["refused-by-tekton"],
    weak: true,
  },
  {
    id: "step-exited",
    from: "Tekton",
    pattern: re`"(?<container>(?:step|sidecar)-[^"]{1,63})" exited with code (?<code>\d{1,3})(?: \(image: "(?<image>[^"]{1,512})"\))?(?:; for logs run: kubectl -n (?<namespace>[^\s]{1,63}) logs (?<pod>[^\s]{1,253}) -c [^\s"']{1,63})?`,
    example: `"step-build" exited with code 126 (image: "docker.io/library/alpine@sha256:0000"); for logs run: kubectl -n build logs ci-pod -c step-build`,
    means:
      "The container was admitted and started, so Pod Security and the kubelet are content; its own program ended with %{code}. The reason is in its log. (126 and 127 are a shell's words for a file that may not be run, or is not there.)",
    decides: [{ file: "the step's log", field: "the last lines" }],
    steps: [
      {
        do: "Have the log explained.",
        run: "kubectl logs%{inNamespace} %{pod|POD} -c %{container} | image-fix explain -",
      },
    ],
    weak: true,
  },
];
