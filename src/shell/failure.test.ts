import { describe, expect, test } from "vitest";
import { readShell } from "./read-shell.ts";

/** What a failure of the command `x` does. */
const endOf = (text: string, shell: readonly string[] = []): string | undefined =>
  readShell({ text, toSource: (index) => index }, { variables: new Map(), cwd: "/", shell }).commands.find(
    ({ words }) => words[0]?.value === "x",
  )?.onFailure;

describe("what a failing command does to its script", () => {
  test.each([
    "x",
    "x;",
    "a && x",
    "x && a",
    "a; x && b",
    "a || b; x",
    "yes | x",
    "{ a; x; }",
    "(x) && b",
    "x || exit 1",
    "x || exit",
    "x || false",
    "x || (echo no; exit 1)",
    "x || { echo no; false; }",
    "x || exit 1; b",
    "x || { echo no; exit 1; }",
    "{ x || exit 1; }; a",
    "set -e; x; a",
    "set -eux && x; a",
    "set -o errexit; x; a",
    "set -e; (x; a); b",
    "set -e; { x; a; }",
    "set -o pipefail; x | a",
    "sh -c 'x'",
    "sh -ec 'x; a'",
    "a &&\nx",
    "if a; then b; fi; x",
  ])("stops: %s", (text) => {
    expect(endOf(text)).toBe("stops");
  });

  test.each([
    "x || true",
    "x || a && b",
    "x ||\n a",
    "x && a || b",
    "a && x || b",
    "(x) || a",
    "(x && a) || b",
    "{ a; x; } || b",
    "set -e; { x; a; } || b",
    "x || exit 0",
    "x || false; a",
    "x || (exit 1); a",
    "x || { false; a; }",
    "x || ! false",
    "x || a $(false)",
    "x || false || a",
    "x || { echo no; exit 0; }",
    "x || a; exit 1",
    "sh -c 'x' || a",
    "if x; then a; fi",
    "if ! x; then a; fi",
    "while x; do a; done",
    "! x",
    "x | a || b",
  ])("is caught, or unnoticed: %s", (text) => {
    expect(endOf(text)).not.toBe("stops");
  });

  test.each([
    "x; a",
    "x\na",
    "x && a; b",
    "{ x; a; }",
    "x; (a)",
    "x; { a; }",
    "x; if a; then b; fi",
    "x | a",
    "x & a",
    "echo $(x)",
    "sh -c 'x; a'",
    "set -e; set +e; x; a",
    "set -e; x && a; b",
    "set -e; (x; a) && b; c",
  ])("is unnoticed: %s", (text) => {
    expect(endOf(text)).toBe("unnoticed");
  });

  test("the shell's own options count", () => {
    expect(endOf("x; a", ["bash", "-euo", "pipefail", "-c"])).toBe("stops");
    expect(endOf("x | a", ["bash", "-euo", "pipefail", "-c"])).toBe("stops");
    expect(endOf("x; a", ["bash", "-o", "pipefail", "-c"])).toBe("unnoticed");
  });

  test("what stands in a group behind || may not run", () => {
    const { commands } = readShell(
      { text: "a || { b; (c); }; d", toSource: (index) => index },
      { variables: new Map(), cwd: "/" },
    );
    expect(commands.map(({ conditional }) => conditional)).toEqual([false, true, true, false]);
  });

  test("deep and long scripts cost no more than their length", () => {
    const deep = 20_000;
    expect(endOf(`${"(".repeat(deep)}x; ${"a && ".repeat(deep)}b${")".repeat(deep)}`)).toBe("unnoticed");
  });
});
