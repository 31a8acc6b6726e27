/** Reads a folder of recipes: `FOLDER/<id>/recipe.yaml`, or `FOLDER/<id>.yaml`. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Failure } from "../core/errors.ts";
import { err, ok, type Result } from "../core/result.ts";
import { readRecipe, readSoftware } from "./read-recipe.ts";
import type { Recipe } from "./recipe.ts";
import type { Software } from "./software.ts";

const unreadable = (file: string, message: string): Failure => ({
  code: "UNREADABLE",
  file,
  message,
  hint: "--recipes takes a folder with one folder a recipe, each with a recipe.yaml",
});

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

/** Files of a recipe folder in order of their names. */
async function filesOf(folder: string, name: string): Promise<Result<readonly string[], Failure>> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const files: string[] = [];
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.isDirectory()) {
        const inside = await readdir(join(folder, entry.name));
        if (inside.includes(name)) files.push(join(folder, entry.name, name));
      } else if (/\.ya?ml$/.test(entry.name)) {
        files.push(join(folder, entry.name));
      }
    }
    return files.length > 0 ? ok(files) : err(unreadable(folder, "there is no recipe in it"));
  } catch (error) {
    return err(unreadable(folder, isMissing(error) ? "there is no such folder" : "it cannot be read"));
  }
}

async function readAll<T extends { readonly id: string }>(
  files: readonly string[],
  read: (file: string, text: string) => Result<T, Failure>,
): Promise<Result<readonly T[], Failure>> {
  const all: T[] = [];
  for (const file of files) {
    let text: string;
    try {
      text = await readFile(file, "utf8");
    } catch {
      return err(unreadable(file, "it cannot be read"));
    }
    const one = read(file, text);
    if (!one.ok) return one;
    all.push(one.value);
  }
  return ok(all);
}

/**
 * The recipes of a folder. Two that match the same family or image at the same level are an error: nobody could say
 * which one counts.
 */
export async function loadRecipes(folder: string): Promise<Result<readonly Recipe[], Failure>> {
  const files = await filesOf(folder, "recipe.yaml");
  if (!files.ok) return files;
  const recipes = await readAll(files.value, readRecipe);
  if (!recipes.ok) return recipes;
  const seen = new Map<string, string>();
  for (const [index, { families, images, id }] of recipes.value.entries()) {
    for (const match of [...families, ...images]) {
      const other = seen.get(match);
      if (other !== undefined) {
        return err({
          code: "RECIPE_INVALID",
          file: files.value[index] ?? folder,
          line: 1,
          column: 1,
          message: `${match} is matched by two recipes, ${other} and ${id}; leave it to one of them`,
        });
      }
      seen.set(match, id);
    }
  }
  return recipes;
}

/** The software files of a folder. */
export async function loadSoftware(folder: string): Promise<Result<readonly Software[], Failure>> {
  const files = await filesOf(folder, "software.yaml");
  return files.ok ? readAll(files.value, readSoftware) : files;
}
