/** The objects of a file: one a document, the items of a `List` each. */
import { at, entries, field, isList, items, text, type Value, type YamlFile } from "./yaml/read.ts";

export interface ManifestObject {
  readonly file: YamlFile;
  /** `tekton.dev`; `""` for the core API. */
  readonly group: string;
  /** `v1beta1`. */
  readonly version: string;
  readonly kind: string;
  /** `metadata.name`, or `generateName` as it is; `""` where there is neither. */
  readonly name: string;
  readonly namespace: string | undefined;
  readonly value: Value;
  /** The TriggerTemplate or Sensor that it stands in. */
  readonly within?: string;
}

/** Every object of a file, in order. What has no kind and no apiVersion is none. */
export function objectsOf(file: YamlFile): readonly ManifestObject[] {
  return partsOf(file).flatMap((part) => objectsIn(file, part));
}

/** What may be an object: a document, an entry of one that is a list (`jq '[.items[]]'`), an item of a `List`. */
export interface Part {
  readonly value: Value;
  readonly kind: string | undefined;
  readonly apiVersion: string | undefined;
}

/** The parts of a file that a person would take for objects, also those that lack what makes them one. */
export const partsOf = (file: YamlFile): readonly Part[] =>
  file.documents
    .flatMap((document) => (isList(document) ? items(document) : [document]))
    .flatMap((value) => unlisted(partOf(value)));

const partOf = (value: Value, kind?: string, apiVersion?: string): Part => ({
  value,
  kind: text(field(value, "kind")) ?? kind,
  apiVersion: text(field(value, "apiVersion")) ?? apiVersion,
});

/** The items of a list; those of a `PodList`, as the API itself writes it, are Pods without saying so. */
function unlisted(part: Part): readonly Part[] {
  const { value, kind, apiVersion } = part;
  if (kind?.endsWith("List") !== true || apiVersion === undefined) return [part];
  const inside = field(value, "items");
  if (inside === undefined) return [part];
  const typed = kind === "List" ? undefined : kind.slice(0, -"List".length);
  return items(inside).flatMap((item) => unlisted(partOf(item, typed, typed === undefined ? undefined : apiVersion)));
}

/** An object, and those that stand in it for its controller to make. */
function objectsIn(file: YamlFile, { value, kind, apiVersion }: Part, within?: string): readonly ManifestObject[] {
  if (kind === undefined || apiVersion === undefined) return [];
  const [version = "", group = ""] = apiVersion.split("/").toReversed();
  const object = {
    file,
    group,
    version,
    kind,
    name: text(at(value, "metadata", "name")) ?? text(at(value, "metadata", "generateName")) ?? "",
    namespace: text(at(value, "metadata", "namespace")),
    value,
    ...(within === undefined ? {} : { within }),
  };
  const resources = resourcesIn(object);
  return [object, ...resources.flatMap((resource) => objectsIn(file, partOf(resource), objectName(object)))];
}

/** Whether an object holds others that its controller makes when something happens. */
export const holdsObjects = ({ group, kind }: Pick<ManifestObject, "group" | "kind">): boolean =>
  (group === "triggers.tekton.dev" && kind === "TriggerTemplate") || (group === "argoproj.io" && kind === "Sensor");

/** @see https://github.com/argoproj/argo-events/blob/master/pkg/apis/events/v1alpha1/sensor_types.go ArtifactLocation */
function resourcesIn(object: ManifestObject): readonly Value[] {
  if (!holdsObjects(object)) return [];
  const spec = field(object.value, "spec");
  if (object.kind === "TriggerTemplate") return items(field(spec, "resourcetemplates"));
  return items(field(spec, "triggers")).flatMap((trigger) =>
    ["argoWorkflow", "k8s"].flatMap((name) => at(trigger, "template", name, "source", "resource") ?? []),
  );
}

/** `Task build`; the kind alone where there is no name; what another object makes with its name in front. */
export function objectName({ kind, name, within }: Pick<ManifestObject, "kind" | "name" | "within">): string {
  const own = name === "" ? kind : `${kind} ${name}`;
  return within === undefined ? own : `${within}, ${own}`;
}

/** A map of texts, such as labels and annotations. */
export function textMap(value: Value | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(
    entries(value).flatMap((entry) => {
      const found = text(entry.value);
      return found === undefined ? [] : [[entry.name, found] as const];
    }),
  );
}
