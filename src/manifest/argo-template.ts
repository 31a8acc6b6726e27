/** What a template of Argo Workflows holds: its type, its containers, volumes and images, over its templateDefaults. */
import type { Volume } from "./pod-security/pod.ts";
import { readVolumes } from "./read-pod.ts";
import { invocationOf, type ImageUse, type Invocation } from "./template.ts";
import { at, field, isList, items, text, type Value } from "./yaml/read.ts";

/** In the order in which the controller asks. */
const types = ["container", "containerSet", "steps", "dag", "script", "resource", "data"] as const;
export const typeOf = (template: Value): (typeof types)[number] | undefined =>
  types.find((type) => field(template, type) !== undefined);

/** Whether a template is no step through others, and no pause or request, which one agent makes for all. */
export function makesPod(template: Value): boolean {
  const type = typeOf(template);
  return type !== undefined && type !== "steps" && type !== "dag";
}

/** A container as it is written, and what templateDefaults say of it. */
export interface Written {
  readonly name: string;
  readonly value: Value;
  readonly weak: Value | undefined;
  readonly program: Invocation;
}

/** Defaults reach the template's main container where they are of the same type. */
export function mainContainers([template, ...defaults]: readonly Value[]): readonly Written[] {
  const type = template === undefined ? undefined : typeOf(template);
  if (template === undefined || type === undefined) return [];
  const value = field(template, type);
  const weak = defaults.map((one) => field(one, type)).find((one) => one !== undefined);
  if (value === undefined) return [];
  if (type === "container") return [{ name: "main", value, weak, program: invocationOf(value) }];
  if (type === "script") return [{ name: "main", value, weak, program: scriptOf(value, weak) }];
  if (type !== "containerSet") return [];
  return items(field(value, "containers") ?? field(weak, "containers")).map((one) => ({
    name: text(field(one, "name")) ?? "main",
    value: one,
    weak: undefined,
    program: invocationOf(one),
  }));
}

const nameOf = (value: Value): string => text(field(value, "name")) ?? "";

/** A list that templateDefaults add to, and whose entries they lie under by name. */
export function listed(
  [template, ...defaults]: readonly Value[],
  list: "initContainers" | "sidecars",
): readonly Written[] {
  const own = items(field(template, list));
  const weak = defaults.flatMap((one) => items(field(one, list)));
  const added = weak.filter((one) => !own.some((other) => nameOf(other) === nameOf(one)));
  return [...own, ...added].map((value) => ({
    name: nameOf(value),
    value,
    weak: own.includes(value) ? weak.find((one) => nameOf(one) === nameOf(value)) : undefined,
    program: invocationOf(value),
  }));
}

const shell = /(?:^|\/)(?:ba|a|da|k|z)?sh$/;

/** A script as its command reads it. */
function scriptOf(value: Value, weak: Value | undefined): Invocation {
  const { command, args } = invocationOf(field(value, "command") === undefined ? weak : value);
  const source = text(field(value, "source")) ?? text(field(weak, "source")) ?? "";
  return shell.test(command[0] ?? "")
    ? { command: [], args: [], script: source }
    : { command, args: [...args, source], script: "" };
}

/** The template's volumes, and those of the Workflow that a container of the template mounts. */
export function volumesOf(specs: readonly Value[], layers: readonly Value[]): readonly Volume[] {
  const own = layers.flatMap((layer) => readVolumes(layer));
  const holders = layers.flatMap((layer) => [
    ...["container", "script", "containerSet"].flatMap((type) => field(layer, type) ?? []),
    ...items(at(layer, "containerSet", "containers")),
    ...items(field(layer, "initContainers")),
    ...items(field(layer, "sidecars")),
  ]);
  const mounted = new Set(
    holders.flatMap((one) => items(field(one, "volumeMounts")).map((mount) => text(field(mount, "name")))),
  );
  return [
    ...own,
    ...specs
      .flatMap((spec) => readVolumes(spec))
      .filter(({ name }) => mounted.has(name) && !own.some((one) => one.name === name)),
  ];
}

const variable = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** The image's name, with the Workflow's parameters filled in; a template's own come from who calls it. */
export function imageOf(values: readonly (Value | undefined)[], spec: Value): ImageUse {
  const value = values.find((one) => (text(one) ?? "") !== "");
  const written = text(value);
  if (written === undefined) return { known: false, why: "no image is named", value };
  const given = new Map(
    items(at(spec, "arguments", "parameters")).map((one) => [
      `workflow.parameters.${text(field(one, "name")) ?? ""}`,
      text(field(one, "value")),
    ]),
  );
  const missing = [...written.matchAll(variable)].find(([, inside = ""]) => given.get(inside) === undefined);
  if (missing !== undefined) return { known: false, why: `${missing[0]} has no value here`, value };
  return { known: true, name: written.replaceAll(variable, (_, inside: string) => given.get(inside) ?? ""), value };
}

/** Steps of a template, one after the other or as a graph. */
export const stepsOf = (template: Value): readonly Value[] => [
  ...items(field(template, "steps")).flatMap((group) => (isList(group) ? items(group) : [group])),
  ...items(at(template, "dag", "tasks")),
];
