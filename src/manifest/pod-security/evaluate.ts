/** Judges a Pod by a level and version of the Pod Security Standards, in the API server's own words. */
import { baselineChecks } from "./baseline.ts";
import type { Check, CheckPod, Level, Refusal } from "./check.ts";
import type { Pod } from "./pod.ts";
import { restrictedChecks } from "./restricted.ts";
import type { PolicyVersion } from "../versions.ts";

/** A refusal with the id of its check. */
export interface CheckedRefusal extends Refusal {
  readonly check: string;
}

/** The newest version that has a check of its own; later ones are judged like it, as upstream does. */
const newestVersion = Math.max(
  ...[...baselineChecks, ...restrictedChecks].flatMap(({ versions }) => versions.map(({ since }) => since)),
);

/** The check as of a version; undefined before its first. */
function asOf({ versions }: Check, version: number): Check["versions"][number] | undefined {
  return versions.findLast(({ since }) => since <= version);
}

/** Evaluates a pod. Refusals come as upstream lists them: baseline's by id, then restricted's. */
export function evaluatePod(pod: Pod, level: Level, version: PolicyVersion): readonly CheckedRefusal[] {
  return checksOf(level, version).flatMap(({ id, check }) => {
    const refusal = check(pod);
    return refusal === undefined ? [] : [{ check: id, ...refusal }];
  });
}

function checksOf(level: Level, version: PolicyVersion): readonly { readonly id: string; readonly check: CheckPod }[] {
  if (level === "privileged") return [];
  const minor = version === "latest" ? newestVersion : Math.min(version, newestVersion);
  const restricted = level === "restricted" ? restrictedChecks : [];
  const overridden = new Set(restricted.map((check) => asOf(check, minor)?.overrides));
  const baseline = baselineChecks.filter(({ id }) => !overridden.has(id));
  return [baseline, restricted].flatMap((checks) =>
    checks
      .toSorted((left, right) => (left.id < right.id ? -1 : 1))
      .flatMap((check) => {
        const now = asOf(check, minor);
        return now === undefined ? [] : [{ id: check.id, check: now.check }];
      }),
  );
}

/** `runAsNonRoot != true (pod or container "a" must set securityContext.runAsNonRoot=true)`. */
export const refusalText = ({ reason, detail }: Refusal): string => (detail === "" ? reason : `${reason} (${detail})`);

/** `restricted:latest`, `restricted:v1.30`. */
export const policyText = (level: Level, version: PolicyVersion): string =>
  `${level}:${version === "latest" ? version : `v1.${version}`}`;

/** What the API server says of a pod that it refuses, behind `pods "x" is forbidden: `. */
export const violationText = (level: Level, version: PolicyVersion, refusals: readonly Refusal[]): string =>
  `violates PodSecurity "${policyText(level, version)}": ${refusals.map(refusalText).join(", ")}`;
