import { expect, test } from "vitest";
import { placeOf, sourceOf } from "./source.ts";

const place = (text: string, start: number, end: number) => Object.values(placeOf(sourceOf(text), { start, end }));

test.each([
  ["FROM a\nUSER app\n", 12, 15, [2, 6, 2, 9]],
  ["FROM a\r\nUSER app\r\n", 13, 16, [2, 6, 2, 9]],
  ["RUN a \\\n b\n", 0, 10, [1, 1, 2, 3]],
  ["USER 😀x", 7, 8, [1, 8, 1, 9]],
  ["\ufeffUSER app\nCMD x", 1, 5, [1, 1, 1, 5]],
  ["\ufeffUSER app\nCMD x", 10, 13, [2, 1, 2, 4]],
  ["\ufeffFROM a", 0, 1, [1, 1, 1, 1]],
  ["FROM a", 50, 60, [1, 7, 1, 7]],
  ["", 0, 0, [1, 1, 1, 1]],
])("%j from %d to %d is at %j", (text, start, end, expected) => {
  expect(place(text, start, end)).toEqual(expected);
});
