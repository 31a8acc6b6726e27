/**
 * References to a Task or a Pipeline: by a name, or by a resolver and what it is given.
 * @see https://github.com/tektoncd/pipeline/blob/main/pkg/apis/pipeline/v1/taskref_validation.go
 */
import { isVariable } from "../variables.ts";
import { type Value, field, isMapping, text } from "../yaml/read.ts";
import type { Fault } from "./fault.ts";

/** Faults of a `taskRef` or `pipelineRef`; none of a custom task's, which has an apiVersion. */
export function referenceFaults(reference: Value | undefined): readonly Fault[] {
  if (!isMapping(reference) || written(reference, "apiVersion") !== undefined) return [];
  const name = written(reference, "name");
  const params = field(reference, "params");
  // A bundle comes with a name; other names are places.
  const isOther = written(reference, "bundle") !== undefined || (text(name) ?? "").includes("/") || isVariable(name);
  if (written(reference, "resolver") !== undefined) {
    return name === undefined || isOther
      ? []
      : [{ place: name, why: "name cannot be used with resolver: the resolver's params say what it is called" }];
  }
  if (params !== undefined) return [{ place: params, why: "params cannot be used without resolver" }];
  return name === undefined && !isOther ? [{ place: reference, why: "there is neither name nor resolver" }] : [];
}

/** A kind of a pipeline's taskRef that is not Tekton's own is that of a custom task, which has an apiVersion. */
export function kindFaults(reference: Value | undefined): readonly Fault[] {
  const place = written(reference, "kind");
  const kind = text(place) ?? "";
  if (place === undefined || kind === "Task" || isVariable(place)) return [];
  if (written(reference, "apiVersion") !== undefined) return [];
  const why =
    kind === "ClusterTask"
      ? "ClusterTasks are gone since 1.0: the resolver cluster gives a Task of another namespace"
      : `custom task ref must specify apiVersion: Tekton's own kind is Task, not ${kind}`;
  return [{ place, why }];
}

function written(reference: Value | undefined, name: string): Value | undefined {
  const value = field(reference, name);
  return text(value) === "" ? undefined : value;
}
