/**
 * The checks that Pod Security's level restricted adds to baseline's.
 * @see https://github.com/kubernetes/pod-security-admission/tree/master/policy
 */
import { isGoodSeccomp, procMount, seccompSet } from "./baseline.ts";
import {
  containersText,
  containersWhere,
  exceptUserNamespace,
  exceptWindows,
  plural,
  quoted,
  settersText,
  sortedSet,
  type Check,
  type CheckPod,
} from "./check.ts";
import type { Container } from "./pod.ts";

const allowPrivilegeEscalation: CheckPod = (pod) => {
  const containers = containersWhere(pod, ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
  if (containers.length === 0) return undefined;
  return {
    reason: "allowPrivilegeEscalation != false",
    detail: `${containersText(containers)} must set securityContext.allowPrivilegeEscalation=false`,
    containers,
    pod: false,
  };
};

/** Whether a container keeps capabilities, by the letter: `all` and `CAP_ALL` drop nothing here. */
const keepsCapabilities = ({ securityContext }: Container): boolean =>
  securityContext?.capabilities?.drop.includes("ALL") !== true;

/** What a container adds beyond the one that it may. */
const forbiddenAdditions = ({ securityContext }: Container): readonly string[] =>
  (securityContext?.capabilities?.add ?? []).filter((name) => name !== "NET_BIND_SERVICE");

const capabilities: CheckPod = (pod) => {
  const missing = containersWhere(pod, keepsCapabilities);
  const adding = containersWhere(pod, (container) => forbiddenAdditions(container).length > 0);
  if (missing.length === 0 && adding.length === 0) return undefined;
  const details = [
    ...(missing.length === 0 ? [] : [`${containersText(missing)} must set securityContext.capabilities.drop=["ALL"]`]),
    ...(adding.length === 0
      ? []
      : [
          `${containersText(adding)} must not include ${quoted(sortedSet(adding.flatMap(forbiddenAdditions)))} in securityContext.capabilities.add`,
        ]),
  ];
  return {
    reason: "unrestricted capabilities",
    detail: details.join("; "),
    containers: containersWhere(
      pod,
      (container) => keepsCapabilities(container) || forbiddenAdditions(container).length > 0,
    ),
    pod: false,
  };
};

/** Sources that restricted lets through. */
export const allowedVolumes: readonly string[] = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
];

/** The others, in the order in which upstream asks for them. */
const restrictedVolumes: readonly string[] = [
  "hostPath",
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "gitRepo",
  "nfs",
  "iscsi",
  "glusterfs",
  "rbd",
  "flexVolume",
  "cinder",
  "cephfs",
  "flocker",
  "fc",
  "azureFile",
  "vsphereVolume",
  "quobyte",
  "azureDisk",
  "photonPersistentDisk",
  "portworxVolume",
  "scaleIO",
  "storageos",
];

const volumeTypes: CheckPod = (pod) => {
  const bad = pod.volumes.filter(
    ({ sources }) => sources.length > 0 && !sources.some((source) => allowedVolumes.includes(source)),
  );
  if (bad.length === 0) return undefined;
  const types = sortedSet(
    bad.map(({ sources }) => restrictedVolumes.find((type) => sources.includes(type)) ?? "unknown"),
  );
  const volumes = `${plural(bad.length, "volume", "volumes")} ${quoted(bad.map(({ name }) => name))}`;
  const what = plural(types.length, "restricted volume type", "restricted volume types");
  return {
    reason: "restricted volume types",
    detail: `${volumes} ${plural(bad.length, "uses", "use")} ${what} ${quoted(types)}`,
    containers: [],
    pod: true,
  };
};

const runAsNonRoot: CheckPod = (pod) => {
  const onPod = pod.securityContext?.runAsNonRoot === false;
  const explicit = containersWhere(pod, ({ securityContext }) => securityContext?.runAsNonRoot === false);
  if (onPod || explicit.length > 0) {
    return {
      reason: "runAsNonRoot != true",
      detail: `${settersText(onPod, explicit)} must not set securityContext.runAsNonRoot=false`,
      containers: explicit,
      pod: onPod,
    };
  }
  const implicit =
    pod.securityContext?.runAsNonRoot === true
      ? []
      : containersWhere(pod, ({ securityContext }) => securityContext?.runAsNonRoot === undefined);
  if (implicit.length === 0) return undefined;
  return {
    reason: "runAsNonRoot != true",
    detail: `pod or ${containersText(implicit)} must set securityContext.runAsNonRoot=true`,
    containers: implicit,
    pod: false,
  };
};

const runAsUser: CheckPod = (pod) => {
  const onPod = pod.securityContext?.runAsUser === 0;
  const containers = containersWhere(pod, ({ securityContext }) => securityContext?.runAsUser === 0);
  if (!onPod && containers.length === 0) return undefined;
  return {
    reason: "runAsUser=0",
    detail: `${settersText(onPod, containers)} must not set runAsUser=0`,
    containers,
    pod: onPod,
  };
};

const seccomp: CheckPod = (pod) => {
  const set = seccompSet(pod);
  if (set !== undefined) return set;
  const type = pod.securityContext?.seccompProfile?.type;
  const missing =
    type !== undefined && isGoodSeccomp(type)
      ? []
      : containersWhere(pod, ({ securityContext }) => securityContext?.seccompProfile === undefined);
  if (missing.length === 0) return undefined;
  return {
    reason: "seccompProfile",
    detail: `pod or ${containersText(missing)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
    containers: missing,
    pod: false,
  };
};

export const restrictedChecks: readonly Check[] = [
  {
    id: "allowPrivilegeEscalation",
    level: "restricted",
    versions: [
      { since: 8, check: allowPrivilegeEscalation },
      { since: 25, check: exceptWindows(allowPrivilegeEscalation) },
    ],
  },
  {
    id: "capabilities_restricted",
    level: "restricted",
    versions: [
      { since: 22, check: capabilities, overrides: "capabilities_baseline" },
      { since: 25, check: exceptWindows(capabilities), overrides: "capabilities_baseline" },
    ],
  },
  {
    id: "procMount_restricted",
    level: "restricted",
    versions: [{ since: 35, check: procMount, overrides: "procMount" }],
  },
  {
    id: "restrictedVolumes",
    level: "restricted",
    versions: [{ since: 0, check: volumeTypes, overrides: "hostPathVolumes" }],
  },
  {
    id: "runAsNonRoot",
    level: "restricted",
    versions: [
      { since: 0, check: runAsNonRoot },
      { since: 35, check: exceptUserNamespace(runAsNonRoot) },
    ],
  },
  {
    id: "runAsUser",
    level: "restricted",
    versions: [
      { since: 23, check: runAsUser },
      { since: 35, check: exceptUserNamespace(runAsUser) },
    ],
  },
  {
    id: "seccompProfile_restricted",
    level: "restricted",
    versions: [
      { since: 19, check: seccomp, overrides: "seccompProfile_baseline" },
      { since: 25, check: exceptWindows(seccomp), overrides: "seccompProfile_baseline" },
    ],
  },
];
