/** Failures on standard error. */
import picocolors from "picocolors";
import type { Failure } from "../core/errors.ts";
import { visible, visibleName } from "../core/terminal-text.ts";
import { excerpt } from "./excerpt.ts";
import { failureWords } from "../core/failure-words.ts";
import { sourceOf } from "./source.ts";
import type { TextOptions } from "./text-options.ts";
import { wrap } from "./text-width.ts";

export interface FailureOptions extends Pick<TextOptions, "colour" | "columns"> {
  /** What failed, for failures that do not say it themselves. */
  readonly target?: string;
  /** The file's text, where it could be read: a place in it is then shown. */
  readonly text?: string | null;
  /** False where the log has been shown as it came. */
  readonly log: boolean;
}

/** Renders a failure: what, where, what to do; a build's whole log in front of it. */
export function renderFailure(failure: Failure, { colour, columns, target, text = null, log }: FailureOptions): string {
  const paint = picocolors.createColors(colour);
  const words = failureWords(failure);
  // A registry's host says little among many images of it.
  const isHost = failure.code === "REGISTRY_FAILED" && target !== undefined && words.place !== null;
  const place = isHost ? `${target}: ${words.place}` : (words.place ?? target);
  const message = `${place === undefined ? "" : `${visibleName(place)}: `}${visible(words.message)}`;
  const lines = [`${paint.red(paint.bold("error:"))} ${wrap(message, columns, "  ", 7)}\n`];
  if (failure.code === "SYNTAX" && text !== null) {
    const source = sourceOf(text);
    const at = (source.lines.starts[failure.line - 1] ?? 0) + failure.column - 1;
    lines.push(
      `${excerpt(source, { start: at, end: wordEnd(text, at) }, columns, { gutter: paint.dim, mark: paint.red })}\n`,
    );
  }
  if (words.hint !== null) lines.push(`  ${paint.bold("hint:")} ${wrap(visible(words.hint), columns, "  ", 8)}\n`);
  if (log && words.log !== null && words.log !== "")
    lines.unshift(`${visible(words.log.replaceAll("\r\n", "\n")).trimEnd()}\n\n`);
  return lines.join("");
}

/** The end of the word that begins at an offset; a fault has a place, the word is what people look at. */
function wordEnd(text: string, at: number): number {
  let end = at;
  while (end < text.length && !/\s/.test(text[end] ?? "")) end++;
  return end;
}
