import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { inflated } from "./decompress.ts";

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(bytes: Uint8Array, size = bytes.length, most?: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of inflated(pieces(bytes, size), bytes.length, most)) parts.push(part);
  return Buffer.concat(parts);
}

describe("gzip", () => {
  // At once and as a stream: by what comes, and by what comes out of it.
  const noise = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * at * 2_654_435_761) >>> 24));
  test.each([
    ["small", Buffer.from("hello\n".repeat(10))],
    ["small, of eight megabytes", Buffer.alloc(8 * 1024 * 1024, "x")],
    ["large", noise],
  ])("%s", async (_name, content) => {
    const compressed = gzipSync(content);
    expect((await read(compressed)).equals(content)).toBe(true);
    expect((await read(compressed, 3)).equals(content)).toBe(true);
    const members = Buffer.concat([compressed, gzipSync("end")]);
    expect((await read(members)).equals(Buffer.concat([content, Buffer.from("end")]))).toBe(true);
    await expect(read(compressed.subarray(0, -9))).rejects.toThrow(
      "its gzip stream is broken (unexpected end of file)",
    );
    await expect(read(compressed, undefined, content.length - 1)).rejects.toThrow("it inflates to more than");
  });
});
