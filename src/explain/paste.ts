/** Makes a paste readable for patterns: whatever a terminal, a log or a YAML or JSON printer put around the words goes. */

/** Escape sequences of terminals: CSI, OSC, and the two-character ones; also as a JSON or Go printer spells them. */
const escapes =
  // oxlint-disable-next-line no-control-regex -- these are what is taken out
  /\u009b[0-?]{0,32}[ -/]{0,4}[@-~]|(?:\u001b|\\u001b|\\x1b|\\033)(?:\[[0-?]{0,32}[ -/]{0,4}[@-~]|\][^\u0007\u001b]{0,512}(?:\u0007|\u001b\\)|[@-Z\\^_])?/gi;

/**
 * Folds a paste into one line of words: terminal escapes and control characters out, quoting of JSON and YAML undone,
 * typographic quotes and blanks made plain, frames of terminal programs (`│`) out, every run of blanks one space. YAML
 * and `kubectl` break a message over lines where they like, so line ends mean nothing.
 */
export function foldPaste(text: string): string {
  return (
    text
      .replace(escapes, "")
      .replace(/\\\r?\n\s*\\?/g, "")
      .replace(/(?:\\+[nrt])(?![a-z]{3})|[│┃║▏▕]/g, " ")
      .replace(/\\+(["'`])/g, "$1")
      .replace(/\\u00(3c|3e|26|27|22)/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      .replace(/''/g, "'")
      .replace(/[\u201c\u201d\u201e\u00ab\u00bb]/g, '"')
      .replace(/[\u2018\u2019\u201a]/g, "'")
      // oxlint-disable-next-line no-control-regex -- these are what is taken out
      .replace(/[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, "")
      .replace(/\s+/g, " ")
      .trim()
  );
}
