import { describe, expect, test } from "vitest";
import { createLineReader } from "./lines.ts";

function read(chunks: readonly Uint8Array[], longest?: number): string[] {
  const lines: string[] = [];
  const reader = createLineReader((line) => lines.push(line), longest);
  for (const chunk of chunks) reader.push(chunk);
  reader.end();
  return lines;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("createLineReader", () => {
  test("cuts at line feeds, with or without carriage return, and gives the last line without one", () => {
    expect(read([bytes("a\nb\r\n\nc")])).toEqual(["a", "b", "", "c"]);
  });

  test("puts lines and characters together that are split over chunks", () => {
    const whole = bytes("über\nöl\n");
    expect(read([...whole].map((byte) => Uint8Array.of(byte)))).toEqual(["über", "öl"]);
  });

  test("gives an endless line in pieces", () => {
    expect(read([bytes("x".repeat(6)), bytes("y".repeat(6)), bytes("z\n")], 10)).toEqual(["xxxxxxyyyyyy", "z"]);
  });

  test("says nothing for nothing", () => {
    expect(read([])).toEqual([]);
  });
});
