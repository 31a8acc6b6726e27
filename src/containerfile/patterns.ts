/** One element of a `${x#pattern}` pattern: a literal character, `?` or `*`. */
type Token =
  | { readonly kind: "literal"; readonly character: string }
  | { readonly kind: "any" }
  | { readonly kind: "star" };

/** Above this many comparisons a pattern is not evaluated: nobody writes such a pattern by hand. */
const effortLimit = 4_000_000;

/** A pattern that was understood, or why it was not. */
export type Pattern =
  | { readonly ok: true; readonly tokens: readonly Token[] }
  | { readonly ok: false; readonly error: string };

/** Reads a pattern: `*` and `?` are wild, a backslash escapes them, itself, `/` and `}`; nothing else may be escaped. */
export function readPattern(source: string): Pattern {
  const tokens: Token[] = [];
  const characters = Array.from(source);
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? "";
    if (character === "*") tokens.push({ kind: "star" });
    else if (character === "?") tokens.push({ kind: "any" });
    else if (character === "\\") {
      const next = characters[++at] ?? "";
      if (next === "" || !"*?\\}/".includes(next))
        return { ok: false, error: `invalid escape '\\${next}' in pattern ${source}` };
      tokens.push({ kind: "literal", character: next });
    } else tokens.push({ kind: "literal", character });
  }
  return { ok: true, tokens };
}

/**
 * Cuts what matches at the front (`side` start) or end of a value, the longest match when `greedy`.
 * `undefined` when value and pattern are too large to be worth it.
 */
export function trimMatch(
  tokens: readonly Token[],
  value: string,
  side: "start" | "end",
  greedy: boolean,
): string | undefined {
  const characters = Array.from(value);
  if (tokens.length * characters.length > effortLimit) return undefined;
  if (side === "end") {
    characters.reverse();
    tokens = tokens.toReversed();
  }
  const end = matchFrom(tokens, characters, 0, greedy);
  const rest = end === undefined ? characters : characters.slice(end);
  return (side === "end" ? rest.toReversed() : rest).join("");
}

/** Replaces the first match (every one when `all`), leftmost and longest; `undefined` as for {@link trimMatch}. */
export function replaceMatch(
  tokens: readonly Token[],
  value: string,
  replacement: string,
  all: boolean,
): string | undefined {
  const characters = Array.from(value);
  if (tokens.length * characters.length > effortLimit) return undefined;
  let out = "";
  let at = 0;
  let done = false;
  while (at <= characters.length) {
    const end = done ? undefined : matchFrom(tokens, characters, at, true);
    if (end === undefined) {
      out += characters[at] ?? "";
      at++;
      continue;
    }
    out += replacement;
    done = !all;
    if (end === at) out += characters[at++] ?? "";
    else at = end;
    if (all && at >= characters.length) break;
  }
  return out;
}

/** The end of a match that begins at `from`: the longest when `greedy`, else the shortest. */
function matchFrom(
  tokens: readonly Token[],
  characters: readonly string[],
  from: number,
  greedy: boolean,
): number | undefined {
  const segments = splitAtStars(tokens);
  const [first = [], ...others] = segments;
  if (!matchesAt(first, characters, from)) return undefined;
  let at = from + first.length;
  for (const [index, segment] of others.entries()) {
    const last = index === others.length - 1;
    const found = greedy && last ? lastMatch(segment, characters, at) : firstMatch(segment, characters, at);
    if (found === undefined) return undefined;
    at = found + segment.length;
  }
  return at;
}

function splitAtStars(tokens: readonly Token[]): Token[][] {
  const segments: Token[][] = [[]];
  for (const token of tokens) {
    if (token.kind === "star") segments.push([]);
    else segments.at(-1)?.push(token);
  }
  return segments;
}

function matchesAt(segment: readonly Token[], characters: readonly string[], at: number): boolean {
  if (at + segment.length > characters.length) return false;
  return segment.every((token, index) => token.kind !== "literal" || token.character === characters[at + index]);
}

function firstMatch(segment: readonly Token[], characters: readonly string[], from: number): number | undefined {
  for (let at = from; at + segment.length <= characters.length; at++) if (matchesAt(segment, characters, at)) return at;
  return undefined;
}

function lastMatch(segment: readonly Token[], characters: readonly string[], from: number): number | undefined {
  for (let at = characters.length - segment.length; at >= from; at--) if (matchesAt(segment, characters, at)) return at;
  return undefined;
}
