/** A file's text with the way from offsets to the places that people, editors and machines name. */
import { lineIndex, positionAt, type LineIndex } from "../containerfile/position.ts";
import type { Span } from "../core/finding.ts";

/** A text whose lines are found once, however many places are asked for. */
export interface Source {
  readonly text: string;
  readonly lines: LineIndex;
}

/** A place: 1-based, the end exclusive; columns count UTF-16 units and leave a byte order mark out, as editors do. */
export interface Place {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export const sourceOf = (text: string): Source => ({ text, lines: lineIndex(text) });

/** The place of a span. Offsets behind the text count as its end. */
export function placeOf({ text, lines }: Source, span: Span): Place {
  const bom = text.startsWith("\ufeff") ? 1 : 0;
  const at = (offset: number) => {
    const { line, column } = positionAt(lines, Math.min(offset, text.length));
    return { line, column: line === 1 ? Math.max(1, column - bom) : column };
  };
  const start = at(span.start);
  const end = at(Math.max(span.start, span.end));
  return { line: start.line, column: start.column, endLine: end.line, endColumn: end.column };
}
