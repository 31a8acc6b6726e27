/** What `echo` and `printf` print, where their words tell. */
import type { ShellWord } from "../shell/model.ts";

/** Debian's `sh`, dash, knows no option of `echo` but `-n`, and prints the others. */
export type EchoDialect = "dash" | "other";

/** What is printed for a piece of text that may hold escapes. */
export type Unescape = (text: string) => string;

/**
 * The text; `undefined` where a word is not known, or a format is used that nobody here reads.
 * @param unescape for `printf`'s format and what `echo` is given; escapes stay as they are written without it.
 */
export function printedText(
  tool: "echo" | "printf",
  words: readonly ShellWord[],
  echo: EchoDialect,
  unescape: Unescape = (text) => text,
): string | undefined {
  const values: string[] = [];
  for (const { value } of words) {
    if (value === undefined) return undefined;
    values.push(value);
  }
  if (tool === "printf") return formatted(values[0] === "--" ? values.slice(1) : values, unescape);
  const isOption = echo === "dash" ? /^-n$/ : /^-[neE]+$/;
  const found = values.findIndex((value) => !isOption.test(value));
  const start = found === -1 ? values.length : found;
  const end = values.slice(0, start).some((option) => option.includes("n")) ? "" : "\n";
  return `${unescape(values.slice(start).join(" "))}${end}`;
}

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "\\": "\\", '"': '"' };

/** The escapes that scripts are written with. */
export const unescaped: Unescape = (text) =>
  text.replace(/\\([ntr\\"])/g, (_, character: string) => escapes[character] ?? character);

/** The format is used again until no argument is left, as POSIX has it. */
function formatted([format = "", ...values]: readonly string[], unescape: Unescape): string | undefined {
  const pieces = format.match(/%.|[^%]+|%$/gsu) ?? [];
  if (pieces.some((piece) => piece.startsWith("%") && !/^%[%sdiub]$/.test(piece))) return undefined;
  const places = pieces.filter((piece) => piece.startsWith("%") && piece !== "%%").length;
  const rounds = places === 0 ? 1 : Math.max(1, Math.ceil(values.length / places));
  let [text, next] = ["", 0];
  for (let round = 0; round < rounds; round++) {
    for (const piece of pieces) {
      if (piece === "%%") text += "%";
      else if (piece === "%b") text += unescape(values[next++] ?? "");
      else if (piece.startsWith("%")) text += values[next++] ?? (piece === "%s" ? "" : "0");
      else text += unescape(piece);
    }
  }
  return text;
}
