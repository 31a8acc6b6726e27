/** What a person reads of a scan: a line for each image that needs somebody, and what it all came to. */
import picocolors from "picocolors";
import type { ReportedTarget } from "../../results/reported.ts";
import type { ScanOutcome } from "../../results/scan-outcome.ts";
import { visible } from "../../core/terminal-text.ts";
import { wrap } from "../text-width.ts";
import { adviceOf, countsText, isTrouble, reasonOf, shortName, standingOf, standingWords } from "./overview.ts";
import { unreadText, type RegistryTextOptions } from "./text.ts";

/** A result as one line; nothing for an image that is well, unless it is asked for. */
export function resultLine(target: ReportedTarget, { colour, verbose }: RegistryTextOptions): string {
  const paint = picocolors.createColors(colour);
  const standing = standingOf(target);
  if (!isTrouble(standing) && !verbose) return "";
  const platform = target.platform === null ? "" : ` (${target.platform})`;
  const reason = reasonOf(target);
  const advice = isTrouble(standing) && target.error === null ? adviceOf(target) : null;
  const words = isTrouble(standing) ? paint.red(standingWords[standing]) : paint.green(standingWords[standing]);
  const tail = [reason, ...(advice === null ? [] : [`Fix: ${advice}`])].filter((text) => text !== null).join(". ");
  return `${visible(`${shortName(target.target)}${platform}`)}: ${words}${tail === "" ? "" : `: ${visible(tail)}`}\n`;
}

export interface SummaryOptions extends RegistryTextOptions {
  readonly quiet: boolean;
  readonly state?: string;
  readonly shard?: string;
}

/** The patterns of `--include` and `--exclude` that matched nothing. */
export const unusedText = (patterns: readonly string[], columns: number): string =>
  patterns
    .map((pattern) => `nothing is like ${JSON.stringify(pattern)} (* stays within one part of a path, ** goes across)`)
    .map((text) => `${wrap(visible(text), columns, "  ")}\n`)
    .join("");

/** Totals, what could not be read and why, and how to go on. */
export function scanSummary(outcome: ScanOutcome, options: SummaryOptions): string {
  const { tally, images, replayed, unusedPatterns, interrupted } = outcome;
  const { state, shard, columns, quiet } = options;
  const note = (text: string): string => `${wrap(visible(text), columns, "  ")}\n`;
  const lines: string[] = [];
  if (tally.unread.length > 0) lines.push(`${unreadText(tally.unread, options)}\n`);
  if (quiet) return lines.join("");
  const words = countsText(tally.standings, () => true);
  const part = shard === undefined ? "" : ` of shard ${shard}`;
  lines.push(
    note(`${images.toLocaleString("en")} image${images === 1 ? "" : "s"}${part}${words === "" ? "" : `: ${words}`}`),
  );
  if (replayed > 0) {
    const isAll = replayed === images && interrupted === null;
    const kept = `${isAll ? "all" : replayed.toLocaleString("en")} read before and kept in ${state ?? "the state"}`;
    lines.push(note(isAll ? `${kept}; remove it to scan anew` : kept));
  }
  if (interrupted !== null) {
    lines.push(
      note(
        state === undefined
          ? "interrupted; with --state FILE a scan goes on where it was"
          : `interrupted; run the same command again to go on (${state})`,
      ),
    );
  }
  lines.push(unusedText(unusedPatterns, columns));
  return lines.join("");
}
