/**
 * The checks of Pod Security's level baseline.
 * @see https://github.com/kubernetes/pod-security-admission/tree/master/policy
 */
import {
  containersText,
  containersWhere,
  exceptUserNamespace,
  plural,
  quoted,
  settersText,
  sortedSet,
  type Check,
  type CheckPod,
} from "./check.ts";
import type { Container, Pod, SecurityContext, SharedContext } from "./pod.ts";

const appArmorPrefix = "container.apparmor.security.beta.kubernetes.io/";

const badAppArmor = (context: SharedContext | undefined): boolean =>
  context?.appArmorProfile !== undefined &&
  context.appArmorProfile.type !== "RuntimeDefault" &&
  context.appArmorProfile.type !== "Localhost";

const appArmor: CheckPod = (pod) => {
  const onPod = badAppArmor(pod.securityContext);
  const containers = containersWhere(pod, ({ securityContext }) => badAppArmor(securityContext));
  const annotations = sortedSet(
    Object.entries(pod.annotations)
      .filter(
        ([key, value]) =>
          key.startsWith(appArmorPrefix) &&
          value !== "" &&
          value !== "runtime/default" &&
          !value.startsWith("localhost/"),
      )
      .map(([key, value]) => `${key}=${goQuoted(value)}`),
  );
  const setters = settersText(onPod, containers);
  const who = [
    ...(setters === "" ? [] : [setters]),
    ...(annotations.length === 0 ? [] : [plural(annotations.length, "annotation", "annotations")]),
  ].join(" and ");
  if (who === "") return undefined;
  const types = sortedSet([
    ...(onPod ? [pod.securityContext?.appArmorProfile?.type ?? ""] : []),
    ...containers.map(({ securityContext }) => securityContext?.appArmorProfile?.type ?? ""),
  ]);
  const values = [...types, ...annotations];
  return {
    reason: plural(values.length, "forbidden AppArmor profile", "forbidden AppArmor profiles"),
    detail: `${who} must not set AppArmor profile type to ${quoted(values)}`,
    containers,
    pod: onPod || annotations.length > 0,
  };
};

/** As Go's `%q` prints a text. */
function goQuoted(text: string): string {
  const short: Readonly<Record<string, string>> = {
    "\u0007": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
    '"': '\\"',
    "\\": "\\\\",
  };
  const escaped = text.replace(
    // oxlint-disable-next-line no-control-regex -- what is not printable is what is escaped
    /["\\\u0000-\u001f\u007f]|[^\P{C}\u0000-\u001f\u007f]|[^\P{Z} ]/gu,
    (character) => {
      const code = character.codePointAt(0) ?? 0;
      if (short[character] !== undefined) return short[character];
      if (code < 0x80) return `\\x${code.toString(16).padStart(2, "0")}`;
      return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
    },
  );
  return `"${escaped}"`;
}

const defaultCapabilities: ReadonlySet<string> = new Set([
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
]);

const nonDefault = (context: SecurityContext | undefined): readonly string[] =>
  (context?.capabilities?.add ?? []).filter((name) => !defaultCapabilities.has(name));

const capabilities: CheckPod = (pod) => {
  const containers = containersWhere(pod, ({ securityContext }) => nonDefault(securityContext).length > 0);
  if (containers.length === 0) return undefined;
  const names = sortedSet(containers.flatMap(({ securityContext }) => nonDefault(securityContext)));
  return {
    reason: "non-default capabilities",
    detail: `${containersText(containers)} must not include ${quoted(names)} in securityContext.capabilities.add`,
    containers,
    pod: false,
  };
};

const hostNamespaces: CheckPod = (pod) => {
  const set = (["hostNetwork", "hostPID", "hostIPC"] as const).filter((name) => pod[name]);
  if (set.length === 0) return undefined;
  return {
    reason: "host namespaces",
    detail: set.map((name) => `${name}=true`).join(", "),
    containers: [],
    pod: true,
  };
};

const hostPathVolumes: CheckPod = (pod) => {
  const names = pod.volumes.filter(({ sources }) => sources.includes("hostPath")).map(({ name }) => name);
  if (names.length === 0) return undefined;
  return {
    reason: "hostPath volumes",
    detail: `${plural(names.length, "volume", "volumes")} ${quoted(names)}`,
    containers: [],
    pod: true,
  };
};

/**
 * The ports of the host that a container takes. On the host's network the API server writes each `containerPort` as the
 * `hostPort` too, before admission looks (`defaultHostNetworkPorts`, pkg/apis/core/v1/defaults.go).
 */
const hostPortsOf = (pod: Pod, { ports }: Container): readonly number[] =>
  ports
    .map(({ containerPort, hostPort }) => (hostPort === 0 && pod.hostNetwork ? containerPort : hostPort))
    .filter((port) => port !== 0);

const hostPorts: CheckPod = (pod) => {
  const containers = containersWhere(pod, (container) => hostPortsOf(pod, container).length > 0);
  if (containers.length === 0) return undefined;
  const ports = sortedSet(containers.flatMap((container) => hostPortsOf(pod, container).map(String)));
  const uses = plural(containers.length, "uses", "use");
  return {
    reason: "hostPort",
    detail: `${containersText(containers)} ${uses} ${plural(ports.length, "hostPort", "hostPorts")} ${ports.join(", ")}`,
    containers,
    pod: false,
  };
};

const probeHosts: CheckPod = (pod) => {
  const containers = containersWhere(pod, ({ hosts }) => hosts.some((host) => host !== ""));
  if (containers.length === 0) return undefined;
  const hosts = sortedSet(containers.flatMap((container) => container.hosts.filter((host) => host !== "")));
  // This check alone keeps its containers in a set, so that they are sorted.
  const names = sortedSet(containers.map(({ name }) => name));
  const uses = plural(names.length, "uses", "use");
  const what = plural(hosts.length, "probe or lifecycle host", "probe or lifecycle hosts");
  return {
    reason: "probe or lifecycle host",
    detail: `${plural(names.length, "container", "containers")} ${quoted(names)} ${uses} ${what} ${quoted(hosts)}`,
    containers,
    pod: false,
  };
};

const privileged: CheckPod = (pod) => {
  const containers = containersWhere(pod, ({ securityContext }) => securityContext?.privileged === true);
  if (containers.length === 0) return undefined;
  return {
    reason: "privileged",
    detail: `${containersText(containers)} must not set securityContext.privileged=true`,
    containers,
    pod: false,
  };
};

/** Any other `procMount` than the default; at restricted it stays forbidden in user namespaces too. */
export const procMount: CheckPod = (pod) => {
  const containers = containersWhere(
    pod,
    ({ securityContext }) => securityContext?.procMount !== undefined && securityContext.procMount !== "Default",
  );
  if (containers.length === 0) return undefined;
  const types = sortedSet(containers.map(({ securityContext }) => securityContext?.procMount ?? ""));
  return {
    reason: "procMount",
    detail: `${containersText(containers)} must not set securityContext.procMount to ${quoted(types)}`,
    containers,
    pod: false,
  };
};

const seLinuxTypes = ["", "container_t", "container_init_t", "container_kvm_t"];

const badSeLinux = (context: SharedContext | undefined, allowed: readonly string[]): boolean => {
  const options = context?.seLinuxOptions;
  return options !== undefined && (!allowed.includes(options.type) || options.user !== "" || options.role !== "");
};

const seLinux =
  (allowed: readonly string[]): CheckPod =>
  (pod) => {
    const onPod = badSeLinux(pod.securityContext, allowed);
    const containers = containersWhere(pod, ({ securityContext }) => badSeLinux(securityContext, allowed));
    if (!onPod && containers.length === 0) return undefined;
    const options = [
      ...(onPod ? [pod.securityContext] : []),
      ...containers.map(({ securityContext }) => securityContext),
    ]
      .map((context) => context?.seLinuxOptions)
      .filter((option) => option !== undefined);
    const types = sortedSet(options.map(({ type }) => type).filter((type) => !allowed.includes(type)));
    const data = [
      ...(types.length === 0 ? [] : [`${plural(types.length, "type", "types")} ${quoted(types)}`]),
      ...(options.some(({ user }) => user !== "") ? ["user may not be set"] : []),
      ...(options.some(({ role }) => role !== "") ? ["role may not be set"] : []),
    ];
    return {
      reason: "seLinuxOptions",
      detail: `${settersText(onPod, containers)} set forbidden securityContext.seLinuxOptions: ${data.join("; ")}`,
      containers,
      pod: onPod,
    };
  };

const sysctls1 = [
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.ping_group_range",
  "net.ipv4.ip_unprivileged_port_start",
];
const sysctls27 = [...sysctls1, "net.ipv4.ip_local_reserved_ports"];
const sysctls29 = [
  ...sysctls27,
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
];
const sysctls32 = [...sysctls29, "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"];
const sysctls37 = [...sysctls32, "net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_notsent_lowat"];

const sysctls =
  (allowed: readonly string[]): CheckPod =>
  (pod) => {
    const names = (pod.securityContext?.sysctls ?? []).filter((name) => !allowed.includes(name));
    return names.length === 0
      ? undefined
      : { reason: "forbidden sysctls", detail: names.join(", "), containers: [], pod: true };
  };

const windowsHostProcess: CheckPod = (pod) => {
  const onPod = pod.securityContext?.windowsHostProcess === true;
  const containers = containersWhere(pod, ({ securityContext }) => securityContext?.windowsHostProcess === true);
  if (!onPod && containers.length === 0) return undefined;
  return {
    reason: "hostProcess",
    detail: `${settersText(onPod, containers)} must not set securityContext.windowsOptions.hostProcess=true`,
    containers,
    pod: onPod,
  };
};

const seccompPodAnnotation = "seccomp.security.alpha.kubernetes.io/pod";
const seccompContainerAnnotation = "container.seccomp.security.alpha.kubernetes.io/";

const seccompAnnotations: CheckPod = (pod) => {
  const bad = (key: string): readonly string[] => {
    const value = pod.annotations[key];
    const allowed =
      value === undefined ||
      value === "runtime/default" ||
      value === "docker/default" ||
      value.startsWith("localhost/");
    return allowed ? [] : [`${key}=${goQuoted(value)}`];
  };
  const onPod = bad(seccompPodAnnotation);
  const containers = containersWhere(pod, ({ name }) => bad(seccompContainerAnnotation + name).length > 0);
  const all = sortedSet([...onPod, ...containers.flatMap(({ name }) => bad(seccompContainerAnnotation + name))]);
  if (all.length === 0) return undefined;
  return {
    reason: "seccompProfile",
    detail: `forbidden ${plural(all.length, "annotation", "annotations")} ${all.join(", ")}`,
    containers,
    pod: true,
  };
};

/** Whether a seccomp profile's type is one that both levels let through. */
export const isGoodSeccomp = (type: string): boolean => type === "RuntimeDefault" || type === "Localhost";

const badSeccomp = (context: SharedContext | undefined): boolean =>
  context?.seccompProfile !== undefined && !isGoodSeccomp(context.seccompProfile.type);

/** A seccomp profile that is set to something else; an absent one is well at baseline. */
export const seccompSet: CheckPod = (pod) => {
  const onPod = badSeccomp(pod.securityContext);
  const containers = containersWhere(pod, ({ securityContext }) => badSeccomp(securityContext));
  if (!onPod && containers.length === 0) return undefined;
  const types = sortedSet([
    ...(onPod ? [pod.securityContext?.seccompProfile?.type ?? ""] : []),
    ...containers.map(({ securityContext }) => securityContext?.seccompProfile?.type ?? ""),
  ]);
  return {
    reason: "seccompProfile",
    detail: `${settersText(onPod, containers)} must not set securityContext.seccompProfile.type to ${quoted(types)}`,
    containers,
    pod: onPod,
  };
};

export const baselineChecks: readonly Check[] = [
  { id: "appArmorProfile", level: "baseline", versions: [{ since: 0, check: appArmor }] },
  { id: "capabilities_baseline", level: "baseline", versions: [{ since: 0, check: capabilities }] },
  { id: "hostNamespaces", level: "baseline", versions: [{ since: 0, check: hostNamespaces }] },
  { id: "hostPathVolumes", level: "baseline", versions: [{ since: 0, check: hostPathVolumes }] },
  { id: "hostPorts", level: "baseline", versions: [{ since: 0, check: hostPorts }] },
  { id: "hostProbesAndHostLifecycle", level: "baseline", versions: [{ since: 34, check: probeHosts }] },
  { id: "privileged", level: "baseline", versions: [{ since: 0, check: privileged }] },
  {
    id: "procMount",
    level: "baseline",
    versions: [
      { since: 0, check: procMount },
      { since: 35, check: exceptUserNamespace(procMount) },
    ],
  },
  {
    id: "seLinuxOptions",
    level: "baseline",
    versions: [
      { since: 0, check: seLinux(seLinuxTypes) },
      { since: 31, check: seLinux([...seLinuxTypes, "container_engine_t"]) },
    ],
  },
  {
    id: "seccompProfile_baseline",
    level: "baseline",
    versions: [
      { since: 0, check: seccompAnnotations },
      { since: 19, check: seccompSet },
    ],
  },
  {
    id: "sysctls",
    level: "baseline",
    versions: [
      { since: 0, check: sysctls(sysctls1) },
      { since: 27, check: sysctls(sysctls27) },
      { since: 29, check: sysctls(sysctls29) },
      { since: 32, check: sysctls(sysctls32) },
      { since: 37, check: sysctls(sysctls37) },
    ],
  },
  { id: "windowsHostProcess", level: "baseline", versions: [{ since: 0, check: windowsHostProcess }] },
];
