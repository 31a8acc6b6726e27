import type { Span } from "../core/finding.ts";
import type { LogicalText, Word } from "./model.ts";

/**
 * Joins pieces of a file into one logical line and keeps the way back.
 * `pieces` are in order; looking an index up takes the logarithm of their number.
 */
export function joinPieces(text: string, pieces: readonly Span[]): LogicalText {
  const first = pieces[0] ?? { start: 0, end: 0 };
  if (pieces.length <= 1) {
    const joined = text.slice(first.start, first.end);
    return {
      text: joined,
      toSource: (index) => first.start + Math.max(0, Math.min(index, joined.length)),
    };
  }
  const parts: string[] = [];
  const sources: number[] = [];
  const starts: number[] = [];
  let length = 0;
  for (const piece of pieces) {
    if (piece.end <= piece.start) continue;
    parts.push(text.slice(piece.start, piece.end));
    sources.push(piece.start);
    starts.push(length);
    length += piece.end - piece.start;
  }
  if (starts.length === 0) return joinPieces(text, [first]);
  const toSource = (index: number): number => {
    if (index >= length) return (sources.at(-1) ?? 0) + length - (starts.at(-1) ?? 0);
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    return (sources[low] ?? 0) + Math.max(0, index) - (starts[low] ?? 0);
  };
  return { text: parts.join(""), toSource };
}

/** A part of a logical line as a logical line of its own (the trigger of an ONBUILD). */
export function subText(logical: LogicalText, start: number): LogicalText {
  return {
    text: logical.text.slice(start),
    toSource: (index) => logical.toSource(start + Math.max(0, index)),
  };
}

/** The place of `[start, end)` of a logical line in the file. It may hold continuations and comments. */
export function spanOf(logical: LogicalText, start: number, end: number): Span {
  const from = logical.toSource(start);
  return { start: from, end: end > start ? logical.toSource(end - 1) + 1 : from };
}

/** `[start, end)` of a logical line as a word; `value` where it is not simply that text. */
export function wordAt(logical: LogicalText, start: number, end: number, value = logical.text.slice(start, end)): Word {
  return { value, span: spanOf(logical, start, end) };
}
