/** Text of unknown length, kept within a bound. */
export interface TextLog {
  append(chunk: string): void;
  /** Everything that was kept; a line in the middle says how much was left out, if any. */
  text(): string;
}

/**
 * Keeps the first and the last half of `limit` characters: the start of a log says what ran, its end says what failed.
 * @param limit in UTF-16 code units.
 */
export function createTextLog(limit: number): TextLog {
  const half = Math.floor(limit / 2);
  const head: string[] = [];
  let headLength = 0;
  // Two blocks that are swapped when the newer one is full: appending never moves what is already kept.
  let older = "";
  let newer: string[] = [];
  let newerLength = 0;
  let dropped = 0;
  return {
    append(chunk) {
      let rest = chunk;
      if (headLength < half) {
        const taken = rest.slice(0, half - headLength);
        head.push(taken);
        headLength += taken.length;
        rest = rest.slice(taken.length);
      }
      while (rest !== "") {
        const taken = rest.slice(0, half - newerLength);
        newer.push(taken);
        newerLength += taken.length;
        rest = rest.slice(taken.length);
        if (newerLength >= half) {
          dropped += older.length;
          older = newer.join("");
          newer = [];
          newerLength = 0;
        }
      }
    },
    text() {
      const middle = dropped > 0 ? `\n[${dropped} characters left out]\n` : "";
      return head.join("") + middle + older + newer.join("");
    },
  };
}
