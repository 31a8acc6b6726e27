/** The recipe book of a run. YAML is read only for a folder of the user's own. */
import type { Failure } from "../core/errors.ts";
import { ok, type Result } from "../core/result.ts";
import { shippedBook, type RecipeBook } from "../recipe/recipe-book.ts";

/** Loads the recipes: the shipped ones and, where asked, the user's. */
export async function loadRecipeBook(folder: string | undefined): Promise<Result<RecipeBook, Failure>> {
  const book = shippedBook();
  if (folder === undefined) return ok(book);
  const { loadRecipes } = await import("../recipe/load-recipes.ts");
  const own = await loadRecipes(folder);
  return own.ok ? ok({ ...book, own: own.value }) : own;
}
