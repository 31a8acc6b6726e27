/** Tekton's parameters, as far as image names and folders need them. */
import { entries, field, isMapping, items, text, type Value } from "./yaml/read.ts";

/**
 * Values of parameters by how they are referred to: `image`, `image.tag` for a key of an object; of other things with all
 * that they are called by: `workspaces.source.path`. `undefined` is one that is given and only known at run time, which
 * hides a default.
 */
export type Parameters = ReadonlyMap<string, string | undefined>;

/** The defaults that a Task, a Pipeline or a StepAction declares. */
export function declaredDefaults(spec: Value | undefined): Parameters {
  return read(items(field(spec, "params")), "default");
}

/** The values that a run, a pipeline's task or a step gives. A matrix gives several, one a run. */
export function givenValues(holder: Value | undefined, scope: Parameters = new Map()): Parameters {
  const given = read(items(field(holder, "params")), "value");
  const matrix = field(holder, "matrix");
  const varied = [matrix, ...items(field(matrix, "include"))].flatMap((one) => items(field(one, "params")));
  return new Map([
    ...[...given].map(([name, value]) => {
      const filled = fillIn(value, scope);
      return [name, filled.known ? filled.text : undefined] as const;
    }),
    ...varied.map((one) => [text(field(one, "name")) ?? "", undefined] as const),
  ]);
}

function read(params: readonly Value[], key: "default" | "value"): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const param of params) {
    const name = text(field(param, "name"));
    const value = field(param, key);
    if (name === undefined || value === undefined) continue;
    const whole = text(value);
    if (whole !== undefined) found.set(name, whole);
    if (!isMapping(value)) continue;
    for (const entry of entries(value)) {
      const part = text(entry.value);
      if (part !== undefined) found.set(`${name}.${entry.name}`, part);
    }
  }
  return found;
}

/** Later ones win. */
export const joined = (...all: readonly Parameters[]): Parameters => new Map(all.flatMap((one) => [...one]));

const reference = /\$\(([^()]*)\)/g;

/** Fills `$(params.x)` and its older spellings in; tells the first that has no value. */
export function fillIn(
  template: string,
  parameters: Parameters,
): { readonly known: true; readonly text: string } | { readonly known: false; readonly missing: string } {
  let missing: string | undefined;
  const filled = template.replace(reference, (whole, inside: string) => {
    const value = parameters.get(parameterName(inside.trim()));
    if (value === undefined) missing ??= whole;
    return value ?? whole;
  });
  return missing === undefined ? { known: true, text: filled } : { known: false, missing };
}

/** `params.x`, `inputs.params.x`, `params["x"]`, `params['x']` → `x`; any other reference as it is. */
function parameterName(inside: string): string {
  return (
    /^(?:inputs\.)?params\.(.+)$/.exec(inside)?.[1] ??
    /^params\["([^"]+)"\]$/.exec(inside)?.[1] ??
    /^params\['([^']+)'\]$/.exec(inside)?.[1] ??
    inside
  );
}
