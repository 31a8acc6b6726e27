/**
 * Objects of other kinds that hold containers: a controller of their own makes Pods of them, in a way that is not known
 * here. Nothing of them is judged, which must not look as if all were well.
 */
import type { Finding } from "../core/finding.ts";
import { finding } from "./findings.ts";
import { objectName, type ManifestObject } from "./objects.ts";
import { shortSpan } from "./place.ts";
import { podGroups } from "./workloads.ts";
import { entries, field, isMapping, items, type Value } from "./yaml/read.ts";

/** APIs whose objects show containers that nobody runs: patterns, mutations, schemas. */
const patternGroups = /(?:^|\.)(?:kyverno\.io|gatekeeper\.sh|open-cluster-management\.io|apiextensions\.k8s\.io)$/;
/** How deep containers are looked for; the deepest seen in public manifests is 9. */
const depth = 12;

/** Whether containers stand somewhere below a value. */
export const holdsContainers = (value: Value): boolean => containersIn(value, depth) !== undefined;

/** One finding about an object of a kind that is not known here, where containers stand in it. */
export function unjudgedFindings(object: ManifestObject): readonly Finding[] {
  // Of Kubernetes' own kinds the rest run nothing; one that is misspelt is unknown-kind.
  if (podGroups.has(object.group) || patternGroups.test(object.group)) return [];
  const where = containersIn(object.value, depth);
  if (where === undefined) return [];
  return [
    finding("not-judged", {
      span: shortSpan(field(object.value, "kind") ?? object.value),
      about: objectName(object),
      open: true,
      message: `its containers (${where.join(".")}) are not judged: its own controller makes Pods of them, and how is not known here`,
      fix: {
        title: "Judge the Pods that it has made: kubectl get pods -o yaml | image-fix manifest -",
        applicability: "manual",
      },
    }),
  ];
}

/** The way to the first containers below a value: a list whose entries have images, or one container (Argo's templates). */
function containersIn(value: Value, left: number): readonly string[] | undefined {
  for (const { name, value: inside } of entries(value)) {
    if (inside === undefined) continue;
    const isList = name === "containers" || name === "initContainers";
    const isOne = name === "container" || name === "script";
    if ((isList && items(inside).some(hasImage)) || (isOne && hasImage(inside))) return [name];
    if (left === 0) continue;
    for (const [below, suffix] of [[inside, ""] as const, ...items(inside).map((item) => [item, "[]"] as const)]) {
      const found = containersIn(below, left - 1);
      if (found !== undefined) return [`${name}${suffix}`, ...found];
    }
  }
  return undefined;
}

const hasImage = (value: Value): boolean => isMapping(value) && field(value, "image") !== undefined;
