/** The objects of a file: one a document, the items of a `List` each. */
import { at, entries, field, items, text, type Value, type YamlFile } from "./yaml/read.ts";

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
  /** The TriggerTemplate that it stands in. */
  readonly within?: string;
}

/** Every object of a file, in order. What has no kind and no apiVersion is none. */
export function objectsOf(file: YamlFile): readonly ManifestObject[] {
  return file.documents.flatMap((document) => objectsIn(file, document));
}

/** An object, or those that stand in it: the items of a `List`, the resource templates of a TriggerTemplate. */
function objectsIn(file: YamlFile, value: Value, within?: string): readonly ManifestObject[] {
  const kind = text(field(value, "kind"));
  const apiVersion = text(field(value, "apiVersion"));
  if (kind === undefined || apiVersion === undefined) return [];
  if (kind.endsWith("List") && field(value, "items") !== undefined) {
    return items(field(value, "items")).flatMap((item) => objectsIn(file, item, within));
  }
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
  if (kind !== "TriggerTemplate" || group !== "triggers.tekton.dev") return [object];
  const resources = items(at(value, "spec", "resourcetemplates"));
  return [object, ...resources.flatMap((resource) => objectsIn(file, resource, objectName(object)))];
}

/** `Task build`; the kind alone where there is no name; what a TriggerTemplate makes with its name in front. */
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
