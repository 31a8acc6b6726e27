/** The samples of the families: what a fix writes on each, by bytes, in both line endings, and once more. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fixed } from "../fix/test-kit.ts";
import { shippedRecipes } from "./recipe-book.ts";

const root = join(import.meta.dirname, "../../recipes");
const fix = (text: string): string => fixed({ text, options: { comments: true } });
const families = shippedRecipes().map(({ id }) => id);

describe.each(families)("%s", (family) => {
  const folder = join(root, family);

  test("has a page", () => {
    expect(readFileSync(join(folder, "README.md"), "utf8")).toMatch(/^# \S/);
  });

  const samples = existsSync(join(folder, "samples")) ? readdirSync(join(folder, "samples")) : [];
  test.each(samples)("sample %s", (sample) => {
    const read = (path: string): string => readFileSync(join(folder, "samples", sample, path), "utf8");
    const text = read("Containerfile");
    const expected = read("expected/Containerfile");
    expect(fix(text)).toBe(expected);
    expect(fix(text.replaceAll("\n", "\r\n"))).toBe(expected.replaceAll("\n", "\r\n"));
    expect(fix(`\uFEFF${text}`)).toBe(`\uFEFF${expected}`);
    expect(fix(expected)).toBe(expected);
    expect(readFileSync(join(folder, "README.md"), "utf8")).toContain(expected);
  });
});
