/** Diffs as a terminal shows them. */
import picocolors from "picocolors";
import { visible } from "../core/terminal-text.ts";

/** A unified diff for a terminal: coloured, with nothing in it that a terminal acts on. */
export function renderDiff(diff: string, colour: boolean): string {
  const paint = picocolors.createColors(colour);
  return diff
    .split("\n")
    .map((line, index) => {
      const shown = visible(line.endsWith("\r") ? line.slice(0, -1) : line);
      if (index < 2) return paint.bold(shown);
      if (line.startsWith("@@")) return paint.cyan(shown);
      if (line.startsWith("+")) return paint.green(shown);
      return line.startsWith("-") ? paint.red(shown) : shown;
    })
    .join("\n");
}
