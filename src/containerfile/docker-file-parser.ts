/**
 * The one place that knows the npm package docker-file-parser. It reads the arguments of ONE normalised instruction:
 * joined, with its flags cut off. On whole files it misreads heredocs, blank lines in instructions and the escape
 * directive, so it never sees one.
 */
import { parse } from "docker-file-parser";

/**
 * The keywords whose arguments the package reads as BuildKit does (measured in over 58,000 real instructions).
 * The trigger of an ONBUILD is read as the instruction that it is.
 */
const readKeywords: ReadonlySet<string> = new Set([
  "ADD",
  "ARG",
  "CMD",
  "COPY",
  "ENTRYPOINT",
  "EXPOSE",
  "FROM",
  "RUN",
  "STOPSIGNAL",
  "USER",
  "VOLUME",
  "WORKDIR",
]);

/** Those whose arguments are a text unless they are a JSON array. */
const textKeywords: ReadonlySet<string> = new Set(["RUN", "CMD", "ENTRYPOINT"]);

/** Those whose arguments are a list of words unless they are a JSON array. */
const listKeywords: ReadonlySet<string> = new Set(["ADD", "COPY", "VOLUME"]);

/** What the package made of the arguments: the words of a list or a JSON array, or a text. */
export type ArgumentReading =
  | { readonly form: "words"; readonly words: readonly string[] }
  | { readonly form: "text"; readonly text: string };

/** Its word splitter tests every character with a regular expression: longer arguments are left to our own reader. */
const longestArguments = 20_000;

/**
 * Reads the arguments of an instruction, given as its upper-case keyword and the joined text behind its flags.
 * `undefined` where the package cannot tell: a keyword it does not know well, a backslash at the end (it waits for the
 * next line then), very long arguments, an error.
 */
export function readArguments(keyword: string, text: string): ArgumentReading | undefined {
  if (!readKeywords.has(keyword) || text === "" || text.length > longestArguments || text.endsWith("\\"))
    return undefined;
  // Without a bracket nothing is JSON, which the package finds out by an error that it throws and catches: a text is
  // taken as it is, and a list is read as that of EXPOSE, which is never JSON.
  const mayBeJson = text.startsWith("[");
  if (textKeywords.has(keyword) && !mayBeJson) return { form: "text", text };
  const as = listKeywords.has(keyword) && !mayBeJson ? "EXPOSE" : keyword;
  let entries;
  try {
    entries = parse(`${as} ${text}`);
  } catch {
    return undefined;
  }
  const [entry] = entries;
  if (entries.length !== 1 || entry === undefined || entry.error !== undefined) return undefined;
  if (typeof entry.args === "string") return { form: "text", text: entry.args };
  return Array.isArray(entry.args) ? { form: "words", words: entry.args } : undefined;
}
