/**
 * Hashes that stay with a line while others come and go above it, so that code scanning knows a result again. They are
 * those that GitHub's upload action makes of the file: it warns of others, and other ways of uploading make none.
 * @see https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning#data-for-preventing-duplicated-alerts
 */
/** Characters that a hash covers, from the start of its line on. */
const span = 100;
const factor = 37n;
const bits = (value: bigint): bigint => BigInt.asUintN(64, value);
const factorOfOldest = bits(factor ** BigInt(span));
/** What stands behind the last character. */
const end = 0xffff;

/**
 * The hash of each line (CRLF, CR or LF end one), with a number that tells repeated ones apart. Blanks do not count.
 */
export function lineHashes(text: string): readonly string[] {
  const characters = [...text.replace(/\r\n?/g, "\n").matchAll(/[^ \t]/gs)].map(([found]) => found.charCodeAt(0));
  characters.push(end);
  const starts = [0, ...characters.flatMap((character, at) => (character === 0x0a ? [at + 1] : []))];
  const seen = new Map<string, number>();
  const hashes: string[] = [];
  let hash = 0n;
  let at = 0;
  for (const start of starts) {
    // The window ends a span behind the start; behind the text there are zeros.
    for (; at < start + span; at++) {
      const oldest = BigInt(characters[at - span] ?? 0);
      hash = bits(factor * hash + BigInt(characters[at] ?? 0) - factorOfOldest * oldest);
    }
    const shown = hash.toString(16);
    const count = (seen.get(shown) ?? 0) + 1;
    seen.set(shown, count);
    hashes.push(`${shown}:${count}`);
  }
  return hashes;
}

/** One of a whole name, for what has no lines. */
export function nameHash(name: string): string {
  let hash = 0n;
  for (let at = 0; at < name.length; at++) hash = bits(factor * hash + BigInt(name.charCodeAt(at)));
  return `${hash.toString(16)}:1`;
}
