/**
 * `podSpecPatch` of Argo Workflows: YAML in a text, with variables, that is laid over the finished Pod. It mostly gives
 * resources. One that changes what Pod Security looks at is not followed.
 */
import { entries, field, isMapping, items, readYaml, text, type Value } from "./yaml/read.ts";

/** What a container's entry may say without a change in what is judged. */
const harmless: ReadonlySet<string> = new Set([
  "args",
  "command",
  "env",
  "envFrom",
  "imagePullPolicy",
  "name",
  "resources",
  "terminationMessagePath",
  "terminationMessagePolicy",
  "volumeMounts",
  "workingDir",
]);
/** Fields of a Pod's spec, beside its containers, that are judged. */
const judged: ReadonlySet<string> = new Set([
  "ephemeralContainers",
  "hostIPC",
  "hostNetwork",
  "hostPID",
  "hostUsers",
  "os",
  "securityContext",
  "volumes",
]);
const ownNames: readonly string[] = ["init", "main", "wait"];

/** Whether a patch makes another Pod of a template than the one that is judged, or may. */
export function isPatchApart(patch: Value | undefined, template: Value): boolean {
  const written = text(patch);
  if (written === undefined || written === "") return false;
  const [value] = yamlInText(written) ?? [];
  if (value === undefined || !isMapping(value)) return true;
  const names = new Set([
    ...ownNames,
    ...["initContainers", "sidecars"].flatMap((list) => items(field(template, list)).map(nameOf)),
    ...items(field(field(template, "containerSet"), "containers")).map(nameOf),
  ]);
  return entries(value).some(({ name, value: inside }) =>
    name === "containers" || name === "initContainers"
      ? items(inside).some((one) => !names.has(nameOf(one)) || entries(one).some((entry) => !harmless.has(entry.name)))
      : judged.has(name),
  );
}

/** YAML that stands in a text, with something for its variables; undefined of what is none. */
export function yamlInText(written: string): readonly Value[] | undefined {
  const read = readYaml("text", written.replaceAll(/\{\{[^{}]*\}\}/g, "0"));
  return read.ok ? read.value.documents : undefined;
}

const nameOf = (value: Value): string => text(field(value, "name")) ?? "";
