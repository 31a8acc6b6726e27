/**
 * Holds the floors of docs/architecture.md: a folder of `src` imports from those above it in the table only, and no file
 * from one that imports it.
 */
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

/** What each file of `src` imports, types too. */
async function importGraph(): Promise<ReadonlyMap<string, readonly string[]>> {
  const graph = new Map<string, readonly string[]>();
  for (const file of files) {
    if (file.endsWith(".test.ts")) continue;
    const paths = importsOf(await readFile(join(sources, file), "utf8"));
    graph.set(
      file,
      paths.map((path) => relative(sources, normalize(join(sources, dirname(file), path)))),
    );
  }
  return graph;
}

test("imports go downwards only", async () => {
  const upwards: string[] = [];
  for (const [file, imports] of await importGraph()) {
    if (!file.includes(sep)) continue;
    const floor = floors.indexOf(folderOf(file));
    for (const imported of imports) {
      if (floors.indexOf(folderOf(imported)) > floor) upwards.push(`${file} imports ${imported}`);
    }
  }
  expect(files.length).toBeGreaterThan(100);
  expect(upwards).toEqual([]);
});

test("no file imports one that imports it, through others either", async () => {
  const graph = await importGraph();
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) return void circles.push([...path.slice(path.indexOf(file)), file].join(" → "));
    if (done.has(file)) return;
    for (const imported of graph.get(file) ?? []) visit(imported, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  expect(circles).toEqual([]);
});
