/**
 * The reasons of a Pod Security refusal, one entry a check. Source: kubernetes/pod-security-admission policy/check_*.go.
 * Templates know `%{containers}`, the containers that the reason names.
 */
export interface PodSecurityReason {
  /** The check's id upstream. */
  readonly check: string;
  /** The text in front of the parentheses. */
  readonly reason: string;
  readonly level: "baseline" | "restricted";
  readonly means: string;
  /** Below a container's `securityContext` unless it begins with `spec.` or `metadata.`. */
  readonly field: string;
  /** The field of the pod that counts for all containers without one of their own, where there is one. */
  readonly podField?: string;
  /** `fields`: image-fix manifest --fix writes it. `person`: what is asked for has to go, which a person decides. */
  readonly remedy: "fields" | "person";
  /** What a person can do. */
  readonly advice?: string;
}

export const podSecurityReasons: readonly PodSecurityReason[] = [
  {
    check: "allowPrivilegeEscalation",
    reason: "allowPrivilegeEscalation != false",
    level: "restricted",
    means:
      "Each container must say allowPrivilegeEscalation: false itself; the pod has no such field. It sets no-new-privileges, so setuid programs such as sudo have no effect.",
    field: "allowPrivilegeEscalation",
    remedy: "fields",
  },
  {
    check: "capabilities_restricted",
    reason: "unrestricted capabilities",
    level: "restricted",
    means:
      'Each container must drop exactly "ALL" (not "all", not "CAP_ALL"), and may add back NET_BIND_SERVICE alone. The pod has no such field.',
    field: "capabilities",
    remedy: "fields",
  },
  {
    check: "capabilities_baseline",
    reason: "non-default capabilities",
    level: "baseline",
    means: "A capability is added that container runtimes do not give by default; baseline allows those alone.",
    field: "capabilities.add",
    remedy: "person",
    advice: "Take the capability out. A program that cannot do without runs in neither baseline nor restricted.",
  },
  {
    check: "runAsNonRoot",
    reason: "runAsNonRoot != true",
    level: "restricted",
    means:
      "runAsNonRoot: true must stand at the pod or at each container, and false nowhere, not even where every container says true. What it demands of the image, the kubelet checks later: the pod can be admitted and still not start.",
    field: "runAsNonRoot",
    podField: "runAsNonRoot",
    remedy: "fields",
  },
  {
    check: "runAsUser",
    reason: "runAsUser=0",
    level: "restricted",
    means: "runAsUser: 0 is root by name of the manifest; leave the field out, and the image's user decides.",
    field: "runAsUser",
    podField: "runAsUser",
    remedy: "person",
    advice:
      "Remove runAsUser: 0, or give another uid. If the image itself runs as root, fix it: image-fix ./Containerfile.",
  },
  {
    check: "seccompProfile",
    reason: "seccompProfile",
    level: "restricted",
    means:
      "Restricted wants seccompProfile.type RuntimeDefault or Localhost at the pod or at each container. An explicit Unconfined fails baseline too; only leaving the field out passes there.",
    field: "seccompProfile.type",
    podField: "seccompProfile.type",
    remedy: "fields",
  },
  {
    check: "restrictedVolumes",
    reason: "restricted volume types",
    level: "restricted",
    means:
      "Restricted allows the volume types configMap, csi, downwardAPI, emptyDir, ephemeral, image, persistentVolumeClaim, projected and secret.",
    field: "spec.volumes[]",
    remedy: "person",
    advice: "Replace the volume: emptyDir for scratch space, a persistentVolumeClaim for data that stays.",
  },
  {
    check: "hostPathVolumes",
    reason: "hostPath volumes",
    level: "baseline",
    means: "A hostPath volume reaches into the node's file system.",
    field: "spec.volumes[].hostPath",
    remedy: "person",
    advice: "Replace the volume: emptyDir for scratch space, a persistentVolumeClaim for data that stays.",
  },
  {
    check: "privileged",
    reason: "privileged",
    level: "baseline",
    means: "A privileged container is the node's root in all but name. Neither baseline nor restricted allows it.",
    field: "privileged",
    remedy: "person",
    advice:
      "Remove privileged: true. Image builds that need it (docker-in-docker, the catalog's buildah): a builder that needs no privilege (ko, jib, apko, crane), or a namespace of their own.",
  },
  {
    check: "hostNamespaces",
    reason: "host namespaces",
    level: "baseline",
    means: "The pod shares the node's network, process or IPC namespace.",
    field: "spec.hostNetwork, spec.hostPID, spec.hostIPC",
    remedy: "person",
    advice: "Remove the field (in Tekton it comes from podTemplate.hostNetwork).",
  },
  {
    check: "hostPorts",
    reason: "hostPort",
    level: "baseline",
    means: "A container takes a port of the node.",
    field: "ports[].hostPort",
    remedy: "person",
    advice: "Remove hostPort and use a Service.",
  },
  {
    check: "hostProbesAndHostLifecycle",
    reason: "probe or lifecycle host",
    level: "baseline",
    means:
      "A probe or lifecycle hook names a host, so the kubelet would connect to somewhere else than the pod (since 1.34).",
    field: "livenessProbe, readinessProbe, startupProbe, lifecycle: httpGet.host, tcpSocket.host",
    remedy: "person",
    advice: "Remove host; the default is the pod itself.",
  },
  {
    check: "procMount",
    reason: "procMount",
    level: "baseline",
    means: "procMount must be left out or Default.",
    field: "procMount",
    remedy: "person",
    advice: "Remove procMount.",
  },
  {
    check: "appArmorProfile",
    reason: "forbidden AppArmor profile",
    level: "baseline",
    means: "The AppArmor profile must be RuntimeDefault, Localhost or left out.",
    field: "appArmorProfile.type",
    podField: "appArmorProfile.type",
    remedy: "person",
    advice: "Remove the profile, or its annotation container.apparmor.security.beta.kubernetes.io/….",
  },
  {
    check: "seLinuxOptions",
    reason: "seLinuxOptions",
    level: "baseline",
    means: "SELinux type must be one of the container types, and user and role may not be set.",
    field: "seLinuxOptions",
    podField: "seLinuxOptions",
    remedy: "person",
    advice: "Remove the option; the runtime sets a label of its own.",
  },
  {
    check: "sysctls",
    reason: "forbidden sysctls",
    level: "baseline",
    means: "The pod sets a sysctl that is not among the safe ones.",
    field: "spec.securityContext.sysctls",
    remedy: "person",
    advice: "Remove the sysctl.",
  },
  {
    check: "windowsHostProcess",
    reason: "hostProcess",
    level: "baseline",
    means: "A Windows HostProcess container is the node's administrator.",
    field: "windowsOptions.hostProcess",
    podField: "windowsOptions.hostProcess",
    remedy: "person",
    advice: "Remove windowsOptions.hostProcess.",
  },
];
