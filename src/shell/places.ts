/** Where the characters of a word's value stand in the word as written: of an escaped one, the end of its escape. */

/**
 * The index in `raw` of every character of `value`, for a word of quoted and plain parts; `undefined` where something
 * was put in (a variable), so that no such place is certain.
 */
export function placesInWord(raw: string, value: string): readonly number[] | undefined {
  const places: number[] = [];
  let quote = "";
  let text = "";
  for (let at = 0; at < raw.length; at++) {
    const character = raw.charAt(at);
    const next = raw.charAt(at + 1);
    const escapes = character === "\\" && quote !== "'" && (quote === "" || /["\\$`\n]/.test(next));
    if (escapes) {
      at++;
      if (next === "\n") continue;
    } else if (character === quote || (quote === "" && (character === "'" || character === '"'))) {
      quote = quote === "" ? character : "";
      continue;
    }
    places.push(at);
    text += escapes ? next : character;
  }
  return text === value ? places : undefined;
}

const jsonEscapes: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** The same for a JSON string with its quotes. */
export function placesInJson(raw: string, value: string): readonly number[] | undefined {
  const places: number[] = [];
  let text = "";
  for (let at = 1; at < raw.length - 1; at++) {
    let character = raw.charAt(at);
    if (character === "\\") {
      const next = raw.charAt(++at);
      character = jsonEscapes[next] ?? next;
      if (next === "u") {
        character = String.fromCharCode(Number.parseInt(raw.slice(at + 1, at + 5), 16));
        at += 4;
      }
    }
    places.push(at);
    text += character;
  }
  return text === value ? places : undefined;
}
