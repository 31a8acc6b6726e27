/**
 * Compiles recipes/<family>/recipe.yaml and recipes/software/<id>/software.yaml into recipes/recipes.gen.json, and
 * writes the JSON Schemas that editors check them with. Run by scripts/gen.mjs.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const unwrap = (result) => {
  if (result.ok) return result.value;
  const { file, line, column, message } = result.error;
  throw new Error(`${file}:${line}:${column}: ${message}`);
};

export async function generate(root) {
  // The reader is TypeScript, which Node 20 does not run.
  const folder = await mkdtemp(join(tmpdir(), "image-fix-gen-"));
  try {
    const load = async (source) => {
      const outfile = join(folder, `${source.replaceAll("/", "-")}.cjs`);
      await build({
        entryPoints: [join(root, source)],
        bundle: true,
        platform: "node",
        format: "cjs",
        outfile,
        logLevel: "silent",
      });
      return (await import(pathToFileURL(outfile).href)).default;
    };
    const { loadRecipes, loadSoftware } = await load("src/recipe/load-recipes.ts");
    const { recipeSchema, softwareSchema } = await load("src/recipe/schema.ts");
    const recipes = unwrap(await loadRecipes(join(root, "recipes")));
    const software = unwrap(await loadSoftware(join(root, "recipes/software")));
    const text = `{\n  "recipes": [\n${lines(recipes)}\n  ],\n  "software": [\n${lines(software)}\n  ]\n}\n`;
    return new Map([
      ["recipes/recipes.gen.json", text],
      [
        "recipes/recipe.schema.json",
        schemaText("recipe.yaml", "How a family of base images gets an account", recipeSchema),
      ],
      [
        "recipes/software.schema.json",
        schemaText("software.yaml", "What a program needs to run without root", softwareSchema),
      ],
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function lines(items) {
  return items.map((item) => `    ${JSON.stringify(item)}`).join(",\n");
}

function schemaText(title, description, schema) {
  const head = { $schema: "http://json-schema.org/draft-07/schema#", title, description };
  return `${JSON.stringify({ ...head, ...jsonSchema(schema) }, undefined, 2)}\n`;
}

/** A valibot schema as JSON Schema, as far as the schemas of recipes go; throws for what it does not know. */
function jsonSchema(schema) {
  const checks = (schema.pipe ?? []).filter(({ kind }) => kind === "validation").map(check);
  return Object.assign(shape(schema), ...checks);
}

function shape(schema) {
  switch (schema.type) {
    case "string":
    case "number":
      return { type: schema.type };
    case "literal":
      return { const: schema.literal };
    case "picklist":
      return { enum: [...schema.options] };
    case "array":
      return { type: "array", items: jsonSchema(schema.item) };
    case "optional": {
      const value = schema.default;
      return { ...jsonSchema(schema.wrapped), ...(value === undefined ? {} : { default: value }) };
    }
    case "record":
      return { type: "object", propertyNames: jsonSchema(schema.key), additionalProperties: jsonSchema(schema.value) };
    case "variant":
      return { oneOf: schema.options.map(jsonSchema) };
    case "strict_object": {
      const entries = Object.entries(schema.entries);
      return {
        type: "object",
        properties: Object.fromEntries(entries.map(([name, entry]) => [name, jsonSchema(entry)])),
        required: entries.filter(([, entry]) => entry.type !== "optional").map(([name]) => name),
        additionalProperties: false,
      };
    }
    default:
      throw new Error(`no JSON Schema for ${schema.type}`);
  }
}

function check({ type, requirement }) {
  switch (type) {
    case "regex":
      return { pattern: requirement.source };
    case "integer":
      return { type: "integer" };
    case "min_value":
      return { minimum: requirement };
    case "max_value":
      return { maximum: requirement };
    case "non_empty":
      return { minLength: 1 };
    case "min_length":
      return { minItems: requirement };
    default:
      throw new Error(`no JSON Schema for ${type}`);
  }
}
