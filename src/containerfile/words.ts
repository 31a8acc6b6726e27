import { isBlank, isSpace } from "./characters.ts";

/** A word of a logical line by index; `value` is the text unless the reader dropped a trailing escape. */
export interface RawWord {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** Splits `[start, end)` at narrow blanks. Quotes mean nothing here (FROM, COPY, EXPOSE, VOLUME). */
export function splitAtBlanks(text: string, start: number, end: number): RawWord[] {
  const words: RawWord[] = [];
  let at = start;
  while (at < end) {
    while (at < end && isBlank(text.charCodeAt(at))) at++;
    const from = at;
    while (at < end && !isBlank(text.charCodeAt(at))) at++;
    if (at > from) words.push({ value: text.slice(from, at), start: from, end: at });
  }
  return words;
}

/**
 * Splits `[start, end)` at white space outside quotes, as ENV, LABEL and ARG do. Quotes and escapes stay in the value
 * (expansion removes them); the escape character does nothing inside single quotes; one at the very end is dropped.
 */
export function splitOutsideQuotes(text: string, start: number, end: number, escape: string): RawWord[] {
  const words: RawWord[] = [];
  let at = start;
  for (;;) {
    while (at < end && isSpace(text.charCodeAt(at))) at++;
    if (at >= end) return words;
    const from = at;
    let quote = "";
    let dropped = false;
    for (; at < end; at++) {
      const character = text.charAt(at);
      if (quote === "") {
        if (isSpace(text.charCodeAt(at))) break;
        if (character === "'" || character === '"') quote = character;
      } else if (character === quote) {
        quote = "";
      }
      if (character === escape && quote !== "'") {
        if (at + 1 === end) dropped = true;
        else at++;
      }
    }
    const value = text.slice(from, dropped ? at - 1 : at);
    if (value !== "") words.push({ value, start: from, end: at });
  }
}

/** What a JSON array of the arguments comes to: its strings, `"mixed"` when not all are strings, else nothing. */
export type JsonReading = readonly RawWord[] | "mixed" | undefined;

/**
 * Reads `[start, end)` as a JSON array of strings. The whole range must be the array: a comment behind it, single
 * quotes or a trailing comma make it plain text (and so shell form). Spans hold the quotes.
 */
export function readJsonArray(text: string, start: number, end: number): JsonReading {
  if (text.charAt(start) !== "[" || text.charAt(end - 1) !== "]") return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.slice(start, end));
  } catch {
    return undefined;
  }
  if (!Array.isArray(parsed)) return undefined;
  const words: RawWord[] = [];
  let at = start + 1;
  for (const value of parsed as readonly unknown[]) {
    if (typeof value !== "string") return "mixed";
    const from = text.indexOf('"', at);
    at = from + 1;
    while (text.charAt(at) !== '"') at += text.charAt(at) === "\\" ? 2 : 1;
    at++;
    words.push({ value, start: from, end: at });
  }
  return words;
}
