import { expect, test } from "vitest";
import { visible, visibleName } from "./terminal-text.ts";

/** What moves a cursor, colours, rings, turns the direction of a line or hides: by its first and last character. */
const kept = [
  ["C0 before the tab", 0x00, 0x08],
  ["C0 behind the line feed", 0x0b, 0x1f],
  ["DEL and C1", 0x7f, 0x9f],
  ["the Arabic letter mark", 0x61c, 0x61c],
  ["marks of direction", 0x200e, 0x200f],
  ["line and paragraph separator", 0x2028, 0x2029],
  ["embeddings and overrides", 0x202a, 0x202e],
  ["isolates", 0x2066, 0x2069],
  ["the byte order mark", 0xfeff, 0xfeff],
  ["half of a pair", 0xd800, 0xdfff],
] as const;

test.each(kept)("%s is written out", (_, first, last) => {
  for (let code = first; code <= last; code++) {
    const hex = code.toString(16);
    const expected = code <= 0xff ? `\\x${hex.padStart(2, "0")}` : `\\u${hex.padStart(4, "0")}`;
    expect(visible(`a${String.fromCharCode(code)}b`)).toBe(`a${expected}b`);
  }
});

test("all else stays as it is", () => {
  const text = "tab\t line\n ümläut é\u0301 \u{1f600} \u05d0\u0627 \u00a0\u200d";
  expect(visible(text)).toBe(text);
});

test("a name stays on its line", () => {
  expect(visibleName("a\tb\nc\u001b[31m")).toBe(String.raw`a\tb\nc\x1b[31m`);
});
