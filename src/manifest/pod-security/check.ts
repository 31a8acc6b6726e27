/** What a check of Pod Security admission is, and how upstream puts its refusals into words. */
import { containersOf, type Container, type Pod } from "./pod.ts";

export type Level = "privileged" | "baseline" | "restricted";

/** Why a pod is refused by one check. */
export interface Refusal {
  /** Upstream's `ForbiddenReason`: `runAsNonRoot != true`. */
  readonly reason: string;
  /** Upstream's `ForbiddenDetail`: `pod or container "a" must set securityContext.runAsNonRoot=true`. */
  readonly detail: string;
  /** The containers at fault. */
  readonly containers: readonly Container[];
  /** Whether a field of the pod itself is at fault. */
  readonly pod: boolean;
}

export type CheckPod = (pod: Pod) => Refusal | undefined;

/** One check through the policy's versions. */
export interface Check {
  /** Upstream's id; refusals are listed in the order of these. */
  readonly id: string;
  readonly level: "baseline" | "restricted";
  /** By rising minor version of Kubernetes 1.x; each holds until the next. */
  readonly versions: readonly {
    readonly since: number;
    readonly check: CheckPod;
    /** The baseline check that this one makes superfluous. */
    readonly overrides?: string;
  }[];
}

/** `"a", "b"`. Texts are taken as they are: upstream escapes nothing here. */
export const quoted = (texts: readonly string[]): string => texts.map((text) => `"${text}"`).join(", ");

/** Sorted by bytes and each once, as upstream's sets print. */
export function sortedSet(texts: Iterable<string>): readonly string[] {
  return [...new Set(texts)].toSorted((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
}

export const plural = (count: number, one: string, many: string): string => (count === 1 ? one : many);

/** `container "a"` or `containers "a", "b"`. */
export function containersText(containers: readonly Container[]): string {
  const names = containers.map(({ name }) => name);
  return `${plural(names.length, "container", "containers")} ${quoted(names)}`;
}

/** Who is at fault: `pod`, `container "a"`, `pod and containers "a", "b"`. */
export function settersText(pod: boolean, containers: readonly Container[]): string {
  return [...(pod ? ["pod"] : []), ...(containers.length > 0 ? [containersText(containers)] : [])].join(" and ");
}

/** The containers for which something holds, in the order in which they are visited. */
export const containersWhere = (pod: Pod, holds: (container: Container) => boolean): readonly Container[] =>
  containersOf(pod).filter(holds);

/** Pods that run on Windows are let off from 1.25 on: the API does not let them set Linux fields. */
export const exceptWindows =
  (check: CheckPod): CheckPod =>
  (pod) =>
    pod.os === "windows" ? undefined : check(pod);

/** Pods in a user namespace of their own are let off. */
export const exceptUserNamespace =
  (check: CheckPod): CheckPod =>
  (pod) =>
    pod.hostUsers === false ? undefined : check(pod);
