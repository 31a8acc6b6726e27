/**
 * What Tekton's webhook refuses: mistakes in its objects that are not about a Pod's security, after which there is no Pod.
 * Those that hang on none of the cluster's settings. Held against 1.15; other releases may take a few of them.
 * @see https://github.com/tektoncd/pipeline/tree/main/pkg/apis/pipeline/v1 *_validation.go
 */
import type { Finding } from "../../core/finding.ts";
import { finding } from "../findings.ts";
import { type ManifestObject, objectName } from "../objects.ts";
import { shortSpan } from "../place.ts";
import { isVariable } from "../variables.ts";
import { type Value, at, field, isMapping, items, text } from "../yaml/read.ts";
import { type Fault, isEmpty, label, oneOf, optional } from "./fault.ts";
import { bindingFaults, givenFaults } from "./given.ts";
import { type Known, joined, paramsOf, paramsOfAll } from "./names.ts";
import { pipelineFaults, undeclaredWorkspaces } from "./pipeline.ts";
import { referenceFaults } from "./reference.ts";
import { stepActionFaults, taskFaults, withinFaults } from "./task.ts";

/** Findings about an object of Tekton that its webhook refuses. */
export function webhookFindings(object: ManifestObject): readonly Finding[] {
  if (object.group !== "tekton.dev" || !["v1", "v1beta1"].includes(object.version)) return [];
  const spec = field(object.value, "spec");
  if (!isMapping(spec)) return [];
  return [...nameFaults(object), ...specFaults(object, spec), ...resourceFaults(object, spec)].map(
    ({ place, why, patch }) =>
      finding("refused-by-tekton", {
        span: shortSpan(place),
        about: objectName(object),
        ...(patch === true ? { severity: "info" } : {}),
        message:
          patch === true ? `${why}: fine in a patch, refused by Tekton elsewhere` : `Tekton refuses this: ${why}`,
      }),
  );
}

function specFaults({ kind, within }: ManifestObject, spec: Value): readonly Fault[] {
  // What holds a run may fill parameters of its own in, as older Triggers do.
  const asked = (params: ReadonlySet<string>): Known => (within === undefined ? params : undefined);
  switch (kind) {
    case "Task":
    case "ClusterTask":
      return taskFaults(spec, paramsOf(spec));
    case "StepAction":
      return stepActionFaults(spec);
    case "TaskRun":
      return [
        ...oneOf(spec, ["taskRef", "taskSpec"]),
        ...referenceFaults(field(spec, "taskRef")),
        ...bindingFaults(spec),
        ...givenFaults(spec),
        ...withinFaults(field(spec, "taskSpec"), asked(joined(paramsOf(spec), paramsOf(field(spec, "taskSpec"))))),
      ];
    case "Pipeline":
      return [...pipelineFaults(spec, paramsOf(spec), paramsOf(spec)), ...undeclaredWorkspaces(spec)];
    case "PipelineRun": {
      const own = field(spec, "pipelineSpec");
      return [
        ...oneOf(spec, ["pipelineRef", "pipelineSpec"]),
        ...referenceFaults(field(spec, "pipelineRef")),
        ...bindingFaults(spec),
        ...givenFaults(spec),
        // Of a run its webhook asks for the parameters of tasks alone.
        ...pipelineFaults(own, asked(joined(paramsOf(spec), paramsOfAll(own))), undefined),
      ];
    }
    default:
      return [];
  }
}

function nameFaults({ value }: ManifestObject): readonly Fault[] {
  const place = at(value, "metadata", "name");
  const name = text(place);
  if (place === undefined || name === undefined || isVariable(place)) return [];
  if (name.length <= 63 && name.split(".").every((part) => label.test(part))) return [];
  return [{ place, why: `invalid resource name ${JSON.stringify(name)}: must be a valid DNS label` }];
}

/**
 * PipelineResources, which 0.44 has done away with; v1 never had them.
 * @see https://github.com/tektoncd/pipeline/blob/main/docs/deprecations.md
 */
function resourceFaults({ version }: ManifestObject, spec: Value): readonly Fault[] {
  if (version !== "v1beta1") return [];
  const pipelines = [spec, ...optional(field(spec, "pipelineSpec"))];
  const tasks = pipelines.flatMap((one) => ["tasks", "finally"].flatMap((name) => items(field(one, name))));
  const holders = [...pipelines, ...tasks, ...[spec, ...tasks].flatMap((one) => optional(field(one, "taskSpec")))];
  return holders.flatMap((holder) =>
    optional(field(holder, "resources")).flatMap((place) =>
      isEmpty(place) ? [] : [{ place, why: "must not set the field resources: PipelineResources are gone since 0.44" }],
    ),
  );
}
