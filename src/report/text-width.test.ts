import { describe, expect, test } from "vitest";
import { cellsOf, textWidth, wrap } from "./text-width.ts";

describe("textWidth", () => {
  test.each([
    ["USER app", 8],
    ["naïve", 5],
    ["日本", 4],
    ["ｗ", 2],
    ["한글", 4],
    ["e\u0301", 1],
    ["👍", 2],
    ["👩\u200d💻", 2],
    ["\u001b[0m", 7],
    ["\u202e", 6],
  ])("%j takes %d columns", (text, columns) => {
    expect(textWidth(text)).toBe(columns);
  });
});

describe("cellsOf", () => {
  test("a tab reaches to the next multiple of four", () => {
    expect(cellsOf("a\tb").map(({ text }) => text)).toEqual(["a", "   ", "b"]);
    expect(cellsOf("\t").map(({ width }) => width)).toEqual([4]);
    expect(cellsOf("日\tb").map(({ width }) => width)).toEqual([2, 2, 1]);
  });

  test("offsets count UTF-16 units", () => {
    expect(cellsOf("𠀀b").map(({ offset }) => offset)).toEqual([0, 2]);
  });

  test("a lone surrogate is shown as an escape", () => {
    expect(cellsOf("\ud800").map(({ text }) => text)).toEqual(["\\ud800"]);
  });
});

describe("wrap", () => {
  test("breaks at blanks and indents what follows", () => {
    expect(wrap("one two three", 8, "  ")).toBe("one two\n  three");
  });

  test("counts what stands before the text", () => {
    expect(wrap("one two", 9, "", 4)).toBe("one\ntwo");
  });

  test("a word that is too wide keeps a line of its own", () => {
    expect(wrap("a reallylongword b", 6)).toBe("a\nreallylongword\nb");
  });

  test("blanks in front of it stay before the first word, also of one that is too wide", () => {
    expect(wrap("  reallylongword b", 6, "    ")).toBe("  reallylongword\n    b");
    expect(wrap("  a b", 4, "    ")).toBe("  a\n    b");
  });

  test("line ends stay", () => {
    expect(wrap("one\ntwo", 80, "  ")).toBe("one\n  two");
  });

  test("wide characters count twice", () => {
    expect(wrap("日本 日本", 8)).toBe("日本\n日本");
  });
});
