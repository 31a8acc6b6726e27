/**
 * What the API server says of a manifest besides Pod Security: fields that contradict each other or do not exist.
 * Sources: kubernetes pkg/apis/core/validation/validation.go; the texts were seen at a 1.37 API server.
 */
import type { KnownMessage } from "../message.ts";

const re = String.raw;
const badValue = re`(?:(?<at2>spec(?:\.[A-Za-z]+(?:\[\d+\])?)*)\.securityContext: Invalid value: .{0,2000}?)?`;

export const apiServerMessages: readonly KnownMessage[] = [
  {
    id: "privileged-without-escalation",
    from: "the API server",
    pattern: re`${badValue}cannot set ${"`?"}allowPrivilegeEscalation${"`?"} to false and ${"`?"}privileged${"`?"} to true`,
    example:
      'The Pod "p" is invalid: spec.containers[0].securityContext: Invalid value: {"Privileged":true,"AllowPrivilegeEscalation":false}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
    means:
      "The container is privileged and forbids privilege escalation; the API knows no such container. Adding allowPrivilegeEscalation: false to a privileged container never makes it pass restricted: privileged itself is what restricted and baseline refuse.",
    decides: [
      { file: "%{where}", field: "%{at}.securityContext.privileged" },
      { file: "%{where}", field: "%{at}.securityContext.allowPrivilegeEscalation" },
    ],
    steps: [
      {
        do: "It works without privileges: remove privileged: true, and have the rest written.",
        run: "image-fix manifest --fix %{manifest}",
      },
      {
        do: "It does not (docker-in-docker, the catalog's buildah): take allowPrivilegeEscalation: false out again, and run it in a namespace of its own that enforces privileged, or take a builder that needs no privilege (ko, jib, apko, crane).",
      },
    ],
  },
  {
    id: "sys-admin-without-escalation",
    from: "the API server",
    pattern: re`${badValue}cannot set ${"`?"}allowPrivilegeEscalation${"`?"} to false and ${"`?"}capabilities\.Add${"`?"} CAP_SYS_ADMIN`,
    example:
      'The Pod "p" is invalid: spec.containers[0].securityContext: Invalid value: {"AllowPrivilegeEscalation":false}: cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN',
    means:
      "The container adds CAP_SYS_ADMIN and forbids privilege escalation, which the API refuses. Restricted and baseline refuse the capability anyway (its name there is SYS_ADMIN, without CAP_).",
    decides: [{ file: "%{where}", field: "%{at}.securityContext.capabilities.add" }],
    steps: [{ do: "Take the capability out; if the program needs it, it runs under neither baseline nor restricted." }],
  },
  {
    id: "guide-forbidden-capabilities",
    from: "a guide; no source of Kubernetes has this text",
    pattern: re`(?:Forbidden: )?cannot set securityContext\.capabilities`,
    example: `Forbidden: cannot set securityContext.capabilities`,
    means:
      'A guide explains this as "adding capabilities while dropping all". Kubernetes has no such rule: drop: [ALL] with add: [NET_BIND_SERVICE] is allowed, and is what restricted asks for when a capability is needed. What restricted refuses is adding any other one, in these words: unrestricted capabilities (container "…" must not include "…" in securityContext.capabilities.add).',
    decides: [{ file: "%{where}", field: "%{at}.securityContext.capabilities.add and .drop" }],
    steps: [
      { do: "See what the cluster would say, container by container.", run: "image-fix manifest %{manifest}" },
      { do: "Keep drop: [ALL], and add nothing but NET_BIND_SERVICE." },
    ],
  },
  {
    id: "id-out-of-range",
    from: "the API server",
    pattern: re`(?:(?<at2>spec(?:\.[A-Za-z]+(?:\[\d+\])?){0,6})\.securityContext\.)?(?<field>runAsUser|runAsGroup|fsGroup): Invalid value: "?(?<uid>-?\d{1,40})"?: must be between 0 and 2147483647, inclusive`,
    example: `The Pod "p" is invalid: spec.containers[0].securityContext.runAsUser: Invalid value: 3000000000: must be between 0 and 2147483647, inclusive`,
    means: "%{field} is %{uid}; Kubernetes takes 0 to 2147483647, and runAsNonRoot 1 to 2147483647.",
    decides: [{ file: "%{where}", field: "%{at}.securityContext.%{field}" }],
    steps: [
      { do: "Write another number, such as 65532; the image's files must suit it." },
      { do: "On OpenShift leave runAsUser out: the namespace gives each pod a uid of its own." },
    ],
  },
  {
    id: "id-is-no-number",
    from: "the API server",
    pattern: re`cannot unmarshal (?<type>string|bool|number|array|object)(?: [^\s]{1,64})? into Go struct field [A-Za-z0-9]{0,64}\.[A-Za-z.]{0,200}?(?<field>runAsUser|runAsGroup|runAsNonRoot|fsGroup|allowPrivilegeEscalation|privileged|drop|add) of type (?<wanted>[^\s,"]{1,64})`,
    example: `Error from server (BadRequest): error when creating "pod.yaml": Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal string into Go struct field SecurityContext.spec.containers.securityContext.runAsUser of type int64`,
    means:
      '%{field} is a %{type}, and the API wants %{wanted}: "int64" is a number without quotes, "bool" is true or false without quotes. A user name has no place in a manifest; only numbers have.',
    decides: [{ file: "the manifest", field: "%{field}" }],
    steps: [
      { do: "Write the value without quotes, as a number or true/false.", run: "image-fix manifest %{manifest}" },
    ],
  },
  {
    id: "kubectl-unknown-field",
    from: "kubectl",
    pattern: re`ValidationError\((?<at2>[A-Za-z.[\]0-9]{1,200})\): unknown field "(?<field>[A-Za-z]{1,64})" in io\.k8s\.api\.core\.v1\.(?<type>PodSecurityContext|SecurityContext|Container|PodSpec)`,
    example: `error: error validating "pod.yaml": error validating data: ValidationError(Pod.spec.securityContext): unknown field "capabilities" in io.k8s.api.core.v1.PodSecurityContext; if you choose to ignore these errors, turn validation off with --validate=false`,
    means:
      'A %{type} has no field "%{field}". The securityContext of a pod and that of a container are two different things: allowPrivilegeEscalation, capabilities, privileged and procMount exist on containers only, fsGroup and sysctls on pods only. With --validate=false the field would be dropped in silence.',
    decides: [{ file: "the manifest", field: "%{field}" }],
    steps: [{ do: "Have the fields written where they work.", run: "image-fix manifest --fix %{manifest}" }],
  },
  {
    id: "unknown-security-field",
    from: "the API server, or kubectl before it",
    pattern: re`(?:strict decoding error: )?unknown field "(?<field>[A-Za-z0-9.[\]]{0,200}?(?:securityContext\.[A-Za-z]{1,64}|allowPrivilegeEscalation|capabilities|runAsUser|runAsNonRoot|runAsNonroot|privileged))"(?:, unknown field "[A-Za-z0-9.[\]]{1,200}securityContext\.[A-Za-z]{1,64}"){0,20}`,
    example: `Error from server (BadRequest): error when creating "pod.yaml": Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.securityContext.allowPrivilegeEscalation", unknown field "spec.securityContext.capabilities"`,
    means:
      'The API knows no field "%{field}" there. allowPrivilegeEscalation, capabilities, privileged, procMount and readOnlyRootFilesystem are fields of containers only; fsGroup, supplementalGroups and sysctls of the pod only; and letter case counts (runAsNonRoot). Clusters that do not validate strictly drop such a field in silence.',
    decides: [{ file: "the manifest", field: "%{field}" }],
    steps: [
      { do: "See every field that does not exist where it stands.", run: "image-fix manifest %{manifest}" },
      { do: "Have the fields written where they work.", run: "image-fix manifest --fix %{manifest}" },
    ],
  },
  {
    id: "localhost-profile-missing",
    from: "the API server",
    pattern: re`seccompProfile\.localhostProfile: Required value: must be set when seccomp type is Localhost`,
    example: `The Pod "p" is invalid: spec.containers[0].securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost`,
    means: "type: Localhost names a profile file on the node, and localhostProfile, its path, is missing.",
    decides: [{ file: "the manifest", field: "seccompProfile.localhostProfile, below the kubelet's seccomp folder" }],
    steps: [{ do: "Without a profile of your own write type: RuntimeDefault.", run: "image-fix manifest %{manifest}" }],
  },
  {
    id: "seccomp-type-unsupported",
    from: "the API server",
    pattern: re`seccompProfile\.type: Unsupported value: "(?<value>[^"]{0,64})"`,
    example: `The Pod "p" is invalid: spec.containers[0].securityContext.seccompProfile.type: Unsupported value: "runtimedefault": supported values: "Localhost", "RuntimeDefault", "Unconfined"`,
    means:
      '"%{value}" is no type of seccomp profile; letter case counts. Restricted allows RuntimeDefault and Localhost.',
    decides: [{ file: "the manifest", field: "seccompProfile.type" }],
    steps: [{ do: "Write type: RuntimeDefault.", run: "image-fix manifest %{manifest}" }],
  },
  {
    id: "privileged-not-allowed",
    from: "the API server (started without --allow-privileged)",
    pattern: re`(?:(?<at2>spec\.[A-Za-z]+\[\d+\])\.)?securityContext\.privileged: Forbidden: disallowed by cluster policy`,
    example: `The Pod "p" is invalid: spec.containers[0].securityContext.privileged: Forbidden: disallowed by cluster policy`,
    means: "This cluster takes no privileged container in any namespace.",
    decides: [{ file: "%{where}", field: "%{at}.securityContext.privileged" }],
    steps: [
      { do: "Remove privileged: true, and have the four fields written.", run: "image-fix manifest --fix %{manifest}" },
    ],
  },
  {
    id: "windows-pod-field",
    from: "the API server",
    pattern: re`securityContext\.(?<field>[A-Za-z.]{1,64}): Forbidden: cannot be set for a windows pod`,
    example: `The Pod "w" is invalid: spec.containers[0].securityContext.allowPrivilegeEscalation: Forbidden: cannot be set for a windows pod`,
    means:
      "With spec.os.name: windows the Linux fields may not be set, and restricted does not ask for allowPrivilegeEscalation, capabilities and seccompProfile there; runAsNonRoot it does.",
    decides: [{ file: "the manifest", field: "securityContext.%{field}; spec.os.name" }],
    steps: [{ do: "Remove the field and keep runAsNonRoot: true." }],
    rules: ["windows-image"],
  },
  {
    id: "unmasked-proc-mount",
    from: "the API server",
    pattern: re`procMount: Invalid value: "(?<value>[^"]{0,64})": ${"`?"}hostUsers${"`?"} must be false`,
    example:
      'The Pod "p" is invalid: spec.containers[0].securityContext.procMount: Invalid value: "Unmasked": `hostUsers` must be false to use `Unmasked`',
    means: "procMount: Unmasked needs a user namespace (hostUsers: false), and restricted refuses it even then.",
    decides: [{ file: "the manifest", field: "securityContext.procMount" }],
    steps: [{ do: "Leave procMount out." }],
  },
  {
    id: "pod-fields-fixed",
    from: "the API server",
    pattern: re`pod updates may not change fields other than`,
    example:
      'The Pod "p" is invalid: spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`',
    means:
      "The securityContext of a pod that exists cannot be changed, with kubectl edit, patch or apply. A new pod gets it. For the same reason Kyverno can inject it at CREATE only.",
    decides: [{ file: "the manifest the pod came from", field: "the Task, Deployment, … or the Pod itself" }],
    steps: [
      { do: "Change the manifest.", run: "image-fix manifest --fix %{manifest}" },
      {
        do: "Then make the pod anew: a controller does it by itself after apply; a bare pod is replaced.",
        run: "kubectl replace --force -f %{manifest}",
      },
    ],
  },
  {
    id: "scc-refused",
    from: "OpenShift",
    pattern: re`unable to validate against any security context constraint: ?(?<reasons>\[.{0,2000}?\](?= |$|"|')|.{0,400})`,
    example: `pods "web-1" is forbidden: unable to validate against any security context constraint: [provider "anyuid": Forbidden: not usable by user or serviceaccount, provider restricted-v2: .containers[0].runAsUser: Invalid value: 65532: must be in the ranges: [1000680000, 1000689999]]`,
    means:
      "No SCC that the service account may use accepts the pod. Under restricted-v2 the uid comes from the namespace's own range, so a fixed runAsUser, a fixed fsGroup and added capabilities are refused. Images for OpenShift must work as any uid in group 0.",
    decides: [
      { file: "the manifest", field: "securityContext.runAsUser, fsGroup and capabilities.add" },
      { file: "the namespace", field: "the annotation openshift.io/sa.scc.uid-range" },
    ],
    steps: [
      { do: "Leave runAsUser, runAsGroup and fsGroup out of the manifest." },
      { do: "Make the image ready for any uid (files of group 0, g=u).", run: "image-fix --openshift ./Containerfile" },
    ],
    rules: ["not-arbitrary-uid-ready"],
  },
  {
    id: "psp-refused",
    from: "the API server (Kubernetes before 1.25)",
    pattern: re`(?:PodSecurityPolicy: )?unable to (?:admit pod: \[|validate against any pod security policy)|PodSecurityPolicy: unable to admit pod`,
    example: `pods "web-1" is forbidden: PodSecurityPolicy: unable to admit pod: [spec.containers[0].securityContext.runAsUser: Invalid value: 0: running with the root UID is forbidden]`,
    means:
      "An old cluster with PodSecurityPolicies, which Kubernetes 1.25 removed. What restricted policies ask for is what the Pod Security Standard restricted asks for, so the same fields satisfy both.",
    decides: [{ file: "the manifest", field: "the fields named in the message" }],
    steps: [{ do: "Have the four fields written.", run: "image-fix manifest --fix %{manifest}" }],
  },
];
