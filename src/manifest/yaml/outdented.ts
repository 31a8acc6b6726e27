/**
 * Values over several lines whose later lines stand too far left. libyaml, and with it kubectl and the API server, looks
 * only at the indent of block collections (`yaml_parser_unroll_indent` does nothing within brackets, and
 * `yaml_parser_scan_flow_scalar` knows no indent): within quotes and brackets any column will do. The YAML specification
 * wants such lines further in than their key, and a parser that keeps to it ends the value there. Such lines are given
 * blanks before they are read, which within quotes and brackets are part of no value.
 */
import { isCollection, isScalar, visit, type Document } from "yaml";
import type { Span } from "../../core/finding.ts";

/** How many blanks are put where: by the place of a line's first character in the text as it is. */
export type Blanks = ReadonlyMap<number, number>;

export interface Widened {
  readonly text: string;
  /** Where a place of the widened text is in the text as it is. */
  readonly placeOf: (offset: number) => number;
}

/** The text with the blanks in it. */
export function widen(source: string, blanks: Blanks): Widened {
  const places = [...blanks].toSorted(([one], [other]) => one - other);
  // Where the blanks end in the widened text, and how many there were until then.
  const ends: { readonly end: number; readonly added: number }[] = [];
  let text = "";
  let from = 0;
  let added = 0;
  for (const [at, count] of places) {
    text += source.slice(from, at) + " ".repeat(count);
    from = at;
    added += count;
    ends.push({ end: at + added, added });
  }
  const placeOf = (offset: number): number => {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle]?.end ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return offset - (ends[low - 1]?.added ?? 0);
  };
  return { text: text + source.slice(from), placeOf };
}

/** Whether a fault is the one that a value makes whose lines stand too far left, among others. */
const endsTooFarLeft = (message: string): boolean =>
  /^Missing closing ["']quote|must be sufficiently indented and end with a /.test(message);

/**
 * The first value of a document that a line too far left ends, where it goes on to its closing quote or bracket.
 * @param text what the document was read from
 * @param document with its faults
 */
export function outdentedValue(text: string, document: Document.Parsed): Span | undefined {
  const [fault] = document.errors;
  if (fault === undefined || !endsTooFarLeft(fault.message)) return undefined;
  let start: number | undefined;
  visit(document, {
    Node: (_, node) => {
      const isEnclosed = isCollection(node)
        ? node.flow === true
        : isScalar(node) && node.type?.startsWith("QUOTE_") === true;
      // The outermost one is met first.
      if (isEnclosed && node.range?.[1] === fault.pos[0]) start ??= node.range[0];
    },
  });
  const end = start === undefined ? undefined : endOf(text, start);
  return start === undefined || end === undefined ? undefined : { start, end };
}

/** The blanks for the lines of a value, in the text that it is in: as many as stand before its first character. */
export function blanksFor(text: string, { start, end }: Span): Blanks {
  const column = start - text.lastIndexOf("\n", start - 1);
  const blanks = new Map<number, number>();
  for (let at = text.indexOf("\n", start); at !== -1 && at < end; at = text.indexOf("\n", at + 1)) {
    blanks.set(at + 1, column);
  }
  return blanks;
}

/** What stands in brackets, a token at a time; a `:` within a word and a `#` behind one belong to it. */
const tokens =
  /\s+(?:#[^\n]*)?|"(?:[^"\\]|\\[^])*"|'(?:[^']|'')*'|[[\]{},:]|[^\s,[\]{}"':](?:[^,[\]{}\n:#]|:(?!\s)|(?<!\s)#)*/gy;

/** Where a quoted text or a flow collection ends; `undefined` where it does not, or where a document would end within. */
function endOf(text: string, start: number): number | undefined {
  tokens.lastIndex = start;
  let depth = 0;
  for (let found = tokens.exec(text); found !== null; found = tokens.exec(text)) {
    const [token] = found;
    if (/^["']/.test(token) && /\n(?:---|\.\.\.)(?:\s|$)/.test(token)) return undefined;
    if (token === "[" || token === "{") depth++;
    if (token === "]" || token === "}") depth--;
    if (depth === 0) return tokens.lastIndex;
  }
  return undefined;
}
