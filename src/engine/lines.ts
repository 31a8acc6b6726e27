import { StringDecoder } from "node:string_decoder";

/** Cuts a byte stream into lines of text. */
export interface LineReader {
  push(chunk: Uint8Array): void;
  /** Gives what is left of a last line without line feed. */
  end(): void;
}

/** A line longer than this is given in pieces, so that a build that prints no line feed cannot fill the memory. */
const usualLimit = 64 * 1024;

/**
 * Calls `onLine` with each line, without its line feed (and without a carriage return before it).
 * Characters that are split over chunks are put together again.
 * @param longest characters after which a line is given in pieces.
 */
export function createLineReader(onLine: (line: string) => void, longest = usualLimit): LineReader {
  const decoder = new StringDecoder("utf8");
  let pieces: string[] = [];
  let length = 0;
  const flush = (): void => {
    const line = pieces.join("");
    pieces = [];
    length = 0;
    onLine(line.endsWith("\r") ? line.slice(0, -1) : line);
  };
  const take = (text: string): void => {
    let from = 0;
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", from)) {
      pieces.push(text.slice(from, at));
      flush();
      from = at + 1;
    }
    if (from === text.length) return;
    pieces.push(text.slice(from));
    length += text.length - from;
    if (length > longest) flush();
  };
  return {
    push: (chunk) => take(decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))),
    end() {
      take(decoder.end());
      if (pieces.length > 0) flush();
    },
  };
}
