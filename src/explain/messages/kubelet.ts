/**
 * The kubelet's four texts under `runAsNonRoot: true`, and the reason that it gives them.
 * Source: kubernetes `pkg/kubelet/kuberuntime/security_context_others.go`. Kubelets up to 1.20 print no pod and container.
 */
import { podTail, type KnownMessage, type Step } from "../message.ts";

const re = String.raw;

const findImage: Step = {
  do: "See which image it is.",
  run: `kubectl get pod%{inNamespace} %{pod|POD} -o jsonpath='{range .spec.containers[*]}{.name}{" "}{.image}{"\\n"}{end}'`,
  unlessKnown: "image",
};
const auditImage: Step = { do: "See what the image says of itself.", run: "image-fix audit %{image|IMAGE}" };
const fixFile: Step = {
  do: "The image is yours: have its Containerfile rewritten, the image rebuilt, and the result proven.",
  run: "image-fix ./Containerfile",
};
const setUser: Step = {
  do: "The image is not yours: set a uid in the manifest. The kubelet then does not look at the image, and the application has to cope with that uid.",
  run: "image-fix manifest --fix --run-as-user 65532 %{manifest}",
};
const imageOrUser = [
  { file: "the image's Containerfile", field: "the last USER of the stage that ships" },
  { file: "%{where}", field: "%{at}.securityContext.runAsUser, which goes before the image" },
];

export const kubeletMessages: readonly KnownMessage[] = [
  {
    id: "tekton-image-user",
    from: "the kubelet",
    pattern: re`container has runAsNonRoot and image (?:will run as root|has non-numeric user \(.{0,256}?\), cannot verify user is non-root) \(pod: "(?<pod>[^"_ ]{1,253})_(?<namespace>[^"( ]{1,63})\([^)]{0,64}\)", container: (?<container>prepare|place-scripts|working-dir-initializer|sidecar-tekton-log-results|affinity-assistant)\)`,
    example: `Error: container has runAsNonRoot and image will run as root (pod: "ci-pod_build(5f1e3b52-8a56-4f5a-9a52-3f6b1a1b2c3d)", container: place-scripts)`,
    means:
      'The container "%{container}" is Tekton\'s own, not one of your steps. With set-security-context it gets runAsNonRoot: true and no runAsUser, so the image that Tekton starts there must have a numeric user. This one does not: a mirrored or rebuilt copy, or a very old release.',
    decides: [
      {
        file: "the image that the Tekton controller was told to use",
        field:
          "Config.User (the controller's arguments -entrypoint-image, -shell-image, -workingdirinit-image, -nop-image)",
      },
    ],
    steps: [
      {
        do: "See which image it is.",
        run: `kubectl get pod%{inNamespace} %{pod|POD} -o jsonpath='{range .spec.initContainers[*]}{.name}{" "}{.image}{"\\n"}{end}'`,
      },
      {
        do: "Use the release's own images, or rebuild that one with a numeric user.",
        run: "image-fix ./Containerfile",
      },
    ],
  },
  {
    id: "run-as-user-zero",
    from: "the kubelet",
    pattern: re`container's runAsUser breaks non-root policy${podTail}`,
    example: `Error: container's runAsUser breaks non-root policy (pod: "web-1_shop(5f1e3b52-8a56-4f5a-9a52-3f6b1a1b2c3d)", container: web)`,
    means:
      "The manifest contradicts itself for %{subject}: runAsNonRoot is true and runAsUser is 0. The image plays no part in it.",
    decides: [
      { file: "%{where}", field: "%{at}.securityContext.runAsUser" },
      { file: "%{podWhere}", field: "%{podAt}.runAsUser" },
    ],
    steps: [
      { do: "Find the places that set it.", run: "image-fix manifest %{manifest}" },
      {
        do: "Remove runAsUser: 0, so that the image decides, or have another uid written.",
        run: "image-fix manifest --fix --run-as-user 65532 %{manifest}",
      },
    ],
  },
  {
    id: "image-runs-as-root",
    from: "the kubelet",
    pattern: re`container has runAsNonRoot and image will run as root${podTail}`,
    example: `the step "build" in TaskRun "ci" failed to start. The pod errored with the message: "container has runAsNonRoot and image will run as root (pod: "ci-pod_build(5f1e3b52-8a56-4f5a-9a52-3f6b1a1b2c3d)", container: step-build)."`,
    means:
      "The pod asks for runAsNonRoot, and the image of %{subject} would start as uid 0: its Config.User is empty, 0, or has nothing before a colon. A Containerfile without USER gives such an image, and so does USER 0. (USER root gives the message about a non-numeric user.)",
    decides: imageOrUser,
    steps: [findImage, auditImage, fixFile, setUser],
    rules: ["root-user"],
  },
  {
    id: "image-user-is-root-by-name",
    from: "the kubelet",
    pattern: re`container has runAsNonRoot and image has non-numeric user \((?<user>root)\), cannot verify user is non-root${podTail}`,
    example: `container has runAsNonRoot and image has non-numeric user (root), cannot verify user is non-root`,
    means:
      'The image of %{subject} says USER root. The kubelet never looks names up, so it calls this "non-numeric" and not "root"; it is refused all the same, and there is no number to write for it but 0. The image needs another account.',
    decides: imageOrUser,
    steps: [findImage, auditImage, fixFile, setUser],
    rules: ["root-user", "symbolic-user"],
  },
  {
    id: "image-user-is-a-name",
    from: "the kubelet",
    pattern: re`container has runAsNonRoot and image has non-numeric user \((?<user>.{0,256}?)\), cannot verify user is non-root${podTail}`,
    example: `Error: container has runAsNonRoot and image has non-numeric user (nonroot), cannot verify user is non-root (pod: "web-1_shop(5f1e3b52-8a56-4f5a-9a52-3f6b1a1b2c3d)", container: web)`,
    means:
      'The image of %{subject} names its user by the word "%{user}". The kubelet does not look into the image\'s /etc/passwd, so it cannot tell whether that is root, whoever it is. The same account written as its number is accepted, and is the same process.',
    decides: imageOrUser,
    steps: [
      findImage,
      { do: "See which number the account has.", run: "image-fix audit %{image|IMAGE}" },
      {
        do: 'The image is yours: have "%{user}" replaced by its number, the image rebuilt, and the result proven.',
        run: "image-fix ./Containerfile",
      },
      {
        do: 'The image is not yours: set the uid of "%{user}" in the manifest (65532 here stands for it; the audit above prints it).',
        run: "image-fix manifest --fix --run-as-user 65532 %{manifest}",
      },
    ],
    rules: ["symbolic-user"],
  },
  {
    id: "image-uid-out-of-range",
    from: "the kubelet (1.34 and later)",
    pattern: re`container has runAsNonRoot and image has an invalid user id(?: \((?<uid>-?\d{1,40})\))?(?:\. \(Must be 1-\(\d+\)\): must be between \d+ and \d+, inclusive)?${podTail}`,
    example: `container has runAsNonRoot and image has an invalid user id (2147483648). (Must be 1-(2147483647)): must be between 0 and 2147483647, inclusive (pod: "web-1_shop(5f1e3b52-8a56-4f5a-9a52-3f6b1a1b2c3d)", container: web)`,
    means:
      "The image of %{subject} has the uid %{uid|that the message names}; Kubernetes takes 1 to 2147483647. This matters beyond the message: on older nodes such a number can end up as root (CVE-2024-40635, CVE-2026-46680).",
    decides: imageOrUser,
    steps: [findImage, fixFile, setUser],
    rules: ["invalid-uid"],
  },
  {
    id: "create-container-config-error",
    from: "the kubelet",
    pattern: re`CreateContainerConfigError|Failed to create pod due to config error`,
    example: `web-1   0/1   CreateContainerConfigError   0   12s`,
    means:
      "The kubelet could not put the container together, so nothing was started and no log exists. Under restricted it is nearly always the image's user; a missing ConfigMap or Secret gives the same word. The word is only the reason; the message stands beside it.",
    decides: [{ file: "the pod", field: "status.containerStatuses[].state.waiting.message" }],
    steps: [
      {
        do: "Have the whole status explained.",
        run: "kubectl get pod%{inNamespace} %{pod|POD} -o yaml | image-fix explain -",
      },
      {
        do: "In a TaskRun, the message is its condition's.",
        run: "kubectl get taskrun%{inNamespace} %{taskRun|TASKRUN} -o yaml | image-fix explain -",
      },
    ],
    weak: true,
  },
];
