/** From YAML text to a validated recipe; an error knows its line and column. */
import * as v from "valibot";
import type { Failure } from "../core/errors.ts";
import { err, type Result } from "../core/result.ts";
import { readYaml } from "./read-yaml.ts";
import type { Recipe } from "./recipe.ts";
import { recipeSchema, softwareSchema } from "./schema.ts";
import type { Software } from "./software.ts";

/** Reads a `recipe.yaml`. `file` is what errors call it. */
export function readRecipe(file: string, text: string): Result<Recipe, Failure> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema's output is the type but for `undefined` in place of absence, which JSON takes away
  return read(file, text, (value) => v.safeParse(recipeSchema, value)) as Result<Recipe, Failure>;
}

/** Reads a `software.yaml`. */
export function readSoftware(file: string, text: string): Result<Software, Failure> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
  return read(file, text, (value) => v.safeParse(softwareSchema, value)) as Result<Software, Failure>;
}

function read(file: string, text: string, parse: Parameters<typeof readYaml>[1]): Result<unknown, Failure> {
  const value = readYaml(text, parse);
  return value.ok ? value : err({ code: "RECIPE_INVALID", file, ...value.error });
}
