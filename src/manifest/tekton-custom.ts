/**
 * References to a Task that Tekton takes for a custom task's: any in a pipeline with an apiVersion, also its own. It makes a
 * CustomRun then, which no controller runs.
 * @see https://github.com/tektoncd/pipeline/issues/6457, seen at 1.15
 */
import type { Finding } from "../core/finding.ts";
import { finding } from "./findings.ts";
import { objectName, type ManifestObject } from "./objects.ts";
import { keyAndValue } from "./place.ts";
import { at, field, items, text, type Value } from "./yaml/read.ts";

/** Findings about a Pipeline or PipelineRun; none of other kinds. */
export function customTaskFindings(object: ManifestObject): readonly Finding[] {
  if (object.group !== "tekton.dev") return [];
  const about = objectName(object);
  if (object.kind === "Pipeline") return inPipeline(field(object.value, "spec"), about);
  return object.kind === "PipelineRun" ? inPipeline(at(object.value, "spec", "pipelineSpec"), about) : [];
}

function inPipeline(spec: Value | undefined, about: string): readonly Finding[] {
  return [...items(field(spec, "tasks")), ...items(field(spec, "finally"))].flatMap((task) => {
    const reference = field(task, "taskRef");
    const apiVersion = field(reference, "apiVersion");
    const kind = text(field(reference, "kind"));
    const isOwn = apiVersion !== undefined && text(apiVersion)?.startsWith("tekton.dev/") === true;
    // Without a kind it is Task, but for what a resolver fetches.
    const isTaken = isOwn && (kind === undefined ? field(reference, "resolver") === undefined : kind === "Task");
    const within = inPipeline(field(task, "pipelineSpec"), about);
    if (!isTaken) return within;
    return [
      finding("task-taken-for-custom", {
        span: keyAndValue(apiVersion),
        about: `${about}, task ${text(field(task, "name")) ?? "without a name"}`,
        message: `with an apiVersion Tekton takes this taskRef for a custom task's: no Task is run, and the run waits until it times out`,
        fix: { title: "Take apiVersion out", applicability: "manual" },
      }),
      ...within,
    ];
  });
}
