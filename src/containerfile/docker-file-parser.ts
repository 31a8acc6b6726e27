/**
 * The one place that knows the npm package docker-file-parser. It reads the arguments of ONE normalised instruction:
 * joined, with its flags cut off. On whole files it misreads heredocs, blank lines in instructions and the escape
 * directive, so it never sees one.
 */
import { parse } from "docker-file-parser";

/**
 * The keywords whose arguments the package reads as BuildKit does (measured in over 58,000 real instructions), with the
 * one that it is asked about: the words of FROM, which it leaves as one text, are split as those of EXPOSE are.
 * The trigger of an ONBUILD is read as the instruction that it is.
 */
const readAs: Readonly<Partial<Record<string, string>>> = {
  ADD: "ADD",
  ARG: "ARG",
  CMD: "CMD",
  COPY: "COPY",
  ENTRYPOINT: "ENTRYPOINT",
  EXPOSE: "EXPOSE",
  FROM: "EXPOSE",
  RUN: "RUN",
  STOPSIGNAL: "STOPSIGNAL",
  USER: "USER",
  VOLUME: "VOLUME",
  WORKDIR: "WORKDIR",
};

/** Those whose arguments are a text unless they are a JSON array. */
const textKeywords: ReadonlySet<string> = new Set(["RUN", "CMD", "ENTRYPOINT"]);

/** Those whose arguments are a list of words unless they are a JSON array. */
const listKeywords: ReadonlySet<string> = new Set(["ADD", "COPY", "VOLUME"]);

/** Its word splitter tests every character with a regular expression: longer arguments are left to our own reader. */
const longestArguments = 20_000;

/** White space to one of Go and JavaScript only (next line, byte order mark): the package trims and splits otherwise. */
const unusualSpace = /[\u0085\ufeff]/;

/**
 * The values of an instruction's arguments, given as its upper-case keyword and the joined text behind its flags: the
 * words of a list or of a JSON array, or the whole text as one. `undefined` where the package is not BuildKit: a keyword
 * it does not know well, a backslash at the end (it waits for the next line then), an `escape` other than the backslash
 * where words may hold one (ARG), unusual white space, and very long arguments.
 */
export function readArguments(keyword: string, text: string, escape: string): readonly string[] | undefined {
  const as = readAs[keyword];
  if (as === undefined || text === "" || text.length > longestArguments) return undefined;
  if (text.endsWith("\\") || unusualSpace.test(text) || (keyword === "ARG" && escape !== "\\")) return undefined;
  // Without a bracket nothing is JSON, which the package finds out by an error that it throws and catches: a text is
  // taken as it is, and a list is read as that of EXPOSE, which is never JSON.
  const mayBeJson = text.startsWith("[");
  if (textKeywords.has(keyword) && !mayBeJson) return [text];
  const [entry] = parse(`${listKeywords.has(keyword) && !mayBeJson ? "EXPOSE" : as} ${text}`);
  if (typeof entry?.args === "string") return [entry.args];
  return Array.isArray(entry?.args) ? entry.args : undefined;
}
