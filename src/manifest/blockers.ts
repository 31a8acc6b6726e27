/**
 * What keeps a pod from running restricted however its fields are written: such a pod is left as it is, since the fields
 * would only break it.
 */
import type { Level } from "./pod-security/check.ts";
import { evaluatePod } from "./pod-security/evaluate.ts";
import { baselineNamespace, otherBuilders, programRunBy } from "./programs.ts";
import type { ContainerSource, PodTemplate } from "./template.ts";
import type { PolicyVersion } from "./versions.ts";

export interface Blocker {
  /** A sentence about the pod without a full stop. */
  readonly reason: string;
  /** What can be done instead; undefined where one before it in the same object has said it. */
  readonly way: string | undefined;
  readonly source: ContainerSource | undefined;
  /** The check that refuses it; undefined of a program that is known to need more. */
  readonly check: string | undefined;
}

/** Checks that no writing of the four fields can satisfy. */
const unfixable: Readonly<Record<string, { readonly way: string }>> = {
  hostNamespaces: { way: "take the host's namespaces out, or label the namespace privileged" },
  hostPathVolumes: { way: "use a persistentVolumeClaim or an emptyDir instead, or label the namespace privileged" },
  restrictedVolumes: { way: "use a persistentVolumeClaim or an emptyDir instead" },
  hostPorts: {
    way: "take hostPort out (hostNetwork makes every containerPort one) and reach the port through a Service",
  },
  hostProbesAndHostLifecycle: { way: "take host out of the probe" },
  privileged: {
    way: `find out what it needs the privilege for: only a namespace labelled privileged takes it; for builds there is ${otherBuilders}`,
  },
  capabilities_baseline: {
    way: "take the capabilities out that are not among the default ones, or label the namespace privileged",
  },
  procMount: { way: "take procMount out" },
  procMount_restricted: { way: "take procMount out" },
  seLinuxOptions: { way: "take the SELinux options out, or use container_t" },
  appArmorProfile: { way: "take the AppArmor profile out, or set RuntimeDefault" },
  sysctls: { way: "take the sysctls out" },
  windowsHostProcess: { way: "take hostProcess out, or label the namespace privileged" },
};

/** The capability that a spelling means: `cap_net_raw` → `NET_RAW`. */
export const capabilityName = (written: string): string => written.toUpperCase().replace(/^CAP_/, "");

/**
 * Everything that stands in the way of a pod.
 * @param runAsUser whether `--run-as-user` replaces a `runAsUser: 0`
 */
export function blockersOf(
  template: PodTemplate,
  policy: { readonly level: Level; readonly version: PolicyVersion },
  runAsUser: boolean,
): readonly Blocker[] {
  if (policy.level === "privileged") return [];
  const { pod, sources } = template;
  const found: Blocker[] = [];
  if (policy.level === "restricted") {
    for (const source of sources) {
      const program = programRunBy(source);
      if (program === undefined) continue;
      const isTold = found.some(({ way, source: other }) => way === program.way && other?.owner === source.owner);
      found.push({
        reason: `container "${source.container.name}" runs ${program.name}${isTold ? " too" : `: ${program.why}`}`,
        way: isTold ? undefined : program.way,
        source,
        check: undefined,
      });
    }
  }
  for (const refusal of evaluatePod(pod, policy.level, policy.version)) {
    const source = sources.find(({ container }) => refusal.containers.includes(container));
    const known = unfixable[refusal.check];
    if (known !== undefined) {
      found.push({ reason: `${refusal.reason}: ${refusal.detail}`, way: known.way, source, check: refusal.check });
    } else if (source?.role === "tekton" && source.container.securityContext !== undefined) {
      found.push({
        reason: `on Windows nodes Tekton gives its own container "${source.container.name}" nothing of what restricted asks for but runAsNonRoot`,
        way: baselineNamespace,
        source: undefined,
        check: refusal.check,
      });
    } else if (refusal.check === "runAsUser" && !runAsUser) {
      found.push({
        reason: refusal.detail,
        way: "take runAsUser out so that the image's user counts, or let --run-as-user 65532 replace it",
        source,
        check: refusal.check,
      });
    }
  }
  for (const source of sources) {
    const added = (source.container.securityContext?.capabilities?.add ?? []).filter((name) =>
      policy.level === "restricted" ? capabilityName(name) !== "NET_BIND_SERVICE" : false,
    );
    if (added.length > 0) {
      found.push({
        reason: `container "${source.container.name}" adds the ${added.length === 1 ? "capability" : "capabilities"} ${added.join(", ")} on purpose, and restricted takes none but NET_BIND_SERVICE`,
        way: `take it out if the program works without; else ${baselineNamespace}, which takes the default ones (SETFCAP, CHOWN, SETUID and their like)`,
        source,
        check: "capabilities_restricted",
      });
    }
  }
  return found;
}
