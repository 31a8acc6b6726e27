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

/** What a patch says, whatever template it is laid over. */
interface Patch {
  /** It changes what is judged, or nobody can read it. */
  readonly isApart: boolean;
  /** Containers that it names beside those that every Pod has. */
  readonly names: readonly string[];
}

/** A Workflow's patch is asked about for each of its templates, and read once. */
const readPatches = new WeakMap<Value["node"], Patch>();

/** Whether a patch makes another Pod of a template than the one that is judged, or may. */
export function isPatchApart(patch: Value | undefined, template: Value): boolean {
  const written = text(patch);
  if (patch === undefined || written === undefined || written === "") return false;
  const read = readPatches.get(patch.node) ?? readPatch(written);
  readPatches.set(patch.node, read);
  if (read.isApart || read.names.length === 0) return read.isApart;
  const own = new Set([
    ...["initContainers", "sidecars"].flatMap((list) => items(field(template, list)).map(nameOf)),
    ...items(field(field(template, "containerSet"), "containers")).map(nameOf),
  ]);
  return read.names.some((name) => !own.has(name));
}

function readPatch(written: string): Patch {
  const [value] = yamlInText(written) ?? [];
  if (value === undefined || !isMapping(value)) return { isApart: true, names: [] };
  const containers = ["containers", "initContainers"].flatMap((list) => items(field(value, list)));
  return {
    isApart:
      entries(value).some(({ name }) => judged.has(name)) ||
      containers.some((one) => entries(one).some(({ name }) => !harmless.has(name))),
    names: [...new Set(containers.map(nameOf))].filter((name) => !ownNames.includes(name)),
  };
}

/** YAML that stands in a text, with something for its variables; undefined of what is none. */
export function yamlInText(written: string): readonly Value[] | undefined {
  const read = readYaml("text", written.replaceAll(/\{\{[^{}]*\}\}/g, "0"));
  return read.ok ? read.value.documents : undefined;
}

const nameOf = (value: Value): string => text(field(value, "name")) ?? "";
