/** Where the shipped data lies: `recipes/` of the package, from the sources as well as from the built bundle. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The `recipes` folder of this package. Throws when it is missing: a broken installation. */
export function dataFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const candidate = join(folder, "recipes");
    if (existsSync(join(candidate, "known-images", "table.json"))) return candidate;
    const parent = dirname(folder);
    if (parent === folder) throw new Error("the recipes folder of image-fix is missing; install it again");
    folder = parent;
  }
}

/** Computes a value when it is first asked for and keeps it. */
export function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
