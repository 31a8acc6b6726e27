import type { Position } from "./model.ts";

/** Offsets at which the lines of one text start. Build it once a file with {@link lineIndex}. */
export interface LineIndex {
  readonly starts: readonly number[];
}

/** Finds the line starts of a text. Lines end at LF only, as for the builder. */
export function lineIndex(text: string): LineIndex {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return { starts };
}

/**
 * The place of an offset for a person: 1-based line and column, columns in UTF-16 units.
 * Offsets outside the text count as its ends. Give a {@link LineIndex} where more than one place is asked for.
 */
export function positionAt(source: string | LineIndex, offset: number): Position {
  const { starts } = typeof source === "string" ? lineIndex(source) : source;
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: Math.max(0, offset - (starts[low] ?? 0)) + 1 };
}
