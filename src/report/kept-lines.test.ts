import { diffArrays } from "diff";
import { describe, expect, test } from "vitest";
import { keptLines, type Compare } from "./kept-lines.ts";

const compare: Compare = (before, after) => diffArrays([...before], [...after]);

/** What is handed to the comparison, whose time grows with the square of it. */
function effort(before: readonly string[], after: readonly string[]): number {
  let squares = 0;
  keptLines(before, after, (left, right) => {
    squares += (left.length + right.length) ** 2;
    return compare(left, right);
  });
  return squares;
}

const lines = (text: string): readonly string[] => (text === "" ? [] : text.split(" "));

/** Pods of which every third has the lines already that the others get, so that no line is the one text's alone. */
const pods = (count: number, fields: readonly string[]): readonly string[] =>
  Array.from({ length: count }, (_, index) => [
    "---",
    "kind: Pod",
    "containers:",
    ...(index % 3 === 0 ? ["securityContext:", "allow: false", "drop: ALL"] : fields),
    "- name: a",
  ]).flat();
const wanted = ["securityContext:", "allow: false", "drop: ALL"];

const numbered = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from }, (_, index) => `line ${from + index}`);

describe("keptLines", () => {
  test.each([
    ["", "", []],
    ["a b c", "a b c", ["0-0", "1-1", "2-2"]],
    ["a b c", "a x c", ["0-0", "2-2"]],
    ["a b", "b a", ["1-0"]],
    ["a b a b", "a b", ["0-0", "1-1"]],
    ["a", "b", []],
  ] as const)("%j to %j", (before, after, expected) => {
    const kept = keptLines(lines(before), lines(after), compare);
    expect(kept.map((pair) => pair.join("-"))).toEqual(expected);
  });

  test.each([
    ["lines that stand elsewhere too are put in", pods, (count: number) => pods(count, wanted)],
    [
      "nothing stays",
      (count: number) => Array.from({ length: count }, (_, index) => `a${index}`),
      (count: number) => Array.from({ length: count }, (_, index) => `b${index}`),
    ],
  ])("takes time by the length: %s", (_, before, after) => {
    const small = effort(before(500, []), after(500));
    const large = effort(before(5000, []), after(5000));
    expect(large).toBeLessThanOrEqual(small * 13);
  });

  test("finds the way over a hole that is larger than a window", () => {
    const shuffled = numbered(2000, 2900);
    const before = [...numbered(0, 2000), ...shuffled, ...numbered(2900, 3900)];
    const after = [...numbered(0, 2000), ...shuffled.toReversed(), ...numbered(2900, 3900)];
    const kept = keptLines(before, after, compare);
    expect(kept.length).toBeGreaterThanOrEqual(3001);
    for (const [from, to] of kept) expect(before[from]).toBe(after[to]);
  });
});
