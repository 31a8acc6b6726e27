/**
 * Knative's kinds, which hold a Pod's spec and take only some of it. What Knative adds to the Pod, its `queue-proxy`, is
 * restricted by itself.
 * @see https://github.com/knative/serving/blob/main/pkg/reconciler/revision/resources/queue.go queueSecurityContext
 */
import type { Finding } from "../core/finding.ts";
import { finding } from "./findings.ts";
import type { ManifestObject } from "./objects.ts";
import type { Container, Pod } from "./pod-security/pod.ts";
import type { PodTemplate } from "./template.ts";

const flag = "kubernetes.podspec-securitycontext";

export const isKnative = ({ group }: Pick<ManifestObject, "group">): boolean => group === "serving.knative.dev";

/**
 * The Pod with the names that Knative gives to containers that have none, as most of them.
 * @see https://github.com/knative/serving/blob/main/pkg/apis/serving/v1/revision_defaults.go applyDefaultContainerNames
 */
export function withKnativeNames(pod: Pod): Pod {
  const taken = new Set([...pod.containers, ...pod.initContainers].map(({ name }) => name));
  return {
    ...pod,
    initContainers: named(pod.initContainers, "init-container", taken),
    containers: named(pod.containers, "user-container", taken),
  };
}

function named(containers: readonly Container[], word: string, taken: ReadonlySet<string>): readonly Container[] {
  const numbered = containers.length > 1 || taken.has(word);
  let next = 0;
  const free = (): string => {
    const name = `${word}-${next++}`;
    return taken.has(name) ? free() : name;
  };
  return containers.map((one) => (one.name === "" ? { ...one, name: numbered ? free() : word } : one));
}

/**
 * The Pod's own security context, which Knative's webhook takes only where the cluster's settings say so.
 * @see https://github.com/knative/serving/blob/main/pkg/apis/serving/fieldmask.go PodSpecMask, PodSecurityContextMask
 */
export function knativeFindings({ object, podContext, name: about }: PodTemplate): readonly Finding[] {
  if (!isKnative(object) || podContext === undefined) return [];
  return [
    finding("misplaced-field", {
      span: podContext.keySpan,
      about,
      severity: "warning",
      open: true,
      message: `Knative refuses the Pod's securityContext where its flag ${flag} is off, as it is by default; here it is taken to be on`,
      fix: { title: "Move it into the containers' securityContext, which takes no flag", applicability: "manual" },
    }),
  ];
}

/** What a fix says of `fsGroup`, which no container has. */
export const knativeFsGroup = `fsGroup exists on Pods only, and Knative takes it where its flag ${flag} is on: set it in the Pod's securityContext where volumes are written`;
