/** The text that the parts of a word come to, with the variables as they are known where it stands. */
import { expandBraces } from "./braces.ts";
import type { Part, RawWord } from "./lexer.ts";
import { unknownText, type ShellWord } from "./model.ts";
import type { ShellVariables } from "./source.ts";

/** Variables put into variables grow without end; nobody needs a word of that size. */
const longestValue = 2 ** 20;
/** As long as a path can be. */
const longestPossible = 4096;
/** Every place of a value is tried for an end or a beginning that matches. */
const longestTrimmed = 1000;
/** More possibilities than anybody writes by hand. */
const mostValues = 64;

type Variable = Extract<Part, { kind: "variable" }>;

/** The value of a word with the variables as they are now. */
export function valueOf(word: RawWord, variables: ShellVariables): string | undefined {
  let value = "";
  for (const part of word.parts) {
    const piece =
      part.kind === "text"
        ? part.text
        : part.kind === "variable"
          ? expanded(variables.get(part.name), part.modifier)
          : undefined;
    if (piece === undefined) return undefined;
    value += piece;
    if (value.length > longestValue) return undefined;
  }
  return value;
}

/**
 * What a word may be, with `unknownText` for what nobody knows: the values of a loop, or those that branches set. A name
 * that the path in front of it was taken from (`$(basename …)`) is `./` and unknown, so that it is nothing absolute.
 */
export function possibleValues(word: RawWord, variables: ShellVariables): readonly string[] {
  let values: readonly string[] = [""];
  for (const part of word.parts) {
    const pieces = possiblePieces(part, variables);
    const isFew = values.length * pieces.length <= mostValues;
    values = values.flatMap((value) => (isFew ? pieces : [unknownText]).map((piece) => value + piece));
    if (values.some(({ length }) => length > longestPossible)) return [unknownText];
  }
  return values;
}

/** `~/x` without quotes, where the home is known. */
export const withHome = (value: string, raw: string, home: string | undefined): string =>
  home !== undefined && /^~(?:\/|$)/.test(raw) ? home + value.slice(1) : value;

/** The words that one in a command line becomes: outside of quotes by braces, and by the blanks in what a variable holds. */
export function fieldsOf({ raw, value, possible = [] }: ShellWord): readonly string[] {
  const values = value === undefined ? possible : [value];
  if (/["'\\]/.test(raw)) return values;
  return values.flatMap(expandBraces).flatMap((one) => one.split(/\s+/).filter((field) => field !== ""));
}

/** As many possibilities as are kept; the others become one that is unknown. */
export function fewValues(values: readonly string[]): readonly string[] {
  const few = [...new Set(values)];
  return few.length <= mostValues ? few : [...few.slice(0, mostValues - 1), unknownText];
}

function possiblePieces(part: Part, variables: ShellVariables): readonly string[] {
  if (part.kind === "text") return [part.text];
  if (part.kind === "unknown") return [part.isName ? `./${unknownText}` : unknownText];
  return variables.possible(part.name).map((value) => possiblePiece(value, part));
}

function possiblePiece(value: string, { modifier }: Variable): string {
  const piece = expanded(value, modifier) ?? unknownText;
  const isName = modifier === "##*/" && piece.startsWith(unknownText);
  return isName ? `./${piece}` : piece;
}

/** `${NAME<modifier>}` where `NAME` has this value; `undefined` where the result is not known. */
function expanded(value: string | undefined, modifier: string | undefined): string | undefined {
  if (modifier === undefined) return value;
  const trim = /^(%%?|##?)([A-Za-z0-9_./:@*?-]+)$/.exec(modifier);
  if (trim !== null) return value === undefined ? undefined : trimmed(value, trim[1] ?? "", trim[2] ?? "");
  const match = /^(:?)([-+=?])([A-Za-z0-9_./:@-]*)$/.exec(modifier);
  if (match === null) return undefined;
  const [, colon = "", operator, word = ""] = match;
  const there = value !== undefined && (colon === "" || value !== "");
  if (operator === "+") return value === undefined ? undefined : there ? word : "";
  if (there) return value;
  // A variable nobody is known to set takes the default that the script gives it.
  return operator === "?" ? undefined : word;
}

/** `${NAME%.zip}`, `${NAME##*_}`: the shortest or longest end or beginning that matches is taken off. */
function trimmed(value: string, operator: string, pattern: string): string | undefined {
  // Each star more makes a failing match dearer; nobody writes three.
  if (pattern.split("*").length > 3 || value.length > longestTrimmed) return undefined;
  const isEnd = operator.startsWith("%");
  const isMatch = new RegExp(
    `^${pattern
      .replace(/[.]/g, String.raw`\.`)
      .replaceAll("?", "[^]")
      .replaceAll("*", "[^]*")}$`,
  );
  const cuts = Array.from({ length: value.length + 1 }, (_, index) => index);
  const isFromEnd = isEnd === (operator.length === 1);
  const at = (isFromEnd ? cuts.toReversed() : cuts).find((cut) =>
    isMatch.test(isEnd ? value.slice(cut) : value.slice(0, cut)),
  );
  if (at === undefined) return value;
  return isEnd ? value.slice(0, at) : value.slice(at);
}
