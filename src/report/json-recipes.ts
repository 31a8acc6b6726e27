/** `recipes --format json`: one document. */
import type { Failure } from "../core/errors.ts";
import { errorJson, jsonText } from "./json.ts";
import type { Tool } from "./standing.ts";

/** What `recipes` lists, as it is printed. */
export interface ListedRecipes {
  readonly recipes: readonly object[];
  readonly software: readonly object[];
}

/**
 * Renders the recipes and the known software.
 * @param failure why nothing could be listed, with an empty list
 */
export function renderRecipesJson(
  { recipes, software }: ListedRecipes,
  tool: Tool,
  failure: Failure | null = null,
): string {
  return `${jsonText({
    schemaVersion: 1,
    tool: { name: tool.name, version: tool.version },
    command: "recipes",
    recipes,
    software,
    error: failure === null ? null : errorJson(failure),
  })}\n`;
}
