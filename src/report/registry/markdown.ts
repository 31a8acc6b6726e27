/** `--format markdown` of merged results: for a job summary, which takes a megabyte and a reader who has a minute. */
import type { Unread } from "../../results/tally.ts";
import { code, escaped, tableCell } from "../markdown.ts";
import { standings, standingWords, type Overview } from "./overview.ts";

const mostRepositories = 100;

/** Renders the overview: totals, the repositories with most trouble, what could not be read. */
export function renderRegistryMarkdown(overview: Overview, unread: readonly Unread[], gaps: readonly string[]): string {
  const blocks = [
    "# image-fix report",
    [
      "| images | |",
      "| ---: | --- |",
      ...standings.flatMap((standing) =>
        overview.counts[standing] === 0 ? [] : [`| ${overview.counts[standing]} | ${standingWords[standing]} |`],
      ),
      `| ${overview.total} | in all |`,
    ].join("\n"),
  ];
  if (gaps.length > 0) blocks.push(["**Not whole:**", "", ...gaps.map((gap) => `- ${escaped(gap)}`)].join("\n"));
  const troubled = overview.repositories.filter(({ trouble }) => trouble > 0);
  if (troubled.length > 0) {
    const shown = troubled.slice(0, mostRepositories);
    blocks.push(
      "## Where to begin",
      [
        "| repository | refused or unknown | of | fix |",
        "| --- | ---: | ---: | --- |",
        ...shown.map(
          ({ name, trouble, total, advice }) =>
            `| ${tableCell(code(name))} | ${trouble} | ${total} | ${escaped(advice ?? "")} |`,
        ),
      ].join("\n"),
    );
    if (troubled.length > shown.length) blocks.push(`And ${troubled.length - shown.length} more repositories.`);
  }
  if (overview.rules.length > 0) {
    const rows = overview.rules.map(({ rule, images }) => `| ${tableCell(code(rule))} | ${images} |`);
    blocks.push("## Rules", ["| rule | images |", "| --- | ---: |", ...rows].join("\n"));
  }
  if (unread.length > 0) {
    const items = unread.map(({ count, code: failure, message, targets }) => {
      const more = count > targets.length ? ", …" : "";
      return `- ${count} × ${code(failure)} ${escaped(message)}: ${targets.map(code).join(", ")}${more}`;
    });
    blocks.push("## Could not be read", items.join("\n"));
  }
  return `${blocks.join("\n\n")}\n`;
}
