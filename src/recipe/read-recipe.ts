/** From YAML text to a validated recipe; an error knows its line and column. */
import * as v from "valibot";
import { isMap, isScalar, isSeq, LineCounter, parseDocument, isNode, type Document } from "yaml";
import type { Failure } from "../core/errors.ts";
import { err, ok, type Result } from "../core/result.ts";
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

type Parsed = {
  readonly success: boolean;
  readonly output: unknown;
  readonly issues?: readonly v.BaseIssue<unknown>[] | undefined;
};

function read(file: string, text: string, parse: (value: unknown) => Parsed): Result<unknown, Failure> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, strict: true, uniqueKeys: true });
  const invalid = (offset: number, message: string): Result<never, Failure> => {
    const { line, col } = lines.linePos(offset);
    return err({ code: "RECIPE_INVALID", file, line: Math.max(1, line), column: Math.max(1, col), message });
  };
  const [fault] = document.errors;
  if (fault !== undefined)
    return invalid(fault.pos[0], (fault.message.split("\n")[0] ?? "").replace(/ at line \d+, column \d+:?$/, ""));
  const parsed = parse(document.toJS({ maxAliasCount: 100 }));
  if (parsed.success) return ok(JSON.parse(JSON.stringify(parsed.output)));
  const [issue] = parsed.issues ?? [];
  const keys = (issue?.path ?? []).map(({ key }) => key);
  const name = keys.length === 0 ? "" : `${keys.map(String).join(".")}: `;
  return invalid(offsetOf(document, keys), `${name}${describe(issue)}`);
}

function describe(issue: v.BaseIssue<unknown> | undefined): string {
  if (issue === undefined) return "it is not valid";
  if (issue.expected === "never") return "there is no such key";
  if (issue.received === "undefined") return "it is missing";
  return issue.message;
}

const startOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined);

/** Where the value of a path stands; the nearest parent where it is missing, the key where it is not known. */
function offsetOf(document: Document, keys: readonly unknown[]): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const key of keys) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
      if (pair === undefined) break;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(key)];
      offset = startOf(node) ?? offset;
    } else {
      break;
    }
  }
  return offset;
}
