import type { Expansion } from "./build-model.ts";
import type { Lookup } from "./lexer.ts";
import { lex } from "./lexer.ts";

export type { Lookup } from "./lexer.ts";

/**
 * Expands a word as the builder does: quotes and escapes removed, variables replaced by what `lookup` knows.
 * `escape` is the escape character of the file. `USER ${A}:${B}` with both unset comes out as `:`.
 */
export function expandWord(word: string, escape: string, lookup: (name: string) => Lookup): Expansion {
  const result = lex(word, { escape, lookup });
  if (!result.ok) return { value: "", unset: [], unknown: [], error: result.error };
  return { value: result.value, unset: result.unset, unknown: result.unknown };
}

/** An {@link Expansion} of text that is certain. */
export const certain = (value: string): Expansion => ({ value, unset: [], unknown: [] });

/** Whether an expansion came out with a value that can be relied on (unset variables are certain: they are empty). */
export const isCertain = ({ unknown, error }: Expansion): boolean => unknown.length === 0 && error === undefined;
