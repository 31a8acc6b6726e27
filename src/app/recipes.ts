/** `recipes`: every recipe with what it would write. */
import type { Failure } from "../core/errors.ts";
import { known } from "../core/finding.ts";
import { ok, type Result } from "../core/result.ts";
import type { Family } from "../image/base-facts.ts";
import { unknownBase } from "../facts/base/merge.ts";
import { noAccounts } from "../image/accounts.ts";
import { renderRecipe, type WantedAccount } from "../recipe/render-account.ts";
import type { Recipe } from "../recipe/recipe.ts";
import { shippedSoftware } from "../recipe/recipe-book.ts";
import { loadRecipeBook } from "./recipe-source.ts";

export interface ListedRecipe {
  readonly id: string;
  readonly title: string;
  readonly families: readonly string[];
  readonly images: readonly string[];
  /** The lines that a fix adds, account and USER. */
  readonly writes: readonly string[];
  readonly facts: Recipe["facts"];
  readonly own: boolean;
}

export interface ListedSoftware {
  readonly id: string;
  readonly title: string;
  readonly nonRoot: "works" | "manual" | "never";
  readonly advice: string;
}

export interface RecipeList {
  readonly recipes: readonly ListedRecipe[];
  readonly software: readonly ListedSoftware[];
}

/** Lists the recipes of a run with what each would write for the wanted account. */
export async function listRecipes(
  request: { readonly recipesDir?: string } & WantedAccount,
): Promise<Result<RecipeList, Failure>> {
  const book = await loadRecipeBook(request.recipesDir);
  if (!book.ok) return book;
  const { own, shipped } = book.value;
  const recipes = [...own, ...shipped].map((recipe, index): ListedRecipe => {
    const account = renderRecipe(recipe, exampleBase(recipe), request);
    const user = account.name === undefined ? `${account.uid}:${account.gid}` : String(account.uid);
    return {
      id: recipe.id,
      title: recipe.title,
      families: recipe.families,
      images: recipe.images,
      writes: [...(account.commands.length > 0 ? [`RUN ${account.commands.join(" && ")}`] : []), `USER ${user}`],
      facts: recipe.facts,
      own: index < own.length,
    };
  });
  const software = shippedSoftware().map(({ id, title, nonRoot, advice }) => ({ id, title, nonRoot, advice }));
  return ok({ recipes, software });
}

/** A base of the recipe's family whose accounts are known and free. */
function exampleBase(recipe: Recipe): ReturnType<typeof unknownBase> {
  const why = "an example";
  const hasShell = recipe.account.do !== "numeric";
  const tools =
    recipe.account.do === "append-passwd" ? ["chown"] : ["adduser", "useradd", "groupadd", "getent", "find", "chown"];
  const [family] = recipe.families;
  return {
    ...unknownBase(recipe.id, why),
    ...(family === undefined ? {} : { family: known<Family>(family, why) }),
    accounts: known({ ...noAccounts, complete: true }, why),
    shell: known(hasShell, why),
    tools: known(new Set(tools), why),
  };
}
