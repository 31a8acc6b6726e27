import { describe, expect, test } from "vitest";
import { excerpt, type ExcerptPaint } from "./excerpt.ts";
import { sourceOf } from "./source.ts";
import { textWidth } from "./text-width.ts";

const plain: ExcerptPaint = { gutter: (text) => text, mark: (text) => text };

function marked(text: string, word: string, columns = 80): string[] {
  const start = text.indexOf(word);
  return excerpt(sourceOf(text), { start, end: start + word.length }, columns, plain).split("\n");
}

describe("excerpt", () => {
  test("numbers the lines and puts carets under the place", () => {
    expect(marked("FROM alpine\nUSER app\nCMD true\n", "app")).toEqual([
      "    1 | FROM alpine",
      "  > 2 | USER app",
      "      |      ^^^",
      "    3 | CMD true",
    ]);
  });

  test("the first and the last line have one neighbour", () => {
    expect(marked("FROM alpine\nUSER app", "FROM")).toEqual([
      "  > 1 | FROM alpine",
      "      | ^^^^",
      "    2 | USER app",
    ]);
    expect(marked("FROM alpine\nUSER app", "app")).toEqual([
      "    1 | FROM alpine",
      "  > 2 | USER app",
      "      |      ^^^",
    ]);
  });

  test("an empty place gets one caret", () => {
    expect(excerpt(sourceOf("FROM a\n"), { start: 6, end: 6 }, 80, plain).split("\n")).toEqual([
      "  > 1 | FROM a",
      "      |       ^",
    ]);
  });

  test("a place at the very end of the text", () => {
    expect(excerpt(sourceOf("FROM a\n"), { start: 7, end: 7 }, 80, plain).split("\n")).toEqual([
      "    1 | FROM a",
      "  > 2 |",
      "      | ^",
    ]);
    expect(excerpt(sourceOf(""), { start: 0, end: 0 }, 80, plain).split("\n")).toEqual(["  > 1 |", "      | ^"]);
  });

  test("a place outside the text counts as its end", () => {
    expect(excerpt(sourceOf("FROM a"), { start: 90, end: 99 }, 80, plain).split("\n")[1]).toBe("      |       ^");
  });

  test("a carriage return is not shown", () => {
    expect(marked("FROM a\r\nUSER app\r\n", "app")).toEqual(["    1 | FROM a", "  > 2 | USER app", "      |      ^^^"]);
  });

  test("a byte order mark is not shown and takes no column", () => {
    expect(marked("\ufeffUSER app\n", "app")).toEqual(["  > 1 | USER app", "      |      ^^^"]);
  });

  test("tabs and wide characters keep carets under their place", () => {
    expect(marked("USER\tapp", "app")).toEqual(["  > 1 | USER    app", "      |         ^^^"]);
    expect(marked("LABEL 名=日本 x", "日本")).toEqual(["  > 1 | LABEL 名=日本 x", "      |          ^^^^"]);
  });

  test("control characters are shown as escapes and marked over their whole width", () => {
    expect(marked("RUN \u001b[2J x", "\u001b[2J")).toEqual(["  > 1 | RUN \\x1b[2J x", "      |     ^^^^^^^"]);
  });

  test("an instruction over several lines: carets under the first, all marked", () => {
    expect(marked("FROM a\nRUN x \\\n  y\nCMD z\n", "RUN x \\\n  y")).toEqual([
      "    1 | FROM a",
      "  > 2 | RUN x \\",
      "      | ^^^^^^^",
      "  > 3 |   y",
      "    4 | CMD z",
    ]);
  });

  test("of many lines the first four are shown", () => {
    const text = `RUN a \\\n${"  b \\\n".repeat(9)}  c\n`;
    expect(marked(text, text.trimEnd())).toEqual([
      "  > 1 | RUN a \\",
      "      | ^^^^^^^",
      "  > 2 |   b \\",
      "  > 3 |   b \\",
      "  > 4 |   b \\",
      "      | ... (7 more lines)",
    ]);
  });

  test("a place that ends with its line ending does not mark the next line", () => {
    expect(marked("USER a\nCMD b\n", "USER a\n")).toEqual(["  > 1 | USER a", "      | ^^^^^^", "    2 | CMD b"]);
  });

  test.each([40, 80, 120])("nothing is wider than %d columns and the place is in sight", (columns) => {
    for (const before of [0, 10, 100, 5000]) {
      for (const after of [0, 10, 5000]) {
        const lines = marked(`${"x".repeat(before)} HERE ${"日".repeat(after)}`, "HERE", columns);
        for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(columns);
        const at = lines[1]?.indexOf("^^^^") ?? -1;
        expect(lines[0]?.slice(at, at + 4)).toBe("HERE");
      }
    }
  });

  test("a place that is itself too long is marked as far as it is shown", () => {
    const lines = marked(`USER ${"u".repeat(5000)}`, "u".repeat(5000));
    expect(lines[0]).toMatch(/^ {2}> 1 \| USER u+\.\.\.$/);
    expect(lines[1]).toMatch(/^ {6}\| {6}\^+$/);
    expect(lines[0]?.length).toBe(80);
  });

  test("megabytes in one line cost nothing", () => {
    const text = `RUN ${"a".repeat(4_000_000)} HERE`;
    expect(marked(text, "HERE")[0]).toMatch(/^ {2}> 1 \| \.\.\.a+ HERE$/);
  });
});
