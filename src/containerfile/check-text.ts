import type { SyntaxFault } from "./model.ts";

/** UTF-16 with its byte order mark, read byte by byte, or every second byte a NUL. */
const utf16 = /^(?:ÿþ|þÿ|[\t\n\r -~]\0[\t\n\r -~]\0|\0[\t\n\r -~]\0[\t\n\r -~])/;

/** What is wrong with a text as a whole, so that no instruction in it can be read; `undefined` where nothing is. */
export function textFault(text: string): SyntaxFault | undefined {
  const span = { start: 0, end: 0 };
  if (utf16.test(text)) {
    const hint = "save the file as UTF-8 (in PowerShell: Set-Content -Encoding utf8)";
    return { span, message: "the file is UTF-16, which no builder reads", hint };
  }
  if (!text.includes("\n") && /\r[^\r]/.test(text)) {
    const hint = "save the file with LF or CRLF";
    return { span, message: "the lines end in CR alone, so every builder takes the file for one line", hint };
  }
  return undefined;
}
