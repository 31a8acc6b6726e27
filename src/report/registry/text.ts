/** `--format text` of merged results: totals, the repositories with most trouble, and what could not be read. */
import picocolors from "picocolors";
import type { Unread } from "../../results/tally.ts";
import { visible } from "../../core/terminal-text.ts";
import { wrap } from "../text-width.ts";
import { counted } from "../words.ts";
import { countsText, isTrouble, standings, standingWords, type Overview } from "./overview.ts";

export interface RegistryTextOptions {
  readonly colour: boolean;
  readonly columns: number;
  /** All repositories with trouble instead of the first few. */
  readonly verbose: boolean;
}

const mostRepositories = 20;

/** Renders the overview. */
export function renderRegistryText(
  overview: Overview,
  unread: readonly Unread[],
  gaps: readonly string[],
  { colour, columns, verbose }: RegistryTextOptions,
): string {
  const paint = picocolors.createColors(colour);
  const prose = (text: string, indent = "  "): string => wrap(visible(text), columns, indent);
  const blocks: string[] = [
    [
      paint.bold(`${counted(overview.total, "image")} in ${plural(overview.repositories.length, "repository")}`),
      ...standings.flatMap((standing) =>
        overview.counts[standing] === 0 ? [] : [`  ${number(overview.counts[standing])}  ${standingWords[standing]}`],
      ),
    ].join("\n"),
  ];
  const troubled = overview.repositories.filter(({ trouble }) => trouble > 0);
  if (troubled.length > 0) {
    const shown = verbose ? troubled : troubled.slice(0, mostRepositories);
    const lines = shown.flatMap(({ name, trouble, total, counts, advice }) => [
      prose(`  ${name}: ${trouble} of ${total} (${countsText(counts, isTrouble)})`, "    "),
      ...(advice === null ? [] : [`    ${paint.bold("Fix:")} ${wrap(visible(advice), columns, "      ", 9)}`]),
    ]);
    const rest = troubled.length - shown.length;
    if (rest > 0) lines.push(prose(`  and ${plural(rest, "repository")} more (--verbose, or --format html)`, "    "));
    blocks.push([paint.bold("Where to begin:"), ...lines].join("\n"));
  }
  if (unread.length > 0) blocks.push(unreadText(unread, { colour, columns }));
  if (gaps.length > 0)
    blocks.push([paint.bold(paint.red("Not whole:")), ...gaps.map((gap) => prose(`  ${gap}`, "    "))].join("\n"));
  return `${blocks.join("\n\n")}\n`;
}

/** What could not be read, by reason. */
export function unreadText(
  unread: readonly Unread[],
  { colour, columns }: Pick<RegistryTextOptions, "colour" | "columns">,
): string {
  const paint = picocolors.createColors(colour);
  const total = unread.reduce((sum, { count }) => sum + count, 0);
  return [
    paint.bold(paint.red(`${total} could not be read:`)),
    ...unread.flatMap(({ count, code, message, hint, targets }) => {
      const named = targets.join(", ");
      const more = count > targets.length ? ` and ${count - targets.length} more` : "";
      return [
        wrap(visible(`  ${count} × ${message} [${code}]`), columns, "      "),
        wrap(visible(`      ${named}${more}`), columns, "      "),
        ...(hint === null ? [] : [wrap(visible(`      hint: ${hint}`), columns, "      ")]),
      ];
    }),
  ].join("\n");
}

const number = (value: number): string => value.toLocaleString("en").padStart(7);
const plural = (count: number, noun: string): string =>
  count === 1 ? `1 ${noun}` : `${count} ${noun.replace(/y$/, "ies")}`;
