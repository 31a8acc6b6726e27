/**
 * What Tekton's webhook refuses: mistakes in its objects that are not about a Pod's security, after which there is no Pod.
 * Those that hang on none of the cluster's settings.
 * @see https://github.com/tektoncd/pipeline/tree/main/pkg/apis/pipeline/v1 task_validation.go, container_validation.go,
 *   pipeline_validation.go, taskrun_validation.go, pipelinerun_validation.go, workspace_validation.go; held against 1.15
 */
import type { Finding } from "../core/finding.ts";
import { finding } from "./findings.ts";
import { objectName, type ManifestObject } from "./objects.ts";
import { shortSpan } from "./place.ts";
import { isVariable } from "./variables.ts";
import { at, entries, field, isList, isMapping, items, text, type Value } from "./yaml/read.ts";

interface Fault {
  readonly place: Value;
  readonly why: string;
  /** What stands here may be part of another file's object. */
  readonly patch?: true;
}

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
          patch === true ? `${why}: well in a patch, refused by Tekton elsewhere` : `Tekton refuses this: ${why}`,
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

/** A label as DNS has it, which names of steps and tasks are. */
const label = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const notLabel = (what: string, name: string): string =>
  `the ${what}'s name ${JSON.stringify(name)} is no DNS label: at most 63 small letters, digits and -, a letter or digit at both ends`;

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

const optional = (value: Value | undefined): readonly Value[] => (value === undefined ? [] : [value]);

/** Parameters as a Task, a StepAction or a Pipeline declares them. */
function declaredFaults(spec: Value | undefined): readonly Fault[] {
  const params = items(field(spec, "params"));
  return [
    ...twice(params, "parameter"),
    ...params.flatMap((param): readonly Fault[] => {
      const place = field(param, "type");
      const type = text(place);
      const value = field(param, "default");
      if (place === undefined || type === undefined || isVariable(place)) return [];
      if (!["array", "object", "string"].includes(type)) return [{ place, why: `there is no type ${type}` }];
      const found = isList(value) ? "array" : isMapping(value) ? "object" : "string";
      if (value === undefined || found === type) return [];
      return [{ place: value, why: `"${type}" type does not match default value's type: "${found}"` }];
    }),
  ];
}

/** Faults of a TaskSpec. `params`: those that it may refer to. */
function taskFaults(spec: Value | undefined, params: Known): readonly Fault[] {
  const steps = items(field(spec, "steps"));
  const template = field(spec, "stepTemplate");
  const workspaces = namesIn(spec, "workspaces");
  return [
    ...declaredFaults(spec),
    ...twice(items(field(spec, "volumes")), "volume"),
    ...twice(items(field(spec, "workspaces")), "workspace"),
    ...twice(steps, "step"),
    ...steps.flatMap((step) => [
      ...stepFaults(step, template, workspaces),
      ...textsOf(step).flatMap((one) => undeclared(one, params)),
      ...textsIn(field(step, "script")).flatMap((one) => undeclaredResults(one, namesIn(spec, "results"))),
    ]),
    ...items(field(spec, "sidecars")).flatMap((sidecar) => [
      ...withoutImage(sidecar, undefined, "sidecar"),
      ...scriptAndCommand(sidecar),
    ]),
  ];
}

/** Faults of a TaskSpec within another object: a field that it does not have is refused there, and dropped elsewhere. */
function withinFaults(spec: Value | undefined, params: Known): readonly Fault[] {
  return [
    ...items(field(spec, "params")).flatMap((one) =>
      optional(field(one, "value")).map((place) => ({
        place,
        why: "a parameter of a taskSpec has no value: it is called default there",
      })),
    ),
    ...taskFaults(spec, params),
  ];
}

/** What a step that refers to a StepAction may not have. */
const lostBesideRef = ["image", "command", "args", "script", "workingDir", "env", "volumeMounts", "results"];

function stepFaults(step: Value, template: Value | undefined, workspaces: ReadonlySet<string>): readonly Fault[] {
  const name = field(step, "name");
  const called = text(name) ?? "";
  const onError = field(step, "onError");
  const isReference = field(step, "ref") !== undefined;
  return [
    ...(name === undefined || called === "" || label.test(called) || isVariable(name)
      ? []
      : [{ place: name, why: notLabel("step", called) }]),
    ...(isReference
      ? lostBesideRef.flatMap((one) => {
          const place = field(step, one);
          return place === undefined || isEmpty(place) ? [] : [{ place, why: `${one} cannot be used with ref` }];
        })
      : [...withoutImage(step, template, "step"), ...scriptAndCommand(step, template), ...paramsWithoutRef(step)]),
    ...(onError === undefined || isVariable(onError) || ["continue", "stopAndFail"].includes(text(onError) ?? "")
      ? []
      : [{ place: onError, why: `onError is continue or stopAndFail, not ${text(onError) ?? "this"}` }]),
    ...items(field(step, "workspaces")).flatMap((one): readonly Fault[] => {
      const used = field(one, "name");
      return used === undefined || isVariable(used) || workspaces.has(text(used) ?? "")
        ? []
        : [{ place: used, why: `undefined workspace ${JSON.stringify(text(used) ?? "")}` }];
    }),
    ...items(field(step, "volumeMounts")).flatMap((mount): readonly Fault[] => {
      const path = field(mount, "mountPath");
      return path !== undefined && /^\/tekton\/(?!home)/.test(text(path) ?? "")
        ? [{ place: path, why: "a volume cannot be mounted under /tekton/" }]
        : [];
    }),
  ];
}

const isEmpty = (value: Value): boolean => text(value) === "" || (isList(value) && items(value).length === 0);

function withoutImage(container: Value, template: Value | undefined, what: string): readonly Fault[] {
  const images = [container, template].flatMap((one) => field(one, "image") ?? []);
  if (!isMapping(container) || images.some((image) => text(image) !== "")) return [];
  return [{ place: container, why: `the ${what} has no image` }];
}

function scriptAndCommand(container: Value, template?: Value): readonly Fault[] {
  const script = field(container, "script");
  const isCommand = [container, template].some((one) => items(field(one, "command")).length > 0);
  const isBoth = script !== undefined && text(script) !== "" && isCommand;
  return isBoth ? [{ place: script, why: "script cannot be used with command" }] : [];
}

function paramsWithoutRef(step: Value): readonly Fault[] {
  const params = field(step, "params");
  return params === undefined || isEmpty(params) ? [] : [{ place: params, why: "params cannot be used without ref" }];
}

function stepActionFaults(spec: Value): readonly Fault[] {
  const script = field(spec, "script");
  const params = namesIn(spec, "params");
  const isFilledIn = /\$\(params[.[]/.test(text(script) ?? "");
  return [
    ...withoutImage(spec, undefined, "StepAction"),
    ...scriptAndCommand(spec),
    ...declaredFaults(spec),
    ...(script !== undefined && isFilledIn
      ? [{ place: script, why: "param substitution in scripts is not allowed: give the parameter by env" }]
      : []),
    ...textsOf(spec).flatMap((one) => (one.node === script?.node ? [] : undeclared(one, params))),
  ];
}

/** Names that may be referred to; undefined where nobody asks. */
type Known = ReadonlySet<string> | undefined;

/** Faults of a PipelineSpec. `params`, `finalParams`: those that its tasks and those of `finally` may refer to. */
function pipelineFaults(spec: Value | undefined, params: Known, finalParams: Known): readonly Fault[] {
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
    ...[...given, ...asked].flatMap((one) => undeclared(one, params)),
    ...before.flatMap((place) => (isVariable(place) ? [] : noSuchTask(place, text(place) ?? "", tasks))),
    ...[...given, ...asked].flatMap((place) => unknownTasks(place, tasks)),
  ];
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
  const seen = new Set<string>();
  const leadsTo = (from: string, to: string): boolean =>
    (waits.get(from) ?? []).some((next) => {
      if (next === to) return true;
      if (seen.has(next)) return false;
      seen.add(next);
      return leadsTo(next, to);
    });
  const place = tasks.find((task) => {
    seen.clear();
    const name = text(field(task, "name")) ?? "";
    return leadsTo(name, name);
  });
  return place === undefined ? [] : [{ place, why: "cycle detected: this task waits for itself" }];
}

/** Workspaces that tasks of a Pipeline bind and it does not declare. */
function undeclaredWorkspaces(spec: Value): readonly Fault[] {
  const declared = namesIn(spec, "workspaces");
  return [...items(field(spec, "tasks")), ...items(field(spec, "finally"))].flatMap((task) =>
    items(field(task, "workspaces")).flatMap((one) => {
      const place = field(one, "workspace") ?? field(one, "name");
      if (place === undefined || isVariable(place) || declared.has(text(place) ?? "")) return [];
      return [{ place, why: `there is no workspace ${JSON.stringify(text(place) ?? "")} in the pipeline's spec` }];
    }),
  );
}

const workspaceSources = [
  "volumeClaimTemplate",
  "persistentVolumeClaim",
  "emptyDir",
  "configMap",
  "secret",
  "projected",
  "csi",
];

/** Parameters as a run or a pipeline's task gives them. */
function givenFaults(holder: Value): readonly Fault[] {
  const params = items(field(holder, "params"));
  return [
    ...twice(params, "parameter"),
    ...params.flatMap((place) =>
      isMapping(place) && field(place, "value") === undefined ? [{ place, why: "the parameter has no value" }] : [],
    ),
  ];
}

/** Workspaces as a run gives them. */
function bindingFaults(spec: Value): readonly Fault[] {
  const bindings = items(field(spec, "workspaces"));
  return [
    ...twice(bindings, "workspace"),
    ...bindings.flatMap((binding): readonly Fault[] => {
      const sources = workspaceSources.filter((name) => field(binding, name) !== undefined);
      if (sources.length !== 1) {
        return [
          {
            place: binding,
            why: `a workspace is one of ${workspaceSources.join(", ")}, not ${sources.length === 0 ? "none" : "several"}`,
          },
        ];
      }
      const needed = { persistentVolumeClaim: "claimName", configMap: "name", secret: "secretName" };
      return Object.entries(needed).flatMap(([source, name]) => {
        const place = field(binding, source);
        return place === undefined || (text(field(place, name)) ?? "") !== ""
          ? []
          : [{ place, why: `the ${source} of a workspace has no ${name}` }];
      });
    }),
  ];
}

/** Exactly one of some fields has to be there. */
function oneOf(holder: Value, names: readonly string[], mayBePatch = true): readonly Fault[] {
  const written = names.flatMap((name) => field(holder, name) ?? []);
  const [, second] = written;
  if (second !== undefined) {
    const both = names.filter((name) => field(holder, name) !== undefined).join(" and ");
    return [{ place: second, why: `it has both ${both}, and only one may be` }];
  }
  if (written.length === 1 || !isMapping(holder)) return [];
  const either = `there is neither ${names.slice(0, 2).join(" nor ")}`;
  return [{ place: holder, why: either, ...(mayBePatch ? { patch: true } : {}) }];
}

/** Entries of a list that have the name of one before them. */
function twice(list: readonly Value[], what: string): readonly Fault[] {
  const seen = new Set<string>();
  return list.flatMap((one) => {
    const place = field(one, "name");
    const name = text(place) ?? "";
    if (place === undefined || name === "" || isVariable(place)) return [];
    if (seen.has(name)) return [{ place, why: `there is another ${what} ${JSON.stringify(name)} above` }];
    seen.add(name);
    return [];
  });
}

const namesIn = (holder: Value | undefined, list: string): ReadonlySet<string> =>
  new Set(items(field(holder, list)).flatMap((one) => text(field(one, "name")) ?? []));

const joined = (...all: readonly ReadonlySet<string>[]): ReadonlySet<string> => new Set(all.flatMap((one) => [...one]));

const paramsOf = (spec: Value | undefined): ReadonlySet<string> => namesIn(spec, "params");

/** Parameters that tasks written in a PipelineRun may refer to: all that are named anywhere in it. */
const paramsOfAll = (spec: Value | undefined): ReadonlySet<string> =>
  joined(
    paramsOf(spec),
    ...[...items(field(spec, "tasks")), ...items(field(spec, "finally"))].flatMap((task) => [
      paramsOf(task),
      namesIn(field(task, "matrix"), "params"),
      ...items(at(task, "matrix", "include")).map((one) => namesIn(one, "params")),
      paramsOf(field(task, "taskSpec")),
    ]),
  );

/** The texts of a step in which its Task's parameters are filled in, and looked for. */
function textsOf(step: Value): readonly Value[] {
  return [
    ...["name", "image", "workingDir", "script", "command", "args"].flatMap((name) => textsIn(field(step, name))),
    ...items(field(step, "env")).flatMap((one) => textsIn(field(one, "value"))),
    ...items(field(step, "volumeMounts")).flatMap((one) =>
      ["name", "mountPath", "subPath"].flatMap((name) => textsIn(field(one, name))),
    ),
  ];
}

/** A text, the texts of a list, or those of a map's values. */
function textsIn(value: Value | undefined): readonly Value[] {
  if (value === undefined) return [];
  if (text(value) !== undefined) return [value];
  return isList(value) ? items(value) : entries(value).flatMap((entry) => textsIn(entry.value));
}

/** `$(params.x)`, `$(params.x.key)`, `$(params.x[*])`, `$(params["x"])`. */
const reference = /\$\(params(?:\.([^()[\]]+?)|\["([^"]+)"\]|\['([^']+)'\])(?:\[[0-9*]*\])?\)/g;

/** Parameters that a text refers to and nobody declares. */
function undeclared(place: Value, params: Known): readonly Fault[] {
  if (params === undefined) return [];
  const names = [...(text(place) ?? "").matchAll(reference)].map(([, plain, double, single]) => ({
    whole: plain ?? double ?? single ?? "",
    first: plain?.split(".")[0],
  }));
  const unknown = names.find(({ whole, first }) => !params.has(whole) && (first === undefined || !params.has(first)));
  return unknown === undefined ? [] : [{ place, why: `there is no parameter ${JSON.stringify(unknown.whole)}` }];
}

/** Results of a task that a script writes and nobody declares. */
function undeclaredResults(place: Value, results: ReadonlySet<string>): readonly Fault[] {
  const names = [...(text(place) ?? "").matchAll(/\$\(results\.([^().[\]]+)\.path\)/g)].map(([, name = ""]) => name);
  const unknown = names.find((name) => !results.has(name));
  return unknown === undefined ? [] : [{ place, why: `there is no result ${JSON.stringify(unknown)}` }];
}
