/** Compiles recipes/<family>/recipe.yaml and recipes/software/<id>/software.yaml into recipes/recipes.gen.json. Run by scripts/gen.mjs. */
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
    const outfile = join(folder, "load-recipes.cjs");
    await build({
      entryPoints: [join(root, "src/recipe/load-recipes.ts")],
      bundle: true,
      platform: "node",
      format: "cjs",
      outfile,
      logLevel: "silent",
    });
    const { loadRecipes, loadSoftware } = (await import(pathToFileURL(outfile).href)).default;
    const recipes = unwrap(await loadRecipes(join(root, "recipes")));
    const software = unwrap(await loadSoftware(join(root, "recipes/software")));
    const text = `{\n  "recipes": [\n${lines(recipes)}\n  ],\n  "software": [\n${lines(software)}\n  ]\n}\n`;
    return new Map([["recipes/recipes.gen.json", text]]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function lines(items) {
  return items.map((item) => `    ${JSON.stringify(item)}`).join(",\n");
}
