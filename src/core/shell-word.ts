/**
 * Quotes a word for a POSIX shell, where it needs it. A word that begins with `-` is for the caller to keep from being an
 * option (`./-x`).
 */
export function shellWord(word: string): string {
  return /^[\w./:@=+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
