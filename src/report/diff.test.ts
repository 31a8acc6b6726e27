import { describe, expect, test } from "vitest";
import { unifiedDiff } from "./diff.ts";

const header = (name: string): string => `--- ${name}\n+++ ${name}\n`;

describe("unifiedDiff", () => {
  test("equal texts have no diff", async () => {
    expect(await unifiedDiff("Containerfile", "FROM a\n", "FROM a\n")).toBe("");
  });

  test("shows three lines of context and ./ in front of a relative name", async () => {
    const before = "FROM a\nRUN 1\nRUN 2\nRUN 3\nRUN 4\nUSER app\n";
    expect(await unifiedDiff("sub/Containerfile", before, before.replace("USER app", "USER 10001"))).toBe(
      `${header("./sub/Containerfile")}@@ -3,4 +3,4 @@\n RUN 2\n RUN 3\n RUN 4\n-USER app\n+USER 10001\n`,
    );
  });

  test("one line of one", async () => {
    expect(await unifiedDiff("./C", "FROM a\n", "FROM b\n")).toBe(`${header("./C")}@@ -1 +1 @@\n-FROM a\n+FROM b\n`);
  });

  test("an empty side is range 0,0", async () => {
    expect(await unifiedDiff("./C", "", "FROM b\n")).toBe(`${header("./C")}@@ -0,0 +1 @@\n+FROM b\n`);
    expect(await unifiedDiff("./C", "FROM b\n", "")).toBe(`${header("./C")}@@ -1 +0,0 @@\n-FROM b\n`);
  });

  test("a carriage return belongs to its line", async () => {
    expect(await unifiedDiff("./C", "FROM a\r\nUSER x\r\n", "FROM a\r\nUSER 1\r\n")).toBe(
      `${header("./C")}@@ -1,2 +1,2 @@\n FROM a\r\n-USER x\r\n+USER 1\r\n`,
    );
  });

  test("a change of the line ending alone is a change", async () => {
    expect(await unifiedDiff("./C", "FROM a\r\n", "FROM a\n")).toBe(
      `${header("./C")}@@ -1 +1 @@\n-FROM a\r\n+FROM a\n`,
    );
  });

  test("a missing last line ending is marked on both sides", async () => {
    expect(await unifiedDiff("./C", "FROM a", "FROM b")).toBe(
      `${header("./C")}@@ -1 +1 @@\n-FROM a\n\\ No newline at end of file\n+FROM b\n\\ No newline at end of file\n`,
    );
    expect(await unifiedDiff("./C", "FROM a", "FROM a\nUSER 1")).toBe(
      `${header("./C")}@@ -1 +1,2 @@\n-FROM a\n\\ No newline at end of file\n+FROM a\n+USER 1\n\\ No newline at end of file\n`,
    );
  });

  test("a byte order mark stays in its line", async () => {
    expect(await unifiedDiff("./C", "\ufeffFROM a\n", "\ufeffFROM a\nUSER 1\n")).toBe(
      `${header("./C")}@@ -1 +1,2 @@\n \ufeffFROM a\n+USER 1\n`,
    );
  });

  test("standard input is called Containerfile", async () => {
    expect(await unifiedDiff("-", "a\n", "b\n")).toMatch(/^--- \.\/Containerfile\n\+\+\+ \.\/Containerfile\n/);
  });

  test.each([
    ["../x/Containerfile", "../x/Containerfile"],
    ["/x/Containerfile", "/x/Containerfile"],
    ["my file", "./my file\t"],
    ['a"b\\c', '"./a\\"b\\\\c"'],
    ["a\nb", '"./a\\012b"'],
  ])("the name %j is written %j", async (name, written) => {
    expect(await unifiedDiff(name, "a\n", "b\n")).toContain(`--- ${written}\n+++ ${written}\n@@`);
  });
});
