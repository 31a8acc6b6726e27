/** The lines of a file around a place, with the place marked. */
import { positionAt } from "../containerfile/position.ts";
import type { Span } from "../core/finding.ts";
import type { Source } from "./source.ts";
import { cellsOf, type Cell } from "./text-width.ts";

/** How an excerpt is coloured; the identity for no colour. */
export interface ExcerptPaint {
  readonly gutter: (text: string) => string;
  readonly mark: (text: string) => string;
}

/** More lines than this of one place say nothing more. */
const mostLines = 4;
/** Of a line this many characters before and behind the place are looked at, however long the line is. */
const reach = 300;

/**
 * Renders a span as numbered source lines, marked lines with `>` and carets under the span's first line. One line of
 * context on each side. Nothing is wider than `columns`; what was cut is shown as `...`. Tabs, wide characters, control
 * characters, CRLF and a byte order mark are allowed for, so that the carets stand under the right characters.
 * @returns the lines without a last line ending
 */
export function excerpt(source: Source, span: Span, columns: number, paint: ExcerptPaint): string {
  const { text, lines } = source;
  const start = Math.min(span.start, text.length);
  const end = Math.max(start, Math.min(span.end, text.length));
  const firstLine = positionAt(lines, start).line - 1;
  // A span that ends with a line ending does not reach into the next line.
  const lastLine = Math.max(firstLine, positionAt(lines, end > start ? end - 1 : end).line - 1);
  const shownLast = Math.min(lastLine, firstLine + mostLines - 1);
  const from = Math.max(0, firstLine - 1);
  const to = shownLast === lastLine ? Math.min(lines.starts.length - 1, lastLine + 1) : shownLast;

  const digits = String(to + 1).length;
  const gutterOf = (label: string, marked: boolean): string =>
    paint.gutter(`  ${marked ? ">" : " "} ${label.padStart(digits)} |`);
  const room = Math.max(20, columns - digits - 7);
  const out: string[] = [];
  for (let line = from; line <= to; line++) {
    const lineStart = lines.starts[line] ?? 0;
    const content = contentOf(source, line);
    if (line === to && line > lastLine && content === "") continue;
    const isFirst = line === firstLine;
    const marked = line >= firstLine && line <= shownLast;
    const focus = isFirst
      ? { start: start - lineStart, end: Math.min(end - lineStart, content.length) }
      : { start: 0, end: 0 };
    const { shown, caretAt, carets } = fit(content, focus, room);
    out.push(`${gutterOf(String(line + 1), marked)}${shown === "" ? "" : ` ${shown}`}`);
    if (isFirst) out.push(`${gutterOf("", false)} ${" ".repeat(caretAt)}${paint.mark("^".repeat(carets))}`);
  }
  if (shownLast < lastLine) {
    const more = lastLine - shownLast;
    out.push(`${gutterOf("", false)} ... (${more} more ${more === 1 ? "line" : "lines"})`);
  }
  return out.join("\n");
}

/** A line without its line ending. */
function contentOf({ text, lines }: Source, line: number): string {
  const start = lines.starts[line] ?? 0;
  const next = lines.starts[line + 1];
  const end = next === undefined ? text.length : next - 1;
  return text[end - 1] === "\r" && end > start ? text.slice(start, end - 1) : text.slice(start, end);
}

interface Fitted {
  readonly shown: string;
  /** Columns before the first caret. */
  readonly caretAt: number;
  readonly carets: number;
}

/** Cuts a line so that the focus is seen, and says where it then stands. */
function fit(content: string, focus: Span, room: number): Fitted {
  const near = { start: Math.max(0, focus.start - reach), end: focus.start + reach };
  const cells = cellsOf(content.slice(near.start, near.end)).map((cell): Cell =>
    cell.offset + near.start === 0 && cell.text === "\\ufeff" ? { ...cell, text: "", width: 0 } : cell,
  );
  const columnsTo: number[] = [0];
  for (const { width } of cells) columnsTo.push((columnsTo.at(-1) ?? 0) + width);
  const total = columnsTo.at(-1) ?? 0;
  const cellAt = (offset: number): number => {
    const found = cells.findIndex((cell) => cell.offset + near.start >= offset);
    return found === -1 ? cells.length : found;
  };
  const first = cellAt(focus.start);
  const last = Math.max(first, cellAt(focus.end));
  const whole = near.start === 0 && near.end >= content.length;
  if (whole && total <= room)
    return window(cells, columnsTo, 0, cells.length, first, last, { before: false, after: false });

  // The focus begins a third of the way into the window, unless the line's start fits with it.
  const ellipsis = 3;
  const focusColumn = columnsTo[first] ?? 0;
  const before = near.start > 0 || focusColumn > room - ellipsis - 12;
  const startColumn = before ? Math.max(0, focusColumn - Math.floor(room / 3)) : 0;
  let from = columnsTo.findIndex((column) => column >= startColumn);
  if (from === -1) from = 0;
  let to = from;
  const budget = room - (before ? ellipsis : 0) - ellipsis;
  while (to < cells.length && (columnsTo[to + 1] ?? 0) - (columnsTo[from] ?? 0) <= budget) to++;
  const after = to < cells.length || near.end < content.length;
  return window(cells, columnsTo, from, to, first, last, { before, after });
}

function window(
  cells: readonly Cell[],
  columnsTo: readonly number[],
  from: number,
  to: number,
  first: number,
  last: number,
  cut: { readonly before: boolean; readonly after: boolean },
): Fitted {
  const shown = cells
    .slice(from, to)
    .map(({ text }) => text)
    .join("");
  const lead = cut.before ? "..." : "";
  const column = (index: number): number =>
    (columnsTo[Math.min(Math.max(index, from), to)] ?? 0) - (columnsTo[from] ?? 0);
  return {
    shown: `${lead}${shown}${cut.after ? "..." : ""}`.trimEnd(),
    caretAt: lead.length + column(first),
    carets: Math.max(1, column(last) - column(first)),
  };
}
