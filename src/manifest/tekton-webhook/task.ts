/**
 * What Tekton's webhook refuses of a Task, its steps and a StepAction.
 * @see https://github.com/tektoncd/pipeline/tree/main/pkg/apis/pipeline/v1 task_validation.go, container_validation.go
 */
import { isVariable } from "../variables.ts";
import { type Value, field, isMapping, items, text } from "../yaml/read.ts";
import { type Fault, isEmpty, label, notLabel, optional, twice } from "./fault.ts";
import { declaredFaults } from "./given.ts";
import { mountPathFaults } from "./mount-paths.ts";
import { type Known, namesIn, textsOf, undeclared, undeclaredResults, addedTexts } from "./names.ts";
import { propertyFaults, wrongUses } from "./typed-params.ts";
import { whenFaults } from "./when.ts";

/** Faults of a TaskSpec. `params`: those that it may refer to. */
export function taskFaults(spec: Value | undefined, params: Known): readonly Fault[] {
  const steps = items(field(spec, "steps"));
  const template = field(spec, "stepTemplate");
  const workspaces = namesIn(spec, "workspaces");
  const results = namesIn(spec, "results");
  const declared = items(field(spec, "params"));
  return [
    ...declaredFaults(spec),
    ...propertyFaults(declared),
    ...twice(items(field(spec, "volumes")), "volume"),
    ...twice(items(field(spec, "workspaces")), "workspace"),
    ...mountPathFaults(spec),
    ...twice(steps, "step"),
    ...steps.flatMap((step) => [
      ...stepFaults(step, template, workspaces),
      ...textsOf(step).flatMap((one) => undeclared(one, params)),
      ...wrongUses(step, declared),
      ...whenFaults(step),
      ...optional(field(step, "script")).flatMap((one) => [
        ...undeclaredResults(one, results),
        ...(field(step, "results") === undefined
          ? []
          : undeclaredResults(one, namesIn(step, "results"), "step.results")),
      ]),
    ]),
    ...(steps.some((step) => field(step, "ref") === undefined) ? addedTexts(template) : []).flatMap((one) =>
      undeclared(one, params),
    ),
    ...items(field(spec, "sidecars")).flatMap((sidecar) => [
      ...withoutImage(sidecar, undefined, "sidecar"),
      ...scriptAndCommand(sidecar),
    ]),
  ];
}

/** Faults of a TaskSpec within another object: a field that it does not have is refused there, and dropped elsewhere. */
export function withinFaults(spec: Value | undefined, params: Known): readonly Fault[] {
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

export function stepActionFaults(spec: Value): readonly Fault[] {
  const script = field(spec, "script");
  const params = namesIn(spec, "params");
  const declared = items(field(spec, "params"));
  const isFilledIn = /\$\(params[.[]/.test(text(script) ?? "");
  return [
    ...withoutImage(spec, undefined, "StepAction"),
    ...scriptAndCommand(spec),
    ...declaredFaults(spec),
    ...propertyFaults(declared),
    ...optional(script).flatMap((one) =>
      (["results", "step.results"] as const).flatMap((prefix) =>
        undeclaredResults(one, namesIn(spec, "results"), prefix),
      ),
    ),
    ...(script !== undefined && isFilledIn
      ? [{ place: script, why: "param substitution in scripts is not allowed: give the parameter by env" }]
      : []),
    ...textsOf(spec).flatMap((one) => (one.node === script?.node ? [] : undeclared(one, params))),
    ...(isFilledIn ? [] : wrongUses(spec, declared)),
  ];
}
