/** Lines of files of any size, without holding the file: results, journals, lists. */
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";

export interface Line {
  readonly text: string;
  /** Bytes up to and with the line's end. */
  readonly end: number;
  /** False for a last line without a line end, and for one that was cut at the limit. */
  readonly whole: boolean;
}

/** A result of an image with thousands of findings is below it; a file without line ends must not fill the memory. */
const longestLine = 64 * 1024 * 1024;

/**
 * Reads a file's lines; CRLF counts as a line end. Errors of the file system are thrown by the iteration.
 * @param length bytes to read, for a file that grows meanwhile
 */
export function readLines(path: string, length = Number.POSITIVE_INFINITY): AsyncGenerator<Line> {
  return linesOf(createReadStream(path, { highWaterMark: 256 * 1024, end: Math.max(0, length - 1) }));
}

/** Reads the lines of a stream of bytes. */
export async function* linesOf(stream: Readable): AsyncGenerator<Line> {
  let parts: Buffer[] = [];
  let held = 0;
  let end = 0;
  for await (const chunk of stream as AsyncIterable<Buffer | string>) {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    let from = 0;
    for (;;) {
      const at = bytes.indexOf(0x0a, from);
      if (at === -1) break;
      parts.push(bytes.subarray(from, at));
      end += held + at - from + 1;
      yield lineOf(parts, held + at - from, end);
      parts = [];
      held = 0;
      from = at + 1;
    }
    if (from < bytes.length) {
      held += bytes.length - from;
      // Beyond the limit only the length counts.
      if (held <= longestLine) parts.push(bytes.subarray(from));
      else parts = [];
    }
  }
  if (held > 0) yield { text: textOf(parts), end: end + held, whole: false };
}

const lineOf = (parts: readonly Buffer[], length: number, end: number): Line =>
  length > longestLine ? { text: "", end, whole: false } : { text: textOf(parts), end, whole: true };

function textOf(parts: readonly Buffer[]): string {
  const text = parts.length === 1 ? (parts[0]?.toString("utf8") ?? "") : Buffer.concat(parts).toString("utf8");
  return text.endsWith("\r") ? text.slice(0, -1) : text;
}
