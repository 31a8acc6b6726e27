/** The documents of a YAML or JSON text, as kubectl takes it: also objects in a row, and values that stand too far left. */
import { parseAllDocuments, visit, type Document, type LineCounter } from "yaml";
import { objectsOfStream } from "./json-stream.ts";
import { blanksFor, outdentedValue, widen } from "./outdented.ts";

/** More values that stand too far left than anybody writes in one document: the text is read once for each. */
const mostOutdented = 50;

/**
 * Parses a text, of which every scalar is kept as it is written.
 * @param lines gets the lines of the text
 * @returns the documents with their faults, all places those of the text
 */
export function parseDocuments(source: string, lines: LineCounter): readonly Document.Parsed[] {
  const parsed = parseText(source, lines);
  if (!parsed.some(({ errors }) => errors.length > 0)) return parsed;
  const stream = objectsOfStream(source);
  return stream === undefined
    ? parseOutdented(source, parsed)
    : stream.flatMap(({ start, end }) =>
        parseText(source.slice(start, end)).map((document) => moved(document, (offset) => offset + start)),
      );
}

function parseText(source: string, lineCounter?: LineCounter): readonly Document.Parsed[] {
  const documents = parseAllDocuments(source, {
    schema: "failsafe",
    version: "1.2",
    ...(lineCounter === undefined ? {} : { lineCounter }),
    prettyErrors: false,
    logLevel: "silent",
  });
  return "empty" in documents ? [] : documents;
}

/** Reads a text again and again, each time with one more value of each document further in. */
function parseOutdented(source: string, parsed: readonly Document.Parsed[]): readonly Document.Parsed[] {
  const blanks = new Map<number, number>();
  let documents = parsed;
  let { text, placeOf } = widen(source, blanks);
  for (let round = 0; round < mostOutdented; round++) {
    const known = blanks.size;
    for (const document of documents) {
      const value = outdentedValue(text, document);
      for (const [at, count] of value === undefined ? [] : blanksFor(text, value)) {
        const place = placeOf(at);
        if (!blanks.has(place)) blanks.set(place, count);
      }
    }
    if (blanks.size === known) break;
    ({ text, placeOf } = widen(source, blanks));
    documents = parseText(text);
  }
  return blanks.size === 0 ? parsed : documents.map((document) => moved(document, placeOf));
}

/** A document that was read from another text, with its places in the whole. */
function moved(document: Document.Parsed, placeOf: (offset: number) => number): Document.Parsed {
  visit(document, {
    Node: (_, node) => {
      if (node.range) node.range = [placeOf(node.range[0]), placeOf(node.range[1]), placeOf(node.range[2])];
    },
  });
  for (const fault of document.errors) fault.pos = [placeOf(fault.pos[0]), placeOf(fault.pos[1])];
  return document;
}
