/** From YAML to what Pod Security admission looks at: containers, security contexts, volumes, pod specs. */
import type { Container, Pod, PodSecurityContext, SecurityContext, SharedContext, Volume } from "./pod-security/pod.ts";
import { at, bool, entries, field, integer, isMapping, items, text, type Value } from "./yaml/read.ts";

/** A container's security context; undefined where there is none. */
export function readSecurityContext(value: Value | undefined): SecurityContext | undefined {
  if (!isMapping(value)) return undefined;
  const capabilities = field(value, "capabilities");
  return defined({
    ...readShared(value),
    privileged: bool(field(value, "privileged")),
    allowPrivilegeEscalation: bool(field(value, "allowPrivilegeEscalation")),
    capabilities: isMapping(capabilities)
      ? { add: names(field(capabilities, "add")), drop: names(field(capabilities, "drop")) }
      : undefined,
    procMount: text(field(value, "procMount")),
  });
}

/** Names as the API decodes them: `null` in a list is the empty one, which admission refuses as any other. */
const names = (list: Value | undefined): readonly string[] => items(list).map((item) => text(item) ?? "");

/** A pod's security context; undefined where there is none. */
export function readPodSecurityContext(value: Value | undefined): PodSecurityContext | undefined {
  if (!isMapping(value)) return undefined;
  return defined({
    ...readShared(value),
    fsGroup: integer(field(value, "fsGroup")),
    sysctls: items(field(value, "sysctls")).map((sysctl) => text(field(sysctl, "name")) ?? ""),
  });
}

function readShared(value: Value): SharedContext {
  const seccomp = field(value, "seccompProfile");
  const appArmor = field(value, "appArmorProfile");
  const seLinux = field(value, "seLinuxOptions");
  return defined({
    runAsNonRoot: bool(field(value, "runAsNonRoot")),
    runAsUser: integer(field(value, "runAsUser")),
    runAsGroup: integer(field(value, "runAsGroup")),
    seccompProfile: isMapping(seccomp) ? { type: text(field(seccomp, "type")) ?? "" } : undefined,
    appArmorProfile: isMapping(appArmor) ? { type: text(field(appArmor, "type")) ?? "" } : undefined,
    seLinuxOptions: isMapping(seLinux)
      ? {
          type: text(field(seLinux, "type")) ?? "",
          user: text(field(seLinux, "user")) ?? "",
          role: text(field(seLinux, "role")) ?? "",
        }
      : undefined,
    windowsHostProcess: bool(at(value, "windowsOptions", "hostProcess")),
  });
}

/** An object without the fields that are undefined, so that absent is absent. */
function defined<T extends object>(value: { readonly [K in keyof T]: T[K] | undefined }): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is undefined has been taken out, as the type says
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as T;
}

/** A container under the name that it has in the pod. */
export function readContainer(
  value: Value,
  name: string,
  context = readSecurityContext(field(value, "securityContext")),
): Container {
  const handlers = [
    field(value, "livenessProbe"),
    field(value, "readinessProbe"),
    field(value, "startupProbe"),
    at(value, "lifecycle", "postStart"),
    at(value, "lifecycle", "preStop"),
  ];
  return {
    name,
    ...(context === undefined ? {} : { securityContext: context }),
    ports: items(field(value, "ports")).map((port) => ({
      containerPort: integer(field(port, "containerPort")) ?? 0,
      hostPort: integer(field(port, "hostPort")) ?? 0,
    })),
    hosts: handlers.flatMap((handler) =>
      ["httpGet", "tcpSocket"].flatMap((kind) => text(at(handler, kind, "host")) ?? []),
    ),
  };
}

/** The volumes of a pod spec, a TaskSpec or a pod template. */
export function readVolumes(value: Value | undefined): readonly Volume[] {
  return items(field(value, "volumes")).map((volume) => ({
    name: text(field(volume, "name")) ?? "",
    sources: entries(volume).flatMap((entry) =>
      entry.name !== "name" && field(volume, entry.name) !== undefined ? [entry.name] : [],
    ),
  }));
}

export const containerLists = ["initContainers", "containers", "ephemeralContainers"] as const;

/** A whole pod spec (`template.spec`). */
export function readPodSpec(spec: Value, annotations: Readonly<Record<string, string>>): Pod {
  const podContext = readPodSecurityContext(field(spec, "securityContext"));
  const os = text(at(spec, "os", "name"));
  const copied = os === "windows" ? {} : annotations;
  const list = (name: (typeof containerLists)[number]): readonly Container[] =>
    items(field(spec, name)).map((container) => {
      const own = readSecurityContext(field(container, "securityContext"));
      return readPodContainer(container, text(field(container, "name")) ?? "", own, copied, podContext);
    });
  return defined({
    annotations,
    hostNetwork: bool(field(spec, "hostNetwork")) ?? false,
    hostPID: bool(field(spec, "hostPID")) ?? false,
    hostIPC: bool(field(spec, "hostIPC")) ?? false,
    hostUsers: bool(field(spec, "hostUsers")),
    os,
    securityContext: podContext,
    volumes: readVolumes(spec),
    initContainers: list("initContainers"),
    containers: list("containers"),
    ephemeralContainers: list("ephemeralContainers"),
  });
}

/** A container of a Pod, with what the Pod's annotations say of it. */
export const readPodContainer = (
  value: Value,
  name: string,
  context: SecurityContext | undefined,
  annotations: Readonly<Record<string, string>>,
  podContext: PodSecurityContext | undefined,
): Container => annotated(readContainer(value, name, context), annotations, podContext);

/** A container with what its Pod's annotations say of it. */
export function annotated(
  container: Container,
  annotations: Readonly<Record<string, string>>,
  podContext: PodSecurityContext | undefined,
): Container {
  const { name, securityContext } = container;
  const context = withAnnotation(securityContext, annotations[`${appArmorAnnotation}${name}`], podContext);
  return context === undefined ? container : { ...container, securityContext: context };
}

const appArmorAnnotation = "container.apparmor.security.beta.kubernetes.io/";

/**
 * Since 1.30 the API server copies the old AppArmor annotation of a container into its field before admission looks, where
 * the container has no field of its own, the annotation means a profile, and the Pod does not set the same one. Not on
 * Windows. A refusal then names both.
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/registry/core/pod/strategy.go applyAppArmorVersionSkew,
 *   seen at 1.37
 */
function withAnnotation(
  own: SecurityContext | undefined,
  annotation: string | undefined,
  pod: PodSecurityContext | undefined,
): SecurityContext | undefined {
  const type = annotation === undefined ? undefined : profileType(annotation);
  if (type === undefined || own?.appArmorProfile !== undefined || pod?.appArmorProfile?.type === type) return own;
  return { ...own, appArmorProfile: { type } };
}

/** The field's type that an annotation means; any other text means none and is not copied. */
function profileType(annotation: string): string | undefined {
  if (annotation === "unconfined") return "Unconfined";
  if (annotation === "runtime/default") return "RuntimeDefault";
  return /^localhost\/./.test(annotation) ? "Localhost" : undefined;
}
