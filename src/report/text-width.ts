/** How text lies in a terminal's cells: what each character shows as, and how wide. */
import { visible } from "../core/terminal-text.ts";

/** One character of a line as it is shown. */
export interface Cell {
  /** UTF-16 offset of the character in the line. */
  readonly offset: number;
  /** What is shown: blanks for a tab, an escape for a control character. */
  readonly text: string;
  /** Columns that `text` takes. */
  readonly width: number;
}

/** Tabs reach to the next multiple of this; most editors show Containerfiles so. */
const tabStop = 4;

const invisible = /^[\p{Mn}\p{Me}\p{Cf}]$/u;

/**
 * Whether terminals give a character two columns: East Asian Wide and Fullwidth (UAX 11) in the blocks where they lie,
 * and what is shown as an emoji by itself.
 */
const wide =
  /^(?:[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation})$/u;

/** Splits a line (without its line ending) into cells. A joiner glues the next character to the one before it. */
export function cellsOf(line: string): readonly Cell[] {
  const cells: Cell[] = [];
  let offset = 0;
  let column = 0;
  let joined = false;
  for (const character of line) {
    const width = joined ? 0 : characterWidth(character, column);
    const text = character === "\t" ? " ".repeat(width) : visible(character);
    cells.push({ offset, text, width });
    column += width;
    offset += character.length;
    joined = character === "\u200d";
  }
  return cells;
}

function characterWidth(character: string, column: number): number {
  if (character === "\t") return tabStop - (column % tabStop);
  const shown = visible(character);
  if (shown !== character) return shown.length;
  if (character < "\u0300") return 1;
  if (invisible.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}

/** Columns that a text without tabs takes; control characters count as their escapes. */
export function textWidth(text: string): number {
  if (/^[\u0020-\u007e]*$/.test(text)) return text.length;
  return cellsOf(text).reduce((sum, { width }) => sum + width, 0);
}

/**
 * Breaks text at blanks so that no line is wider than `columns`, as far as words allow; a word that is wider keeps a
 * line of its own. Line ends in the text stay.
 * @param indent put before every line but the first; the first starts at column `used`.
 */
export function wrap(text: string, columns: number, indent = "", used = 0): string {
  const lines: string[] = [];
  let first = true;
  for (const paragraph of text.split("\n")) {
    let line = "";
    let width = first ? used : indent.length;
    let empty = true;
    for (const word of paragraph.split(" ")) {
      const wordWidth = textWidth(word);
      // Blanks in front of the first word stay with it.
      if (line.trim() !== "" && width + 1 + wordWidth > columns) {
        lines.push(line);
        line = "";
        width = indent.length;
        empty = true;
      }
      line += empty ? word : ` ${word}`;
      width += wordWidth + (empty ? 0 : 1);
      empty = false;
    }
    lines.push(line);
    first = false;
  }
  return lines.join(`\n${indent}`);
}
