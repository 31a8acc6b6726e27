/** A rule's Markdown page at a terminal. */
import picocolors from "picocolors";
import { visible } from "../core/terminal-text.ts";
import { wrap } from "./text-width.ts";

/**
 * Renders the Markdown that the rules' pages use: headings, paragraphs, lists, tables and fenced blocks, which are
 * indented and otherwise left alone. Paragraphs are wrapped anew.
 */
export function pageText(page: string, options: { readonly colour: boolean; readonly columns: number }): string {
  const paint = picocolors.createColors(options.colour);
  const out: string[] = [];
  let paragraph: string[] = [];
  let fenced = false;
  const flush = (): void => {
    if (paragraph.length === 0) return;
    const isItem = /^(?:[-*]|\d+\.) /.test(paragraph[0] ?? "");
    out.push(wrap(visible(inline(paragraph.join(" "))), options.columns, isItem ? "  " : ""));
    paragraph = [];
  };
  for (const line of page.split(/\r?\n/)) {
    const heading = /^(#+) (.+)$/.exec(line);
    if (line.startsWith("```")) {
      flush();
      if (!fenced && out.at(-1) !== "") out.push("");
      fenced = !fenced;
    } else if (fenced) {
      out.push(line === "" ? "" : `    ${visible(line)}`);
    } else if (heading !== null) {
      flush();
      out.push(paint.bold(visible(inline(heading[2] ?? ""))));
    } else if (line.trim() === "") {
      flush();
      if (out.length > 0 && out.at(-1) !== "") out.push("");
    } else if (line.startsWith("|")) {
      flush();
      out.push(visible(line));
    } else {
      if (/^(?:[-*]|\d+\.) /.test(line)) flush();
      paragraph.push(line.trim());
    }
  }
  flush();
  return `${out.join("\n").trimEnd()}\n`;
}

/** Text without the marks of emphasis and links. */
const inline = (text: string): string => text.replace(/\*\*([^*]+)\*\*/g, "$1").replace(/\[([^\]]+)\]\([^)]*\)/g, "$1");
