/** What `echo` and `printf` print, where their words tell. Escapes stay as they are written. */
import type { ShellWord } from "../shell/model.ts";

/** Debian's `sh`, dash, knows no option of `echo` but `-n`, and prints the others. */
export type EchoDialect = "dash" | "other";

/** The text; `undefined` where a word is not known, or a format is used that nobody here reads. */
export function printedText(
  tool: "echo" | "printf",
  words: readonly ShellWord[],
  echo: EchoDialect,
): string | undefined {
  const values: string[] = [];
  for (const { value } of words) {
    if (value === undefined) return undefined;
    values.push(value);
  }
  if (tool === "printf") return formatted(values[0] === "--" ? values.slice(1) : values);
  const isOption = echo === "dash" ? /^-n$/ : /^-[neE]+$/;
  const start = values.findIndex((value) => !isOption.test(value));
  return start === -1 ? "" : values.slice(start).join(" ");
}

/** The format is used again until no argument is left, as POSIX has it. */
function formatted([format = "", ...values]: readonly string[]): string | undefined {
  const pieces = format.match(/%.|[^%]+|%$/gsu) ?? [];
  if (pieces.some((piece) => piece.startsWith("%") && !/^%[%sdiub]$/.test(piece))) return undefined;
  const places = pieces.filter((piece) => piece.startsWith("%") && piece !== "%%").length;
  const rounds = places === 0 ? 1 : Math.max(1, Math.ceil(values.length / places));
  let [text, next] = ["", 0];
  for (let round = 0; round < rounds; round++) {
    for (const piece of pieces) {
      if (piece === "%%") text += "%";
      else if (piece.startsWith("%")) text += values[next++] ?? (/[sb]$/.test(piece) ? "" : "0");
      else text += piece;
    }
  }
  return text;
}
