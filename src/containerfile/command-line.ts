import { isBlank, isSpace, skipSpace, trimmedEnd } from "./characters.ts";

/** A flag inside a logical line, by index. `equals` is the index of its `=`, -1 for a bare flag. */
export interface RawFlag {
  readonly name: string;
  readonly value: string | undefined;
  readonly start: number;
  readonly end: number;
  readonly equals: number;
}

/** A logical line cut into keyword, flags and arguments, all by index into the line. */
export interface CommandLine {
  readonly keyword: string;
  readonly keywordStart: number;
  readonly keywordEnd: number;
  readonly flags: readonly RawFlag[];
  /** The arguments without white space around them; empty when both are equal. */
  readonly argumentsStart: number;
  readonly argumentsEnd: number;
}

/**
 * Cuts a logical line as BuildKit's `splitCommand` does: trimmed with the wide set of spaces, split with the narrow
 * one, then words that begin with `--` taken off as flags, whatever the keyword is.
 */
export function splitCommandLine(text: string, escape: string): CommandLine {
  const keywordStart = skipSpace(text, 0, text.length);
  const end = trimmedEnd(text, keywordStart, text.length);
  let keywordEnd = keywordStart;
  while (keywordEnd < end && !isBlank(text.charCodeAt(keywordEnd))) keywordEnd++;
  let rest = keywordEnd;
  while (rest < end && isBlank(text.charCodeAt(rest))) rest++;
  const { flags, at } = readFlags(text, rest, end, escape);
  const argumentsStart = skipSpace(text, at, end);
  return {
    keyword: text.slice(keywordStart, keywordEnd),
    keywordStart,
    keywordEnd,
    flags,
    argumentsStart,
    argumentsEnd: Math.max(argumentsStart, trimmedEnd(text, argumentsStart, end)),
  };
}

/**
 * Reads flags from `start` on. Quotes are removed and the escape character escapes, inside both kinds of quotes;
 * a lone `--` ends the flags and is dropped; so does the first word that does not begin with `--`.
 * (BuildKit looks at single bytes here; only ASCII white space ends a flag.)
 */
function readFlags(text: string, start: number, end: number, escape: string): { flags: RawFlag[]; at: number } {
  const flags: RawFlag[] = [];
  let at = start;
  for (;;) {
    while (at < end && isAsciiSpace(text.charCodeAt(at))) at++;
    if (at >= end || !text.startsWith("--", at) || at + 1 >= end) return { flags, at };
    const flag = readFlag(text, at, end, escape);
    at = flag.end;
    if (flag.word === "--") return { flags, at };
    flags.push(toFlag(flag));
  }
}

interface FlagWord {
  readonly word: string;
  readonly start: number;
  readonly end: number;
  readonly equals: number;
}

function readFlag(text: string, start: number, end: number, escape: string): FlagWord {
  let word = "";
  let equals = -1;
  let quote = "";
  let at = start;
  for (; at < end; at++) {
    let character = text.charAt(at);
    if (quote === "" && isAsciiSpace(text.charCodeAt(at))) break;
    if (quote === "" && (character === "'" || character === '"')) {
      quote = character;
      continue;
    }
    if (quote !== "" && character === quote) {
      quote = "";
      continue;
    }
    if (character === escape) {
      if (at + 1 === end) continue;
      at++;
      character = text.charAt(at);
    }
    if (character === "=" && equals === -1) equals = at;
    word += character;
  }
  return { word, start, end: at, equals };
}

function toFlag({ word, start, end, equals }: FlagWord): RawFlag {
  const cut = word.indexOf("=");
  return cut === -1
    ? { name: word.slice(2), value: undefined, start, end, equals: -1 }
    : { name: word.slice(2, cut), value: word.slice(cut + 1), start, end, equals };
}

function isAsciiSpace(code: number): boolean {
  return code < 0x80 && isSpace(code);
}
