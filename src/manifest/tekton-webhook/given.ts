/** Parameters and workspaces: as they are declared, and as a run or a pipeline's task gives them. */
import { isVariable } from "../variables.ts";
import { type Value, field, isList, isMapping, items, text } from "../yaml/read.ts";
import { type Fault, twice } from "./fault.ts";

/** Parameters as a Task, a StepAction or a Pipeline declares them. */
export function declaredFaults(spec: Value | undefined): readonly Fault[] {
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
export function givenFaults(holder: Value): readonly Fault[] {
  const params = items(field(holder, "params"));
  return [
    ...twice(params, "parameter"),
    ...params.flatMap((place) =>
      isMapping(place) && field(place, "value") === undefined ? [{ place, why: "the parameter has no value" }] : [],
    ),
  ];
}

/** Workspaces as a run gives them. */
export function bindingFaults(spec: Value): readonly Fault[] {
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
