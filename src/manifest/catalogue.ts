/** All objects of a run by name, so that what refers to another finds it. */
import type { ManifestObject } from "./objects.ts";

export type Catalogue = ReadonlyMap<string, readonly ManifestObject[]>;

const keyOf = (group: string, kind: string, name: string): string => `${group}/${kind}/${name}`;

export function catalogueOf(objects: readonly ManifestObject[]): Catalogue {
  const found = new Map<string, ManifestObject[]>();
  for (const object of objects) {
    const key = keyOf(object.group, object.kind, object.name);
    found.set(key, [...(found.get(key) ?? []), object]);
  }
  return found;
}

/** The object of that name: in the same namespace, or where one of the two names none. */
export function findObject(
  catalogue: Catalogue,
  group: string,
  kind: string,
  name: string,
  namespace: string | undefined,
): ManifestObject | undefined {
  const found = catalogue.get(keyOf(group, kind, name)) ?? [];
  return (
    found.find((object) => object.namespace === namespace) ??
    found.find((object) => object.namespace === undefined || namespace === undefined)
  );
}
