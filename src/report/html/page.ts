/**
 * `--format html`: one page that stands by itself, for a wall and for whoever has to fix things. It loads nothing: style
 * and script are in it, admitted by their hashes, and its policy forbids everything else. Without scripts it still shows
 * totals, pictures, the worst repositories and the first images.
 */
import type { ReportedTarget } from "../../results/reported.ts";
import type { Unread } from "../../results/tally.ts";
import type { Tool } from "../standing.ts";
import {
  adviceOf,
  commonHost,
  countsText,
  isTrouble,
  repositoryOf,
  shortName,
  standingOf,
  standings,
  standingWords,
  type Overview,
  type RepositoryOverview,
} from "../registry/overview.ts";
import { script, scriptHash, style, styleHash } from "./assets.gen.ts";
import { embedded, escaped, number } from "./markup.ts";
import { bar, mark, tiles } from "./picture.ts";
import { listedOf, pageData } from "./rows.ts";

export interface HtmlOptions {
  readonly title: string;
  readonly tool: Tool;
  /** When the page was made, ISO 8601. */
  readonly time: string;
  readonly unread: readonly Unread[];
  readonly gaps: readonly string[];
  /** Results that the table lists; the rest is counted. */
  readonly mostRows: number;
}

/** Repositories that are named with their fix. */
const mostWorst = 12;
/** Rows that stand in the page without its script. */
const firstRows = 50;

/** Renders the page in pieces. */
export function* renderHtml(
  targets: readonly ReportedTarget[],
  overview: Overview,
  options: HtmlOptions,
): Generator<string> {
  const policy = `default-src 'none'; style-src '${styleHash}'; script-src '${scriptHash}'; base-uri 'none'; form-action 'none'`;
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="${escaped(options.tool.name)} ${escaped(options.tool.version)}">
<title>${escaped(options.title)}</title>
<style>${style}</style>
</head>
<body>
<a class="skip" href="#images-head">Skip to the images</a>
<div class="page">
`;
  const prefix = commonHost(overview.repositories);
  yield header(overview, options, prefix);
  yield `<main>\n${gapCard(options.gaps)}${totals(overview)}<div class="columns">\n${worst(overview.repositories, prefix)}<div>\n${mosaic(overview)}${unreadCard(options.unread)}${rulesCard(overview)}</div>\n</div>\n`;
  yield* images(targets, overview, options, prefix);
  yield `</main>
<footer><p>Made by image-fix ${escaped(options.tool.version)} from what Kubernetes' kubelet decides under <code>runAsNonRoot: true</code>. The page holds all it shows and loads nothing. <span class="keys"><kbd>Ctrl</kbd> <kbd>/</kbd> goes to the search.</span></p></footer>
</div>
<script type="application/json" id="data">`;
  yield embedded(pageData(listedOf(targets, options.mostRows), prefix));
  yield `</script>
<script type="module">${script}</script>
</body>
</html>
`;
}

function header({ total, repositories }: Overview, { title, time }: HtmlOptions, prefix: string): string {
  const host = prefix === "" ? "" : ` of <b>${escaped(prefix.slice(0, -1))}</b>`;
  return `<header>
<h1>${escaped(title)}</h1>
<p class="lead">${number(total)} ${total === 1 ? "result" : "results"} in ${number(repositories.length)} ${repositories.length === 1 ? "repository" : "repositories"}${host} · <time datetime="${escaped(time)}">${escaped(time.replace("T", " ").replace(/\.\d+Z$/, " UTC"))}</time></p>
</header>
`;
}

function gapCard(gaps: readonly string[]): string {
  if (gaps.length === 0) return "";
  return `<section class="card gap" aria-labelledby="gap-head"><h2 id="gap-head">This is not the whole</h2><ul>${gaps.map((gap) => `<li>${escaped(gap)}</li>`).join("")}</ul></section>\n`;
}

function totals({ counts, total }: Overview): string {
  const judged = total - counts["not-applicable"];
  const share = judged === 0 ? 0 : Math.floor((counts.admit / judged) * 100);
  const trouble = judged - counts.admit;
  const items = standings.flatMap((standing) =>
    counts[standing] === 0
      ? []
      : [
          `<li><button class="total" type="button" data-standing="${standing}" aria-pressed="false" disabled data-script>${mark(standing)}<span><b>${number(counts[standing])}</b> ${standingWords[standing]}</span></button></li>`,
        ],
  );
  return `<section class="card" aria-labelledby="totals-head">
<h2 id="totals-head" class="aside">Totals</h2>
<div class="hero"><p class="share">${share} %</p><p class="words">start under <code>runAsNonRoot</code><small>${number(counts.admit)} of ${number(judged)}; ${trouble === 0 ? "nothing is refused" : `${number(trouble)} would be refused, or could not be judged`}</small></p></div>
${bar(counts, total, "whole bar")}
<ul class="totals" role="list">${items.join("")}</ul>
</section>
`;
}

function worst(repositories: readonly RepositoryOverview[], prefix: string): string {
  const shown = repositories.filter(({ trouble }) => trouble > 0).slice(0, mostWorst);
  const body =
    shown.length === 0
      ? "<p>Every image starts under <code>runAsNonRoot</code>.</p>"
      : `<ol class="worst">${shown.map((repository) => worstItem(repository, prefix)).join("")}</ol>`;
  return `<section class="card" aria-labelledby="worst-head"><h2 id="worst-head">Where to begin</h2>${body}</section>\n`;
}

function worstItem({ name, total, counts, trouble, advice }: RepositoryOverview, prefix: string): string {
  const shown = escaped(name.slice(prefix.length));
  const fix = advice === null ? "" : `<p><b>Fix:</b> ${escaped(advice)}</p>`;
  return `<li><div class="name"><button type="button" data-repository="${shown}" disabled data-script><span class="aside">Show the images of </span>${shown}</button><span>${number(trouble)} of ${number(total)}</span></div>${bar(counts, total, "bar")}<p>${countsText(counts, isTrouble)}</p>${fix}</li>`;
}

function mosaic({ repositories, counts }: Overview): string {
  const legend = standings.flatMap((standing) =>
    counts[standing] === 0 ? [] : [`<li>${mark(standing)}${standingWords[standing]}</li>`],
  );
  return `<section class="card" aria-labelledby="mosaic-head"><h2 id="mosaic-head">Every repository</h2>${tiles(repositories)}<p class="note">One tile a repository, the largest share of refused images first; the colours are the shares of its images.</p><ul class="legend" id="marks">${legend.join("")}</ul></section>\n`;
}

function unreadCard(unread: readonly Unread[]): string {
  if (unread.length === 0) return "";
  const items = unread.map(({ count, code, message, hint, targets }) => {
    const named = targets.map((target) => `<code>${escaped(shortName(target))}</code>`).join(", ");
    const more = count > targets.length ? ` and ${number(count - targets.length)} more` : "";
    return `<li><b>${number(count)} ×</b> ${escaped(message)} (${escaped(code)})<br>${named}${more}${hint === null ? "" : `<br>Hint: ${escaped(hint)}`}</li>`;
  });
  return `<section class="card gap" aria-labelledby="unread-head"><h2 id="unread-head">What could not be read</h2><ul>${items.join("")}</ul></section>\n`;
}

/** Rules that are shown with their bars. */
const mostRules = 10;

function rulesCard({ rules, total }: Overview): string {
  if (rules.length === 0) return "";
  const items = rules.slice(0, mostRules).map(({ rule, images: count }) => {
    const width = ((count / Math.max(1, total)) * 1000).toFixed(2);
    return `<li><div class="name"><code>${escaped(rule)}</code><span>${number(count)}</span></div><svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="fill-unknown" x="0" y="0" width="${width}" height="10"/></svg></li>`;
  });
  return `<section class="card" aria-labelledby="rules-head"><h2 id="rules-head">Rules, by images</h2><ul class="worst">${items.join("")}</ul></section>\n`;
}

function* images(
  targets: readonly ReportedTarget[],
  { total }: Overview,
  { mostRows }: HtmlOptions,
  prefix: string,
): Generator<string> {
  const left = total - Math.min(total, mostRows);
  const note =
    left === 0
      ? ""
      : `<p class="note">The table lists ${number(mostRows)} results, those with trouble first. ${number(left)} more are counted above; <code>image-fix report --format csv</code> has them all.</p>`;
  yield `<section class="card" aria-labelledby="images-head">
<h2 id="images-head" tabindex="-1">Images</h2>
<div class="tools" role="search" hidden data-script>
<label class="search" for="search">Search names, users, fixes and digests<input id="search" type="search" autocomplete="off" spellcheck="false" aria-controls="images" aria-keyshortcuts="Control+/"></label>
<label for="rule">Rule<select id="rule"><option value="">any</option></select></label>
<label for="platform">Platform<select id="platform"><option value="">any</option></select></label>
<button type="button" id="reset">Show all</button>
</div>
<p class="count" role="status"><span id="count">${targets.length > firstRows ? `The first ${firstRows} of ${number(total)}; a browser with scripts shows, searches and sorts all.` : ""}</span><span id="order"></span></p>
${pager("Pages")}<div class="scroll"><table role="table">
<caption class="aside">Images with their verdicts and fixes</caption>
<thead role="rowgroup"><tr role="row">${columns.map(columnHead).join("")}</tr></thead>
<tbody id="images" role="rowgroup">
`;
  const first = targets
    .toSorted((a, b) => standings.indexOf(standingOf(a)) - standings.indexOf(standingOf(b)))
    .slice(0, firstRows);
  for (const target of first) yield row(target, prefix);
  yield `</tbody>
</table></div>
${pager("Pages, below the table")}${note}</section>
`;
}

/** What sorts the table, as client.mjs knows it, and what the column is called. */
const columns = [
  ["image", "Image"],
  ["standing", "Verdict"],
  ["user", "User"],
  ["platform", "Platform"],
  ["fix", "Fix"],
] as const;

const columnHead = ([key, name]: (typeof columns)[number]): string =>
  `<th role="columnheader" scope="col" data-sort="${key}"><button type="button" disabled data-script>${name}</button></th>`;

const pager = (name: string): string =>
  `<nav class="pages" aria-label="${name}" hidden><button type="button" data-turn="-1">Previous</button><span class="place"></span><button type="button" data-turn="1">Next</button></nav>
`;

function row(target: ReportedTarget, prefix: string): string {
  const repository = repositoryOf(target.target);
  const standing = standingOf(target);
  return `<tr role="row" class="row"><th role="rowheader" scope="row" class="image">${escaped(repository.slice(prefix.length))}<span class="tag">${escaped(shortName(target.target).slice(repository.length))}</span></th><td role="cell" class="verdict">${mark(standing)}${standingWords[standing]}</td><td role="cell" class="user" data-label="User">${escaped(target.configUser ?? "")}</td><td role="cell" class="platform" data-label="Platform">${escaped(target.platform ?? "")}</td><td role="cell" data-label="Fix">${escaped(adviceOf(target) ?? "")}</td></tr>\n`;
}
