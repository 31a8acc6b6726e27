/** Names that a Tekton object declares, and the texts that refer to them. */
import { type Value, at, entries, field, isList, items, text } from "../yaml/read.ts";
import type { Fault } from "./fault.ts";

/** Names that may be referred to; undefined where nobody asks. */
export type Known = ReadonlySet<string> | undefined;

export const namesIn = (holder: Value | undefined, list: string): ReadonlySet<string> =>
  new Set(items(field(holder, list)).flatMap((one) => text(field(one, "name")) ?? []));

export const joined = (...all: readonly ReadonlySet<string>[]): ReadonlySet<string> =>
  new Set(all.flatMap((one) => [...one]));

export const paramsOf = (spec: Value | undefined): ReadonlySet<string> => namesIn(spec, "params");

/** Parameters that tasks written in a PipelineRun may refer to: all that are named anywhere in it. */
export const paramsOfAll = (spec: Value | undefined): ReadonlySet<string> =>
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
export function textsOf(step: Value): readonly Value[] {
  return [
    ...["name", "image", "workingDir", "script", "command", "args"].flatMap((name) => textsIn(field(step, name))),
    ...addedTexts(step),
  ];
}

/** Those of them that a stepTemplate adds to its steps' own. */
export function addedTexts(step: Value | undefined): readonly Value[] {
  return [
    ...items(field(step, "env")).flatMap((one) => textsIn(field(one, "value"))),
    ...items(field(step, "volumeMounts")).flatMap((one) =>
      ["name", "mountPath", "subPath"].flatMap((name) => textsIn(field(one, name))),
    ),
  ];
}

/** A text, the texts of a list, or those of a map's values. */
export function textsIn(value: Value | undefined): readonly Value[] {
  if (value === undefined) return [];
  if (text(value) !== undefined) return [value];
  return isList(value) ? items(value) : entries(value).flatMap((entry) => textsIn(entry.value));
}

/** `$(params.x)`, `$(params.x.key)`, `$(params.x[*])`, `$(params["x"])`. */
const reference = /\$\(params(?:\.([^()[\]]+?)|\["([^"]+)"\]|\['([^']+)'\])(?:\[[0-9*]*\])?\)/g;

/** Parameters that a text refers to and nobody declares. */
export function undeclared(place: Value, params: Known): readonly Fault[] {
  if (params === undefined) return [];
  const names = [...(text(place) ?? "").matchAll(reference)].map(([, plain, double, single]) => ({
    whole: plain ?? double ?? single ?? "",
    first: plain?.split(".")[0],
  }));
  const unknown = names.find(({ whole, first }) => !params.has(whole) && (first === undefined || !params.has(first)));
  return unknown === undefined ? [] : [{ place, why: `there is no parameter ${JSON.stringify(unknown.whole)}` }];
}

/** Results that a script writes and nobody declares: of a Task, or of a step (`step.results`). */
export function undeclaredResults(
  place: Value,
  results: ReadonlySet<string>,
  prefix: "results" | "step.results" = "results",
): readonly Fault[] {
  const names = [...(text(place) ?? "").matchAll(/\$\(((?:step\.)?results)\.([^().[\]]+)\.path\)/g)];
  const unknown = names.find(([, written, name = ""]) => written === prefix && !results.has(name));
  return unknown === undefined ? [] : [{ place, why: `there is no result ${JSON.stringify(unknown[2])}` }];
}
