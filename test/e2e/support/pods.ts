/** Pods that Pod Security refuses or admits, every check and many together. */

/** As JSON has it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

export interface PodCase {
  readonly name: string;
  readonly annotations?: JsonObject;
  /** Without `containers`, which every case gets. */
  readonly spec: JsonObject;
  /** Security context and more of the containers `a`, `b`, and of the init container `first`. */
  readonly a: JsonObject;
  readonly b: JsonObject;
  readonly first: JsonObject;
}

/** What satisfies restricted. */
export const good: JsonObject = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};

/** Contexts of one container, each with what is particular to it. */
const contexts: Readonly<Record<string, JsonObject>> = {
  nothing: {},
  escalation: { ...good, allowPrivilegeEscalation: true },
  "no escalation field": {
    runAsNonRoot: true,
    capabilities: { drop: ["ALL"] },
    seccompProfile: { type: "RuntimeDefault" },
  },
  "drop all": { ...good, capabilities: { drop: ["all"] } },
  "drop CAP_ALL": { ...good, capabilities: { drop: ["CAP_ALL"] } },
  "drop some": { ...good, capabilities: { drop: ["NET_RAW", "MKNOD"] } },
  "add bind": { ...good, capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } },
  "add CAP_ bind": { ...good, capabilities: { drop: ["ALL"], add: ["CAP_NET_BIND_SERVICE"] } },
  "add SETFCAP": { ...good, capabilities: { drop: ["ALL"], add: ["SETFCAP"] } },
  "add two": { ...good, capabilities: { drop: ["ALL"], add: ["SYS_TIME", "CHOWN", "SYS_TIME"] } },
  "add without drop": { ...good, capabilities: { add: ["CHOWN", "NET_ADMIN"] } },
  "explicitly root": { ...good, runAsNonRoot: false },
  "uid 0": { ...good, runAsUser: 0 },
  "uid 1000": { ...good, runAsUser: 1000 },
  "seccomp Unconfined": { ...good, seccompProfile: { type: "Unconfined" } },
  "seccomp Localhost": { ...good, seccompProfile: { type: "Localhost", localhostProfile: "p.json" } },
  "no seccomp": { allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: { drop: ["ALL"] } },
  privileged: {
    runAsNonRoot: true,
    capabilities: { drop: ["ALL"] },
    seccompProfile: { type: "RuntimeDefault" },
    privileged: true,
  },
  selinux: { ...good, seLinuxOptions: { type: "spc_t" } },
  "selinux user and role": { ...good, seLinuxOptions: { user: "u", role: "r", type: "container_t" } },
  "selinux level": { ...good, seLinuxOptions: { level: "s0:c1" } },
  apparmor: { ...good, appArmorProfile: { type: "Unconfined" } },
  "host process": { ...good, windowsOptions: { hostProcess: true } },
};

/** Pod-level specs. */
const specs: Readonly<Record<string, JsonObject>> = {
  plain: {},
  "pod context": { securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } } },
  "pod not non-root": { securityContext: { runAsNonRoot: false } },
  "pod uid 0": { securityContext: { runAsUser: 0 } },
  "pod Unconfined": { securityContext: { seccompProfile: { type: "Unconfined" } } },
  "pod Localhost": { securityContext: { seccompProfile: { type: "Localhost", localhostProfile: "p.json" } } },
  "pod selinux": { securityContext: { seLinuxOptions: { type: "init_t", role: "r" } } },
  "pod apparmor": { securityContext: { appArmorProfile: { type: "Unconfined" } } },
  sysctls: {
    securityContext: {
      sysctls: [
        { name: "kernel.msgmax", value: "65536" },
        { name: "net.ipv4.ip_unprivileged_port_start", value: "0" },
        { name: "net.core.somaxconn", value: "1" },
      ],
    },
  },
  "host namespaces": { hostNetwork: true, hostPID: true, hostIPC: true },
  "host PID": { hostPID: true },
  "host path": { volumes: [{ name: "h", hostPath: { path: "/" } }] },
  volumes: {
    volumes: [
      { name: "h", hostPath: { path: "/" } },
      { name: "n", nfs: { server: "s", path: "/" } },
      { name: "e", emptyDir: {} },
      { name: "p", projected: { sources: [] } },
      { name: "g", iscsi: { targetPortal: "1.2.3.4:1", iqn: "iqn.2001-04.com.example:x", lun: 0 } },
    ],
  },
  "a volume with only a name": { volumes: [{ name: "e" }] },
  "user namespace": { hostUsers: false },
};

const extras: Readonly<Record<string, JsonObject>> = {
  none: {},
  "host port": {
    ports: [
      { containerPort: 8080, hostPort: 8080 },
      { containerPort: 9090, hostPort: 9090 },
    ],
  },
  "ports that are none of the host's": { ports: [{ containerPort: 8081 }, { containerPort: 53, protocol: "UDP" }] },
  "probe host": { livenessProbe: { httpGet: { port: 80, host: "example.com" } } },
  "hook host": { lifecycle: { preStop: { tcpSocket: { port: 80, host: "h" } } } },
};

export const container = (name: string, securityContext: JsonObject, extra: JsonObject = {}): JsonObject => ({
  name,
  image: "registry.invalid/none:1",
  securityContext,
  ...extra,
});

function podCase(
  name: string,
  spec: JsonObject,
  a: JsonObject,
  b: JsonObject = good,
  first: JsonObject = good,
  extra: JsonObject = {},
): PodCase {
  return { name, spec, a: container("a", a, extra), b: container("b", b), first: container("first", first) };
}

/** The entry at an index, counted round. */
function pick<T>(list: readonly (readonly [string, T])[], index: number): readonly [string, T] {
  const found = list[index % list.length];
  if (found === undefined) throw new Error("the list is empty");
  return found;
}

/** All cases, in an order of their own that is always the same. */
export function podCases(): readonly PodCase[] {
  const cases: PodCase[] = [podCase("good", {}, good)];
  for (const [name, context] of Object.entries(contexts)) {
    cases.push(podCase(`one container: ${name}`, {}, context));
    cases.push(podCase(`all containers: ${name}`, {}, context, context, context));
    cases.push(podCase(`an init container, pod context: ${name}`, specs["pod context"] ?? {}, good, good, context));
  }
  for (const [name, spec] of Object.entries(specs)) {
    cases.push(podCase(`pod: ${name}`, spec, good));
    cases.push(podCase(`pod: ${name}, bare containers`, spec, {}, {}, {}));
    cases.push(podCase(`pod: ${name}, one bare container`, spec, good, {}));
  }
  for (const [name, extra] of Object.entries(extras)) {
    cases.push(podCase(`extra: ${name}`, {}, good, {}, good, extra));
    cases.push(podCase(`extra: ${name}, on the host's network`, { hostNetwork: true }, good, good, good, extra));
  }
  for (const value of ["unconfined", "runtime/default", "localhost/p"]) {
    const annotations = { "container.apparmor.security.beta.kubernetes.io/a": value };
    cases.push({ ...podCase(`annotation ${value}`, {}, good), annotations });
    cases.push({ ...podCase(`annotation ${value} and a field`, {}, contexts["apparmor"] ?? {}), annotations });
    cases.push({
      ...podCase(`annotation ${value} and the pod's field`, specs["pod apparmor"] ?? {}, good),
      annotations,
    });
  }
  cases.push({
    ...podCase("windows", { os: { name: "windows" } }, {}),
    a: container("a", {}),
    b: container("b", {}),
    first: container("first", { runAsNonRoot: true }),
  });
  // Combinations: steps through the lists with strides that share no factor with their lengths.
  const [contextList, specList, extraList] = [Object.entries(contexts), Object.entries(specs), Object.entries(extras)];
  for (let index = 0; index < 150; index++) {
    const [[aName, a], [bName, b], [firstName, first]] = [
      pick(contextList, index * 1),
      pick(contextList, index * 5),
      pick(contextList, index * 11),
    ];
    const [[specName, spec], [extraName, extra]] = [pick(specList, index * 7), pick(extraList, index * 3)];
    cases.push(podCase(`${specName} / ${firstName} / ${aName} + ${extraName} / ${bName}`, spec, a, b, first, extra));
  }
  return cases;
}

/** The Pod of a case. */
export function podOf({ annotations, spec, a, b, first }: PodCase, name: string): JsonObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, ...(annotations === undefined ? {} : { annotations }) },
    spec: { ...spec, initContainers: [first], containers: [a, b] },
  };
}
