/** Holds the floors of docs/architecture.md: a folder of `src` imports from those above it in the table only. */
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, normalize, relative, sep } from "node:path";
import { expect, test } from "vitest";

const sources = join(import.meta.dirname, "..", "src");
const page = await readFile(join(sources, "..", "docs", "architecture.md"), "utf8");
const floors = [...page.matchAll(/^\| `src\/([a-z]+)`/gm)].map(([, folder]) => folder ?? "");
const files = (await readdir(sources, { recursive: true })).filter((file) => file.endsWith(".ts"));
const folderOf = (file: string): string => file.split(sep)[0] ?? "";

/** Relative imports of a source text, static and dynamic. */
const importsOf = (text: string): readonly string[] =>
  [...text.matchAll(/(?:from|import\()\s*"(\.{1,2}\/[^"]+)"/g)].map(([, path]) => path ?? "");

test("the table names every folder of src", async () => {
  const entries = await readdir(sources, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  expect(folders.toSorted()).toEqual(floors.toSorted());
});

test("imports go downwards only", async () => {
  const upwards: string[] = [];
  for (const file of files) {
    if (!file.includes(sep) || file.endsWith(".test.ts")) continue;
    const floor = floors.indexOf(folderOf(file));
    for (const path of importsOf(await readFile(join(sources, file), "utf8"))) {
      const imported = relative(sources, normalize(join(sources, dirname(file), path)));
      if (floors.indexOf(folderOf(imported)) > floor) upwards.push(`${file} imports ${path}`);
    }
  }
  expect(files.length).toBeGreaterThan(100);
  expect(upwards).toEqual([]);
});
