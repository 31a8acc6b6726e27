/** HTML out of text that anybody may have written. */
import { visible } from "../../core/terminal-text.ts";

/** Text as it stands in elements and in quoted attributes. */
export const escaped = (text: string): string =>
  visible(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");

/** JSON that no parser of HTML takes for markup: `<` never stands in it. */
export const embedded = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

export const number = (value: number): string => value.toLocaleString("en");
