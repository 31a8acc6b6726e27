/** The comments of a file, and what of it each one is about: the line that it ends, or the next one below it. */
import { isMap, isPair, isScalar, isSeq, Lexer, type Node, type Pair } from "yaml";
import type { Span } from "../../core/finding.ts";
import { spanOf, type YamlFile } from "./read.ts";

/** One comment. */
export interface Comment {
  /** From its `#` to the end of its line. */
  readonly span: Span;
  /** What it is about; undefined behind everything. */
  readonly about: Span | undefined;
}

/** Something that begins in a line: a document, an item of a list, a field. */
interface Beginning {
  readonly start: number;
  readonly about: Span;
}

/**
 * Reads the comments.
 *
 * A comment is about the first thing in its line or, standing alone, in the next line that is no comment: an object, a
 * list's item, or a field with all that it holds. A plain value (`privileged: true`) stands for the map that it is in.
 * In the head of the file, set off by a blank line, a comment is about all of it.
 */
export function commentsOf({ text, documents }: YamlFile): readonly Comment[] {
  const beginnings = documents.flatMap(({ node }) => beginningsIn(node));
  const first = beginnings[0]?.start ?? text.length;
  return commentSpans(text).map((span) => {
    const line = text.lastIndexOf("\n", span.start - 1) + 1;
    const alone = text.slice(line, span.start).replace("\ufeff", "").trim() === "";
    if (!alone) return { span, about: beginnings[firstInLine(beginnings, text, span.start)]?.about };
    const next = beginnings[countBefore(beginnings, span.end)];
    if (next === undefined) return { span, about: undefined };
    const between = text.slice(span.end, next.start).split(/\r?\n/).slice(1, -1);
    if (span.start < first) {
      const setOff = between.some((one) => one.trim() === "");
      return { span, about: setOff ? { start: 0, end: text.length } : next.about };
    }
    // What stands at the end of one document says nothing of the next.
    return { span, about: between.some((one) => /^(?:---|\.\.\.)/.test(one)) ? undefined : next.about };
  });
}

/** Where comments stand. Text that only looks like one, in quotes or a block scalar, is none. */
function commentSpans(text: string): readonly Span[] {
  const spans: Span[] = [];
  let offset = 0;
  let isScalarNext = false;
  for (const lexeme of new Lexer().lex(text)) {
    // The lexer's own marks, which no text stands for: a document, a flow's broken end, a scalar that follows.
    if (lexeme === "\u0002" || lexeme === "\u0018" || lexeme === "\u001f") {
      isScalarNext = lexeme === "\u001f";
      continue;
    }
    if (!isScalarNext && lexeme.startsWith("#")) spans.push({ start: offset, end: offset + lexeme.length });
    isScalarNext = false;
    offset += lexeme.length;
  }
  return spans;
}

/** Everything that begins somewhere in a document, in order; of what begins at one place the largest is first. */
function beginningsIn(document: Node): readonly Beginning[] {
  const found: Beginning[] = [];
  const whole = spanOf(document);
  found.push({ start: whole.start, about: whole });
  const walk = (node: unknown, holder: Span): void => {
    if (isMap(node)) {
      for (const pair of node.items) {
        const span = spanOfPair(pair);
        if (span === undefined) continue;
        found.push({ start: span.start, about: holdsMore(pair.value) ? span : holder });
        walk(pair.value, span);
      }
    } else if (isSeq(node)) {
      for (const item of node.items) {
        if (!isMap(item) && !isSeq(item)) continue;
        const span = spanOf(item);
        found.push({ start: span.start, about: span });
        walk(item, span);
      }
    }
  };
  walk(document, whole);
  return found.toSorted((left, right) => left.start - right.start);
}

/** Whether a value is a map, or a list of more than plain values. */
const holdsMore = (value: unknown): boolean =>
  isMap(value) || (isSeq(value) && value.items.some((item) => isMap(item) || isSeq(item) || isPair(item)));

function spanOfPair({ key, value }: Pair): Span | undefined {
  if (!isScalar(key)) return undefined;
  const { start, end } = spanOf(key);
  const hasRange = typeof value === "object" && value !== null && "range" in value;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a value of a parsed document is a node
  return { start, end: hasRange ? Math.max(end, spanOf(value as Node).end) : end };
}

/** How many begin in front of an offset. */
function countBefore(beginnings: readonly Beginning[], offset: number): number {
  let low = 0;
  let high = beginnings.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((beginnings[middle]?.start ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first in the line of the last one that begins in front of an offset. */
function firstInLine(beginnings: readonly Beginning[], text: string, offset: number): number {
  const last = beginnings[countBefore(beginnings, offset) - 1];
  return last === undefined ? -1 : countBefore(beginnings, text.lastIndexOf("\n", last.start - 1) + 1);
}
