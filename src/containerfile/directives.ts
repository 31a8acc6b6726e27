import { skipSpace, trimmedEnd } from "./characters.ts";
import type { Directive } from "./model.ts";

/**
 * Reads a parser directive (`# syntax=`, `# escape=`, `# check=`; keys in any case) out of a line's content without
 * leading white space, which stands at `offset` in the file. `undefined` for everything else, an empty value included.
 */
export function parseDirective(content: string, offset: number): Directive | undefined {
  if (!content.startsWith("#")) return undefined;
  const from = skipSpace(content, 1, content.length);
  const match = /^([a-z][a-z0-9]*)[\t\n\f\r ]*=/i.exec(content.slice(from, from + 300));
  const key = match?.[1]?.toLowerCase();
  if (match === null || (key !== "syntax" && key !== "escape" && key !== "check")) return undefined;
  const value = content.slice(from + match[0].length).replace(/^[\t\n\f\r ]+/, "");
  const end = asciiTrimmedEnd(value);
  if (end === 0) return undefined;
  return {
    key,
    value: value.slice(0, end),
    span: { start: offset, end: offset + trimmedEnd(content, 0, content.length) },
  };
}

function asciiTrimmedEnd(value: string): number {
  let end = value.length;
  while (end > 0 && "\t\n\f\r ".includes(value.charAt(end - 1))) end--;
  return end;
}
