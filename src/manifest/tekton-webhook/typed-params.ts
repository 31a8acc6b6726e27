/**
 * Parameters that are lists or maps: a list fills whole entries of command and args, a map is asked for by its keys.
 * @see https://github.com/tektoncd/pipeline/blob/main/pkg/apis/pipeline/v1/task_validation.go validateArrayUsage, validateObjectUsage
 */
import { type Value, entries, field, isList, isMapping, text } from "../yaml/read.ts";
import type { Fault } from "./fault.ts";
import { textsIn, textsOf } from "./names.ts";

/** What a parameter is: as its type says, else as its default or its properties do. */
export function typeOf(param: Value): string {
  const type = text(field(param, "type")) ?? "";
  if (type !== "") return type;
  const value = field(param, "default");
  if (isList(value)) return "array";
  return isMapping(value) || field(param, "properties") !== undefined ? "object" : "string";
}

/** `$(params.x)`, `$(params.x[*])`, `$(params["x"])`; `$(params.x.key)`, which says which key. */
const reference = /\$\(params(?:\.([^()[\].]+)(?:\.([^()[\].]+))?(?:\[\*\])?|\[(?:"([^"[\]]+)"|'([^'[\]]+)')\])\)/g;

/** Places where a step, or a StepAction, uses a list or a map as a text. */
export function wrongUses(step: Value, params: readonly Value[]): readonly Fault[] {
  const typed = new Map(params.map((param) => [text(field(param, "name")) ?? "", param]));
  const lines = new Set(["command", "args"].flatMap((name) => textsIn(field(step, name)).map(({ node }) => node)));
  return textsOf(step).flatMap((place) => {
    const whole = text(place) ?? "";
    for (const [match, plain, key, double, single] of whole.matchAll(reference)) {
      const name = plain ?? double ?? single ?? "";
      const param = typed.get(name);
      const why = param === undefined ? undefined : wrongUse(param, key, lines.has(place.node), match === whole);
      if (why !== undefined) return [{ place, why: `the parameter ${JSON.stringify(name)} ${why}` }];
    }
    return [];
  });
}

function wrongUse(param: Value, key: string | undefined, isLine: boolean, isAlone: boolean): string | undefined {
  switch (typeOf(param)) {
    case "array":
      if (isLine) return isAlone ? undefined : "is an array, and has to be an entry of command or args by itself";
      return "is an array, which stands in command and args alone";
    case "object": {
      if (key === undefined) return "is an object, which is asked for by its keys";
      const keys = entries(field(param, "properties") ?? param).map(({ name }) => name);
      return field(param, "properties") === undefined || keys.includes(key)
        ? undefined
        : `has no property ${JSON.stringify(key)}`;
    }
    default:
      return undefined;
  }
}

/** Properties of parameters that are objects. */
export function propertyFaults(params: readonly Value[]): readonly Fault[] {
  return params.flatMap((param): readonly Fault[] => {
    if (typeOf(param) !== "object") return [];
    const properties = field(param, "properties");
    if (properties === undefined) return [{ place: param, why: "a parameter of the type object has no properties" }];
    return entries(properties).flatMap(({ value }) => {
      const place = field(value, "type");
      return place === undefined || ["", "string"].includes(text(place) ?? "")
        ? []
        : [{ place, why: `a property of an object is a string, not ${text(place) ?? "this"}` }];
    });
  });
}
