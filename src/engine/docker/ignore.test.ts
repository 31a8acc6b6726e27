import { describe, expect, test } from "vitest";
import { readIgnoreRules } from "./ignore.ts";

describe("readIgnoreRules", () => {
  test.each([
    // pattern lines, path, ignored
    ["node_modules", "node_modules", true],
    ["node_modules", "node_modules/a/b.js", true],
    ["node_modules", "src/node_modules", false],
    ["/dist/", "dist/x", true],
    ["*.md", "README.md", true],
    ["*.md", "docs/README.md", false],
    ["**/*.md", "docs/a/README.md", true],
    ["**/*.md", "README.md", true],
    ["docs/**", "docs/a/b", true],
    ["docs/**", "docs", false],
    ["a/**/z", "a/z", true],
    ["a/**/z", "a/b/c/z", true],
    ["temp?", "temp1", true],
    ["temp?", "temp", false],
    ["[a-c].txt", "b.txt", true],
    ["[^a-c].txt", "b.txt", false],
    ["*\n!keep", "keep", false],
    ["*\n!keep", "other", true],
    ["*\n!keep/this", "keep/this", false],
    ["*\n!keep/this", "keep/that", true],
    ["*.md\n!README*.md\nREADME-secret.md", "README-secret.md", true],
    ["# comment\n\n  spaced  ", "spaced", true],
    ["#file", "#file", false],
    ["./a/../b", "b", true],
    ["a\\*b", "a*b", true],
    ["a\\*b", "axb", false],
    ["a.c", "abc", false],
    [".", "a", false],
    ["[", "[", false],
    ["\ufeffa\r\nb\r\n", "a", true],
    ["\ufeffa\r\nb\r\n", "b", true],
  ])("%j on %s: %s", (text, path, expected) => {
    expect(readIgnoreRules(text).ignores(path)).toBe(expected);
  });

  test("a folder is skipped unless an exception lies below it", () => {
    expect(readIgnoreRules("a").skipsFolder("a")).toBe(true);
    expect(readIgnoreRules("a\n!a/b/c").skipsFolder("a")).toBe(false);
    expect(readIgnoreRules("a\n!a/b/c").skipsFolder("a/b")).toBe(false);
    expect(readIgnoreRules("a\n!a/b/c").skipsFolder("a/x")).toBe(true);
  });
});
