/** Option parsing as getopt_long does it, for the few tools whose arguments matter. */
import type { ShellWord } from "./model.ts";

export interface OptionTable {
  /** Short and long names (without dashes) that take a value. */
  readonly values: ReadonlySet<string>;
  /** Long name → short name, so that both spellings are one. */
  readonly aliases?: Readonly<Record<string, string>>;
}

export interface ParsedOptions {
  /** Name → its value's word; flags have `undefined`. The last one counts. */
  readonly options: ReadonlyMap<string, { readonly word: ShellWord; readonly value: string | undefined } | undefined>;
  readonly operands: readonly ShellWord[];
}

/**
 * Reads `-rUM`, `-u1000`, `-u 1000`, `--uid=1000`, `--uid 1000` and `--`. `words` are those behind the command's name.
 * A word that is not known counts as an operand.
 */
export function parseOptions(words: readonly ShellWord[], table: OptionTable): ParsedOptions {
  const options = new Map<string, { word: ShellWord; value: string | undefined } | undefined>();
  const operands: ShellWord[] = [];
  const canonical = (name: string): string => table.aliases?.[name] ?? name;
  for (let index = 0; index < words.length; index++) {
    const word = words[index];
    if (word === undefined) break;
    const text = word.value ?? word.raw;
    if (text === "--") {
      operands.push(...words.slice(index + 1));
      break;
    }
    if (text.startsWith("--")) {
      const [name = "", ...rest] = text.slice(2).split("=");
      const key = canonical(name);
      if (!table.values.has(key) && !table.values.has(name)) options.set(key, undefined);
      else if (rest.length > 0)
        options.set(key, { word, value: word.value === undefined ? undefined : rest.join("=") });
      else {
        const next = words[++index];
        options.set(key, next === undefined ? undefined : { word: next, value: next.value });
      }
    } else if (text.startsWith("-") && text.length > 1) {
      for (let at = 1; at < text.length; at++) {
        const key = canonical(text[at] ?? "");
        if (!table.values.has(key)) {
          options.set(key, undefined);
          continue;
        }
        const rest = text.slice(at + 1);
        if (rest !== "") options.set(key, { word, value: word.value === undefined ? undefined : rest });
        else {
          const next = words[++index];
          options.set(key, next === undefined ? undefined : { word: next, value: next.value });
        }
        break;
      }
    } else {
      operands.push(word);
    }
  }
  return { options, operands };
}
