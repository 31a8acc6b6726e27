import type { Lexed } from "./lexer.ts";
import { lex } from "./lexer.ts";

/** What a word expands to when it holds no variable, so that it can be judged from the text alone. */
export function literal(word: string, escape: string): Lexed | undefined {
  let variables = 0;
  const result = lex(word, {
    escape,
    lookup: () => {
      variables++;
      return { state: "unset" };
    },
  });
  return result.ok && variables === 0 ? result : undefined;
}
