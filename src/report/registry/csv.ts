/** `--format csv`: one row a result, for spreadsheets (RFC 4180; UTF-8 with a byte order mark, which Excel needs). */
import type { ReportedTarget } from "../../results/reported.ts";
import { visible } from "../../core/terminal-text.ts";
import { adviceOf, reasonOf, repositoryOf, shortName, standingOf } from "./overview.ts";

const columns = [
  "image",
  "repository",
  "platform",
  "verdict",
  "user",
  "uid",
  "rules",
  "reason",
  "fix",
  "digest",
  "error",
] as const;

/** Renders the rows one by one. */
export function* renderCsv(targets: readonly ReportedTarget[]): Generator<string> {
  yield `\ufeff${columns.join(",")}\r\n`;
  for (const target of targets) {
    const row: Readonly<Record<(typeof columns)[number], string>> = {
      image: shortName(target.target),
      repository: repositoryOf(target.target),
      platform: target.platform ?? "",
      verdict: standingOf(target),
      user: target.configUser ?? "",
      uid: target.uid === null ? "" : String(target.uid),
      rules: [...new Set(target.findings.map(({ rule }) => rule))].join(" "),
      reason: reasonOf(target) ?? "",
      fix: adviceOf(target) ?? "",
      digest: target.digest ?? "",
      error: target.error?.code ?? "",
    };
    yield `${columns.map((column) => cell(row[column])).join(",")}\r\n`;
  }
}

/**
 * A field. Spreadsheets run what begins like a formula, also behind blanks and in quotes, so an apostrophe goes in front.
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
function cell(text: string): string {
  const shown = visible(text).replaceAll("\t", " ");
  const harmless = /^\s*[=+\-@|%\uff1d\uff0b\uff0d\uff20]/u.test(shown) ? `'${shown}` : shown;
  return /[",\r\n;']|^\s|\s$/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
