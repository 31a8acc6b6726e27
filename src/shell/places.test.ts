import { expect, test } from "vitest";
import { placesInJson, placesInWord } from "./places.ts";

test.each([
  ["plain", "plain", [0, 1, 2, 3, 4]],
  [`'a "b'`, 'a "b', [1, 2, 3, 4]],
  [String.raw`"a\"b\c"`, String.raw`a"b\c`, [1, 3, 4, 5, 6]],
  [String.raw`a\ b'c'`, "a bc", [0, 2, 3, 5]],
  ['"a\\\nb"', "ab", [1, 4]],
])("%s", (raw, value, places) => {
  expect(placesInWord(raw, value)).toEqual(places);
});

test("no place is certain where a variable was put in", () => {
  expect(placesInWord('"a $X"', "a b")).toBeUndefined();
});

test.each([
  ['"ab"', "ab", [1, 2]],
  [String.raw`"a\n\"\u0041b"`, 'a\n"Ab', [1, 3, 5, 11, 12]],
])("of JSON: %s", (raw, value, places) => {
  expect(placesInJson(raw, value)).toEqual(places);
});

test("not in a JSON string that goes over lines", () => {
  expect(placesInJson('"a\\\nb"', "ab")).toBeUndefined();
});
