/**
 * Lists of containers, steps and tasks that are no lists, are empty, or stand elsewhere: the API server refuses them, and
 * there is no Pod to judge, which must not look as if all were well.
 */
import type { Finding } from "../core/finding.ts";
import { finding } from "./findings.ts";
import { objectName, type ManifestObject } from "./objects.ts";
import { keyAndValue, shortSpan } from "./place.ts";
import { containerLists } from "./read-pod.ts";
import type { WorkloadHome } from "./template.ts";
import { podSpecPath } from "./workloads.ts";
import { field, isList, isMapping, isNothing, items, mapNode, text, writtenField, type Value } from "./yaml/read.ts";

/** Where a kind has its containers. */
interface Home {
  readonly path: readonly string[];
  /** The list without which there is no Pod. */
  readonly required: "containers" | "steps";
  readonly lists: readonly string[];
}

const podLists = { required: "containers", lists: containerLists } as const;

/**
 * Findings about the lists of one object.
 * @param homes its Pods, where it holds whole ones
 */
export function listFindings(object: ManifestObject, homes: readonly WorkloadHome[]): readonly Finding[] {
  const about = objectName(object);
  const path = podSpecPath(object);
  if (path !== undefined) return homeFindings(object, { path, ...podLists });
  if (homes.length > 0)
    return homes.flatMap(({ spec }) => specFindings(object, spec, "a Pod of this: spec.containers", podLists));
  if (object.group !== "tekton.dev") return [];
  const spec = field(object.value, "spec");
  switch (object.kind) {
    case "Task":
    case "ClusterTask":
      return homeFindings(object, { path: ["spec"], required: "steps", lists: ["steps", "sidecars"] });
    case "TaskRun":
      return taskSpecFindings(spec, about);
    case "Pipeline":
      return pipelineFindings(spec, about);
    case "PipelineRun":
      return pipelineFindings(field(spec, "pipelineSpec"), about);
    default:
      return [];
  }
}

/** The way to a list, and the list. What is not written at all may be a patch's, and is no fault. */
function homeFindings(object: ManifestObject, { path, required, lists }: Home): readonly Finding[] {
  const about = objectName(object);
  const list = [...path, required].join(".");
  let holder: Value = object.value;
  for (const name of path) {
    const astray = field(holder, required);
    if (astray !== undefined) return [misplaced(astray, required, list, about)];
    const next = writtenField(holder, name);
    if (next === undefined) return [notHere(object, required)];
    if (isNothing(next) || mapNode(next)?.items.length === 0) return [empty(next, `this: ${list}`, about)];
    if (!isMapping(next)) return [wrongType(next, name, "a mapping", about)];
    holder = next;
  }
  return specFindings(object, holder, `this: ${list}`, { required, lists });
}

/** Findings about the lists in what holds them; `lacking` is what the API server refuses where they are empty. */
function specFindings(
  object: ManifestObject,
  holder: Value,
  lacking: string,
  { required, lists }: Omit<Home, "path">,
): readonly Finding[] {
  const about = objectName(object);
  const written = writtenField(holder, required);
  return [
    ...(written === undefined ? [notHere(object, required)] : needed(written, lacking, about)),
    ...lists.flatMap((name) => typed(holder, name, about)),
  ];
}

function taskSpecFindings(holder: Value | undefined, about: string): readonly Finding[] {
  const spec = field(holder, "taskSpec");
  // A custom task's spec has no steps.
  const steps = writtenField(spec, "steps");
  if (steps === undefined) return [];
  return [
    ...needed(steps, "this: taskSpec.steps", about),
    ...["steps", "sidecars"].flatMap((name) => typed(spec, name, about)),
  ];
}

function pipelineFindings(spec: Value | undefined, about: string): readonly Finding[] {
  return ["tasks", "finally"].flatMap((name) => [
    ...typed(spec, name, about),
    ...items(field(spec, name)).flatMap((task) => {
      const aboutTask = `${about}, task ${text(field(task, "name")) ?? "without a name"}`;
      return [...taskSpecFindings(task, aboutTask), ...pipelineFindings(field(task, "pipelineSpec"), aboutTask)];
    }),
  ]);
}

/** Lists of a template of Argo Workflows, and what is one container there. */
export function listsOfArgoTemplate(template: Value, about: string): readonly Finding[] {
  const set = field(template, "containerSet");
  const containers = writtenField(set, "containers");
  const mappings = ["container", "containerSet", "script"].flatMap((name) => {
    const value = field(template, name);
    return value === undefined || isMapping(value) ? [] : [wrongType(value, name, "a mapping", about)];
  });
  return [
    ...mappings,
    ...(containers === undefined ? [] : needed(containers, "a Pod of this: spec.containers", about)),
    ...typed(set, "containers", about),
    ...["initContainers", "sidecars"].flatMap((name) => typed(template, name, about)),
  ];
}

/** The templates of a WorkflowSpec. */
export const templateListFindings = (spec: Value, about: string): readonly Finding[] => typed(spec, "templates", about);

/** A list that has to have entries. */
const needed = (list: Value, lacking: string, about: string): readonly Finding[] =>
  isNothing(list) || (isList(list) && items(list).length === 0) ? [empty(list, lacking, about)] : [];

/** A list, where it is written, and its entries. */
function typed(holder: Value | undefined, name: string, about: string): readonly Finding[] {
  const list = field(holder, name);
  if (list === undefined) return [];
  if (!isList(list)) return [wrongType(list, name, "a list", about)];
  return items(list)
    .filter((item) => !isMapping(item))
    .map((item) => wrongType(item, `an entry of ${name}`, "a mapping", about));
}

function wrongType(value: Value, what: string, expected: string, about: string): Finding {
  const found = text(value);
  return finding("wrong-type", {
    span: keyAndValue(value),
    about,
    message: `${what} must be ${expected}; the API server does not take ${found === undefined ? "this" : JSON.stringify(found)}`,
  });
}

const empty = ({ keySpan }: Value, lacking: string, about: string): Finding =>
  finding("no-containers", { span: keySpan, about, message: `the API server refuses ${lacking}: Required value` });

const misplaced = ({ keySpan }: Value, name: string, list: string, about: string): Finding =>
  finding("misplaced-field", { span: keySpan, about, message: `${name} does nothing here: it belongs into ${list}` });

const notHere = (object: ManifestObject, required: string): Finding =>
  finding("no-containers", {
    span: shortSpan(field(object.value, "kind") ?? object.value),
    about: objectName(object),
    severity: "info",
    message: `no ${required} are written here, so that there is no Pod to judge: fine in a patch, refused by the API server elsewhere`,
  });
