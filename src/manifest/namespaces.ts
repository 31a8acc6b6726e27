/** Namespace labels of Pod Security: which level and version a Pod meets, and labels that mean nothing. */
import type { Finding } from "../core/finding.ts";
import { finding } from "./findings.ts";
import { objectName, type ManifestObject } from "./objects.ts";
import { keyAndValue } from "./place.ts";
import type { Level } from "./pod-security/check.ts";
import { parsePolicyVersion, type PolicyVersion } from "./versions.ts";
import { at, entries, field, text } from "./yaml/read.ts";

export interface Policy {
  readonly level: Level;
  readonly version: PolicyVersion;
}

const prefix = "pod-security.kubernetes.io/";
const levels: readonly string[] = ["privileged", "baseline", "restricted"];

export const isNamespace = ({ group, kind }: ManifestObject): boolean => group === "" && kind === "Namespace";

const isLevel = (word: string | undefined): word is Level => word !== undefined && levels.includes(word);

/** What each Namespace among the objects enforces; those without the label are left out. */
export function enforcedPolicies(objects: readonly ManifestObject[]): ReadonlyMap<string, Policy> {
  return new Map(
    objects.filter(isNamespace).flatMap((object) => {
      const labels = at(object.value, "metadata", "labels");
      const level = text(field(labels, `${prefix}enforce`));
      const version = parsePolicyVersion(text(field(labels, `${prefix}enforce-version`)) ?? "latest");
      return isLevel(level) && version !== undefined ? [[object.name, { level, version }] as const] : [];
    }),
  );
}

/** Labels whose value the API server refuses, or that it does not know. */
export function namespaceFindings(object: ManifestObject): readonly Finding[] {
  const about = objectName(object);
  return entries(at(object.value, "metadata", "labels")).flatMap(({ name, value, keySpan }) => {
    if (!name.startsWith(prefix) || value === undefined) return [];
    const key = name.slice(prefix.length);
    const found = text(value) ?? "";
    const span = keyAndValue(value);
    if (/^(?:enforce|audit|warn)$/.test(key)) {
      return isLevel(found)
        ? []
        : [
            finding("namespace-label", {
              span,
              about,
              message: `${name}: "${found}" is no level; there are privileged, baseline and restricted`,
            }),
          ];
    }
    if (/^(?:enforce|audit|warn)-version$/.test(key)) {
      return parsePolicyVersion(found.startsWith("v") || found === "latest" ? found : "") !== undefined
        ? []
        : [
            finding("namespace-label", {
              span,
              about,
              message: `${name}: "${found}" is no version; write latest or v1.N, such as v1.30`,
            }),
          ];
    }
    return [
      finding("namespace-label", {
        span: keySpan,
        about,
        severity: "warning",
        message: `Pod Security knows no label ${name}; there are enforce, audit and warn, each also with -version`,
      }),
    ];
  });
}
