/**
 * Regenerates every generated file, or with --check says which are not current. Each module in scripts/gen/ exports
 * `generate(root)`, which gives a Map from paths below the root to their text.
 */
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const check = process.argv.includes("--check");
const modules = (await readdir(join(root, "scripts/gen"))).filter((name) => name.endsWith(".mjs")).toSorted();
const stale = [];
for (const name of modules) {
  const { generate } = await import(`./gen/${name}`);
  for (const [path, text] of await generate(root)) {
    const file = join(root, path);
    const now = await readFile(file, "utf8").catch(() => undefined);
    if (now === text) continue;
    stale.push(path);
    if (check) continue;
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}
if (check && stale.length > 0) {
  console.error(`Not current: ${stale.join(", ")}\nRun: npm run gen`);
  process.exitCode = 1;
} else if (!check) {
  console.log(stale.length === 0 ? "Everything is current." : `Written: ${stale.join(", ")}`);
}
