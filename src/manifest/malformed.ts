/**
 * What looks like an object that makes Pods and is none to the API server: its kind or apiVersion is missing or misspelt.
 * There is no Pod to judge then, which must not look as if all were well.
 */
import type { Finding } from "../core/finding.ts";
import { finding } from "./findings.ts";
import { objectName, partsOf, type Part } from "./objects.ts";
import { shortSpan } from "./place.ts";
import { taskKinds } from "./tekton.ts";
import { podGroups, podKinds } from "./workloads.ts";
import { at, field, isList, isMapping, text, type Value, type YamlFile } from "./yaml/read.ts";

/** Findings about the parts of a file that the API server knows no kind for. */
export function malformedFindings(file: YamlFile): readonly Finding[] {
  const documents: ReadonlySet<Value> = new Set(file.documents);
  return partsOf(file).flatMap((part) => {
    const isDocument = documents.has(part.value);
    const message = refusal(part, isDocument);
    if (message === undefined) return [];
    const { value, kind = "", apiVersion } = part;
    const isPatch = isDocument && kind === "" && apiVersion === undefined;
    const name = text(at(value, "metadata", "name")) ?? "";
    return [
      finding("unknown-kind", {
        span: shortSpan(field(value, "kind") ?? field(value, "apiVersion") ?? field(value, "metadata") ?? value),
        about: kind === "" ? name : objectName({ kind, name }),
        message,
        ...(isPatch ? { severity: "info" } : {}),
      }),
    ];
  });
}

function refusal({ value, kind, apiVersion }: Part, isDocument: boolean): string | undefined {
  if (kind !== undefined && apiVersion !== undefined) {
    const group = apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
    const kinds = group === "tekton.dev" ? taskKinds : podGroups.has(group) ? podKinds : [];
    const meant = kinds.find((one) => one.toLowerCase() === kind.toLowerCase());
    return meant === undefined || meant === kind
      ? undefined
      : `the API server refuses this: no matches for kind "${kind}" in version "${apiVersion}"; it is spelt ${meant}`;
  }
  if (kind !== undefined) {
    const isMeant = [...podKinds, ...taskKinds].some((one) => one.toLowerCase() === kind.toLowerCase());
    return isMeant && isMapping(field(value, "spec"))
      ? "the API server refuses this: apiVersion not set; no Pod is judged"
      : undefined;
  }
  if (!podSpecs.some((path) => isList(at(value, "spec", ...path)))) return undefined;
  if (apiVersion !== undefined) return "the API server refuses this: kind not set; no Pod is judged";
  return isDocument
    ? "apiVersion and kind are not set, so that there is no Pod to judge: fine in a patch, refused by the API server elsewhere"
    : "the API server refuses this: apiVersion not set, kind not set; no Pod is judged";
}

/** Lists that only what makes a Pod has. */
const podSpecs: readonly (readonly string[])[] = [
  ["containers"],
  ["template", "spec", "containers"],
  ["jobTemplate", "spec", "template", "spec", "containers"],
  ["steps"],
  ["taskSpec", "steps"],
];
