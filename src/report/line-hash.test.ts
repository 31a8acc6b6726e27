import { expect, test } from "vitest";
import { lineHashes, nameHash } from "./line-hash.ts";

// What the function of github/codeql-action that does it gave for these texts.
test.each([
  ["", ["c129715d7a2bc9a3:1"]],
  ["FROM alpine:3.20", ["770103aebd73b929:1"]],
  [
    "\tFROM a AS b\r\nUSER app\r\rRUN  é 🚀\n",
    ["478e2cf01398a5b1:1", "b461388055e40780:1", "3d05868e84c0bf62:1", "d9ac4c9330bb16c0:1", "c129715d7a2bc9a3:1"],
  ],
])("the hashes of %j are GitHub's", (text, expected) => {
  expect(lineHashes(text)).toEqual(expected);
});

test("repeated lines are counted, as long as what follows is the same", () => {
  expect(lineHashes("EXPOSE 80\n".repeat(14)).slice(0, 5)).toEqual([
    "b44a6008ced35dcf:1",
    "b44a6008ced35dcf:2",
    "b44a6008ced35dcf:3",
    "b44a6008ced45d89:1",
    "2a5c012ee929373f:1",
  ]);
});

test("a line keeps its hash when lines come above it", () => {
  const text = "FROM alpine:3.20\nRUN adduser -D app\nUSER app\n";
  expect(lineHashes(`# new\n\n${text}`).slice(2)).toEqual(lineHashes(text));
});

test("names that differ at their end have different hashes", () => {
  const long = "a".repeat(300);
  expect(nameHash(`${long}1`)).not.toBe(nameHash(`${long}2`));
  expect(nameHash("a")).toMatch(/^[0-9a-f]+:1$/);
});
