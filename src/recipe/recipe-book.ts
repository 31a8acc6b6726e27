/** The recipes of a run: those that ship, and those of the user, which win. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { BaseFacts } from "../image/base-facts.ts";
import { dataFolder, lazy } from "../facts/data-folder.ts";
import type { Recipe } from "./recipe.ts";
import type { Software } from "./software.ts";

export interface RecipeBook {
  readonly shipped: readonly Recipe[];
  readonly own: readonly Recipe[];
}

const read = lazy(() => {
  const text = readFileSync(join(dataFolder(), "recipes.gen.json"), "utf8");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- compiled from validated YAML; a test compares it with its sources
  return JSON.parse(text) as { readonly recipes: readonly Recipe[]; readonly software: readonly Software[] };
});

/** The recipes that ship with image-fix. */
export const shippedRecipes = (): readonly Recipe[] => read().recipes;

/** The software that image-fix knows, without YAML being parsed. */
export const shippedSoftware = (): readonly Software[] => read().software;

/** A book without recipes of the user's own. */
export const shippedBook = (): RecipeBook => ({ shipped: shippedRecipes(), own: [] });

/** Whether a glob with `*` covers a reference. */
export function coversImage(glob: string, reference: string): boolean {
  const parts = glob.split("*");
  const [head = ""] = parts;
  if (parts.length === 1)
    return glob === reference || reference.startsWith(`${glob}:`) || reference.startsWith(`${glob}@`);
  if (!reference.startsWith(head)) return false;
  let at = head.length;
  for (const part of parts.slice(1, -1)) {
    const found = reference.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  const tail = parts.at(-1) ?? "";
  return reference.length - tail.length >= at && reference.endsWith(tail);
}

/**
 * The recipe for a base: one of the user's own by image, then by family, then the shipped one of its family; the
 * portable last resort for a base with a shell whose family nobody knows.
 */
export function recipeFor(book: RecipeBook, base: BaseFacts): Recipe | undefined {
  const family = base.family.known ? base.family.value : undefined;
  const byImage = book.own.find(({ images }) => images.some((glob) => coversImage(glob, base.reference)));
  if (byImage !== undefined) return byImage;
  const byFamily =
    family === undefined ? undefined : [...book.own, ...book.shipped].find(({ families }) => families.includes(family));
  return byFamily ?? book.shipped.find(({ id }) => id === "passwd-append");
}
