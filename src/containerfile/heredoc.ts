import { lex } from "./lexer.ts";
import type { CommandLine } from "./command-line.ts";
import { splitCommandLine } from "./command-line.ts";
import { keywordOf } from "./keywords.ts";
import { readJsonArray } from "./words.ts";

/** A heredoc announced in a logical line, by index into it; its body is not read yet. */
export interface HeredocWord {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly expand: boolean;
  readonly chomp: boolean;
}

export type HeredocReading =
  | { readonly ok: true; readonly words: readonly HeredocWord[] }
  | { readonly ok: false; readonly error: string };

const none: HeredocReading = { ok: true, words: [] };
const allUnset = () => ({ state: "unset" }) as const;
const heredocWord = /^(\d*)<<(-?)[\t\n\f\r ]*([^<]*)$/;

/**
 * Finds the heredocs that a logical line announces. Only RUN, COPY, ADD and an ONBUILD of these may, and not in JSON
 * form. Word lexing always escapes by backslash, whatever the escape directive says; when it fails (an odd quote, an
 * unsupported substitution) the builder silently sees no heredoc at all.
 */
export function findHeredocs(text: string, command: CommandLine, escape: string): HeredocReading {
  if (!text.includes("<<") || !mayHoldHeredoc(text, command, escape)) return none;
  const lexed = lex(text, {
    escape: "\\",
    keepQuotes: true,
    keepEscapes: true,
    keepUnset: true,
    lookup: allUnset,
  });
  if (!lexed.ok) return none;
  const words: HeredocWord[] = [];
  for (const word of lexed.words) {
    const heredoc = readHeredocWord(word.value);
    if (heredoc === undefined) continue;
    if (typeof heredoc === "string") return { ok: false, error: heredoc };
    words.push({ ...heredoc, start: word.start, end: word.end });
  }
  return { ok: true, words };
}

/** Whether a word of COPY or ADD is a heredoc, as its last word may not be. */
export function isHeredocWord(word: string): boolean {
  return typeof readHeredocWord(word) === "object";
}

/** The body as commands and files get it: leading tabs cut from every line for `<<-`. */
export function heredocBody(raw: string, chomp: boolean): string {
  return chomp ? raw.replaceAll(/(^|\n)\t+/g, "$1") : raw;
}

function mayHoldHeredoc(text: string, command: CommandLine, escape: string): boolean {
  const keyword = keywordOf(command.keyword);
  if (keyword === "ONBUILD") {
    const trigger = text.slice(command.argumentsStart, command.argumentsEnd);
    const inner = splitCommandLine(trigger, escape);
    return keywordOf(inner.keyword) !== "ONBUILD" && mayHoldHeredoc(trigger, inner, escape);
  }
  if (keyword !== "RUN" && keyword !== "COPY" && keyword !== "ADD") return false;
  return readJsonArray(text, command.argumentsStart, command.argumentsEnd) === undefined;
}

function readHeredocWord(word: string): Pick<HeredocWord, "name" | "expand" | "chomp"> | string | undefined {
  const match = heredocWord.exec(word);
  const rest = match?.[3] ?? "";
  if (match === null || rest === "") return undefined;
  const plain = lex(rest, { escape: "\\", keepUnset: true, lookup: allUnset });
  if (!plain.ok) return plain.error;
  const name = plain.words[0]?.value;
  if (plain.words.length !== 1 || name === undefined) return undefined;
  const quoted = lex(rest, { escape: "\\", keepUnset: true, keepQuotes: true, lookup: allUnset });
  if (!quoted.ok) return quoted.error;
  return {
    name,
    expand: countQuotes(name) === countQuotes(quoted.words[0]?.value ?? ""),
    chomp: match[2] === "-",
  };
}

function countQuotes(word: string): number {
  return word.length - word.replaceAll(/['"]/g, "").length;
}
