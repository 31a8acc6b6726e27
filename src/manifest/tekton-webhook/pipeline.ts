/**
 * What Tekton's webhook refuses of a Pipeline and its tasks.
 * @see https://github.com/tektoncd/pipeline/tree/main/pkg/apis/pipeline/v1 pipeline_validation.go
 */
import { isVariable } from "../variables.ts";
import { type Value, field, isMapping, items, text } from "../yaml/read.ts";
import { type Fault, isEmpty, label, notLabel, oneOf, twice } from "./fault.ts";
import { declaredFaults, givenFaults } from "./given.ts";
import { type Known, joined, namesIn, paramsOf, textsIn, undeclared } from "./names.ts";
import { kindFaults, referenceFaults } from "./reference.ts";
import { withinFaults } from "./task.ts";
import { whenFaults } from "./when.ts";

/** Faults of a PipelineSpec. `params`, `finalParams`: those that its tasks and those of `finally` may refer to. */
export function pipelineFaults(spec: Value | undefined, params: Known, finalParams: Known): readonly Fault[] {
  const tasks = items(field(spec, "tasks"));
  const final = items(field(spec, "finally"));
  const names = namesIn(spec, "tasks");
  return [
    ...declaredFaults(spec),
    ...twice(items(field(spec, "workspaces")), "workspace"),
    ...twice([...tasks, ...final], "task"),
    ...tasks.flatMap((task) => pipelineTaskFaults(task, names, params)),
    ...final.flatMap((task) => pipelineTaskFaults(task, names, finalParams)),
    ...(tasks.length === 0 ? final.slice(0, 1).map((place) => ({ place, why: "there is finally, and no tasks" })) : []),
    ...circles(tasks),
    ...items(field(spec, "results")).flatMap((result) =>
      textsIn(field(result, "value")).flatMap((place) => unknownTasks(place, names)),
    ),
    ...items(field(spec, "results")).flatMap(valueFaults),
    ...final.flatMap((task): readonly Fault[] => {
      const after = field(task, "runAfter");
      return after === undefined || isEmpty(after) ? [] : [{ place: after, why: "no runAfter allowed under finally" }];
    }),
  ];
}

function pipelineTaskFaults(task: Value, tasks: ReadonlySet<string>, params: Known): readonly Fault[] {
  const name = field(task, "name");
  const called = text(name) ?? "";
  const spec = field(task, "taskSpec");
  const given = items(field(task, "params")).flatMap((one) => textsIn(field(one, "value")));
  const asked = items(field(task, "when")).flatMap((one) => [
    ...textsIn(field(one, "input")),
    ...textsIn(field(one, "values")),
  ]);
  const before = items(field(task, "runAfter"));
  return [
    ...(isVariable(name) || label.test(called) ? [] : [{ place: name ?? task, why: notLabel("task", called) }]),
    ...oneOf(task, ["taskRef", "taskSpec", "pipelineRef", "pipelineSpec"], false),
    ...(field(spec, "steps") === undefined
      ? []
      : ["apiVersion", "kind"].flatMap((one) => {
          const place = field(spec, one);
          return place === undefined ? [] : [{ place, why: `${one} cannot be specified when using taskSpec.steps` }];
        })),
    ...(field(spec, "steps") === undefined
      ? []
      : withinFaults(spec, params === undefined ? undefined : joined(params, paramsOf(spec)))),
    ...givenFaults(task),
    ...referenceFaults(field(task, "taskRef")),
    ...kindFaults(field(task, "taskRef")),
    ...whenFaults(task),
    ...[...given, ...asked].flatMap((one) => undeclared(one, params)),
    ...before.flatMap((place) => (isVariable(place) ? [] : noSuchTask(place, text(place) ?? "", tasks))),
    ...[...given, ...asked].flatMap((place) => unknownTasks(place, tasks)),
  ];
}

/** A pipeline's result is what its tasks have for results. */
function valueFaults(result: Value): readonly Fault[] {
  const value = field(result, "value");
  // A variable of a template may become one.
  if (!isMapping(result) || textsIn(value).some(isVariable)) return [];
  return [{ place: value ?? result, why: "the value of a pipeline's result is $(tasks.TASK.results.RESULT)" }];
}

const noSuchTask = (place: Value, name: string, tasks: ReadonlySet<string>): readonly Fault[] =>
  tasks.has(name) ? [] : [{ place, why: `there is no task ${JSON.stringify(name)} in the pipeline` }];

/** The tasks whose results a text refers to. */
const tasksIn = (value: Value): readonly string[] =>
  [...(text(value) ?? "").matchAll(/\$\(tasks\.([^.()]+)\.results[.[]/g)].map(([, name = ""]) => name);

const unknownTasks = (place: Value, tasks: ReadonlySet<string>): readonly Fault[] =>
  tasksIn(place).flatMap((name) => noSuchTask(place, name, tasks));

/** Tasks that wait for themselves, by `runAfter` or by what they are given. */
function circles(tasks: readonly Value[]): readonly Fault[] {
  const waits = new Map(
    tasks.map((task) => [
      text(field(task, "name")) ?? "",
      [
        ...items(field(task, "runAfter")).flatMap((one) => text(one) ?? []),
        ...items(field(task, "params")).flatMap((one) => textsIn(field(one, "value")).flatMap(tasksIn)),
      ],
    ]),
  );
  const name = onCircle(waits);
  const place = tasks.find((task) => (text(field(task, "name")) ?? "") === name);
  return place === undefined ? [] : [{ place, why: "cycle detected: this task waits for itself" }];
}

/** One that leads to itself; each is gone through once, and without a call inside a call: pipelines may be long. */
function onCircle(waits: ReadonlyMap<string, readonly string[]>): string | undefined {
  const done = new Set<string>();
  for (const start of waits.keys()) {
    const path = new Set<string>();
    const open = [start];
    for (let name = open.at(-1); name !== undefined; name = open.at(-1)) {
      // What it waits for was gone through.
      if (path.has(name) || done.has(name)) {
        open.pop();
        path.delete(name);
        done.add(name);
        continue;
      }
      path.add(name);
      for (const next of waits.get(name) ?? []) {
        if (path.has(next)) return next;
        if (!done.has(next)) open.push(next);
      }
    }
  }
  return undefined;
}

/** Workspaces that tasks of a Pipeline bind and it does not declare. */
export function undeclaredWorkspaces(spec: Value): readonly Fault[] {
  const declared = namesIn(spec, "workspaces");
  return [...items(field(spec, "tasks")), ...items(field(spec, "finally"))].flatMap((task) =>
    items(field(task, "workspaces")).flatMap((one) => {
      const place = field(one, "workspace") ?? field(one, "name");
      if (place === undefined || isVariable(place) || declared.has(text(place) ?? "")) return [];
      return [{ place, why: `there is no workspace ${JSON.stringify(text(place) ?? "")} in the pipeline's spec` }];
    }),
  );
}
