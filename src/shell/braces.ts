/** Brace expansion, which bash has and people expect of every shell. */

/** More than anybody writes by hand. */
const mostBraces = 200;

/** `/app/{a,b}/{c,d}` → `/app/a/c`, `/app/a/d`, `/app/b/c`, `/app/b/d`, as people write it in `mkdir`. */
export function expandBraces(word: string): readonly string[] {
  let words: readonly string[] = [""];
  let end = 0;
  for (const { 0: whole, 1: list = "", index } of word.matchAll(/(?<!\$)\{([^{}]*)\}/g)) {
    if (!list.includes(",")) continue;
    const items = list.split(",");
    if (words.length * items.length > mostBraces) return [word];
    const before = word.slice(end, index);
    words = words.flatMap((one) => items.map((item) => `${one}${before}${item}`));
    end = index + whole.length;
  }
  return words.map((one) => one + word.slice(end));
}
