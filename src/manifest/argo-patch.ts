/**
 * `podSpecPatch` of Argo Workflows: YAML in a text, with variables, that is laid over the finished Pod. It mostly gives
 * resources, and a security context to what Argo adds by itself. One that changes anything else that Pod Security looks at
 * is not followed.
 */
import type { SecurityContext } from "./pod-security/pod.ts";
import { readSecurityContext } from "./read-pod.ts";
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
/** What Argo adds to a Pod, and the list that it is in. */
const added: ReadonlyMap<string, string> = new Map([
  ["init", "initContainers"],
  ["wait", "containers"],
]);

/** What a patch says, whatever template it is laid over. */
interface Patch {
  /** It changes what is judged, or nobody can read it. */
  readonly isApart: boolean;
  /** Containers that it names beside those that every Pod has. */
  readonly names: readonly string[];
  /** The security contexts of what Argo adds. */
  readonly contexts: ReadonlyMap<string, SecurityContext>;
}

/** A Workflow's patch is asked about for each of its templates, and read once. */
const readPatches = new WeakMap<Value["node"], Patch>();

/** Whether a patch makes another Pod of a template than the one that is judged, or may. */
export function isPatchApart(patch: Value | undefined, template: Value): boolean {
  const read = patchOf(patch);
  if (read === undefined) return false;
  if (read.isApart || read.names.length === 0) return read.isApart;
  const own = new Set([
    ...["initContainers", "sidecars"].flatMap((list) => items(field(template, list)).map(nameOf)),
    ...items(field(field(template, "containerSet"), "containers")).map(nameOf),
  ]);
  return read.names.some((name) => !own.has(name));
}

/** The security context that a patch gives to `init` or `wait`, which Argo adds. */
export const patchedContext = (patch: Value | undefined, name: "init" | "wait"): SecurityContext | undefined =>
  patchOf(patch)?.contexts.get(name);

function patchOf(patch: Value | undefined): Patch | undefined {
  const written = text(patch);
  if (patch === undefined || written === undefined || written === "") return undefined;
  const read = readPatches.get(patch.node) ?? readPatch(written);
  readPatches.set(patch.node, read);
  return read;
}

function readPatch(written: string): Patch {
  const contexts = new Map<string, SecurityContext>();
  const [value] = yamlInText(written) ?? [];
  if (value === undefined || !isMapping(value)) return { isApart: true, names: [], contexts };
  const names = new Set<string>();
  let isApart = entries(value).some(({ name }) => judged.has(name));
  for (const list of ["containers", "initContainers"]) {
    for (const container of items(field(value, list))) {
      const name = nameOf(container);
      const isAdded = added.get(name) === list;
      const context = isAdded ? readSecurityContext(field(container, "securityContext")) : undefined;
      if (context !== undefined) contexts.set(name, context);
      if (!ownNames.includes(name)) names.add(name);
      isApart ||= entries(container).some(
        (entry) => !harmless.has(entry.name) && !(isAdded && entry.name === "securityContext"),
      );
    }
  }
  return { isApart, names: [...names], contexts };
}

/** YAML that stands in a text, with something for its variables; undefined of what is none. */
export function yamlInText(written: string): readonly Value[] | undefined {
  const read = readYaml("text", written.replaceAll(/\{\{[^{}]*\}\}/g, "0"));
  return read.ok ? read.value.documents : undefined;
}

const nameOf = (value: Value): string => text(field(value, "name")) ?? "";
