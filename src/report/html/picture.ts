/** The pictures of the page, as SVG that stands in it. Colour never says anything that a shape or a word does not. */
import {
  countsText,
  standings,
  type RepositoryOverview,
  type Standing,
  type StandingCounts,
} from "../registry/overview.ts";
import { escaped, number } from "./markup.ts";

/** A sign for each standing, told apart by its shape. */
const shapes: Readonly<Record<Standing, string>> = {
  root: '<path d="M8 1 15.5 15H.5z"/>',
  invalid: '<path d="M8 .5 15.5 8 8 15.5.5 8z"/>',
  symbolic: '<path d="M1 1h14v14H1z"/>',
  unread: '<path d="M3 1 8 6l5-5 2 2-5 5 5 5-2 2-5-5-5 5-2-2 5-5-5-5z"/>',
  unknown: '<path d="M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 3a4 4 0 1 1 0 8 4 4 0 0 1 0-8z"/>',
  admit: '<circle cx="8" cy="8" r="7"/>',
  "not-applicable": '<path d="M1 6h14v4H1z"/>',
};

export const mark = (standing: Standing): string =>
  `<svg class="mark fill-${standing}" data-mark="${standing}" viewBox="0 0 16 16" aria-hidden="true" focusable="false">${shapes[standing]}</svg>`;

/** A bar of which each standing has its share. */
export function bar(counts: StandingCounts, total: number, className: string): string {
  let at = 0;
  const parts = standings.flatMap((standing) => {
    const width = (counts[standing] / Math.max(1, total)) * 1000;
    if (width === 0) return [];
    const part = `<rect class="fill-${standing}" x="${at.toFixed(2)}" y="0" width="${width.toFixed(2)}" height="10"/>`;
    at += width;
    return [part];
  });
  return `<svg class="${className}" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">${parts.join("")}</svg>`;
}

/** More tiles than a screen has room for. */
const mostTiles = 3000;

/** One tile a repository, the largest share of trouble first; the tile is filled by the shares of its standings. */
export function tiles(repositories: readonly RepositoryOverview[]): string {
  const shown = repositories
    .slice(0, mostTiles)
    .toSorted((a, b) => b.trouble / b.total - a.trouble / a.total || b.counts.root / b.total - a.counts.root / a.total);
  const columns = Math.max(8, Math.ceil(Math.sqrt(shown.length * 1.6)));
  const rows = Math.max(1, Math.ceil(shown.length / columns));
  const trouble = repositories.filter((repository) => repository.trouble > 0).length;
  const label = `${number(repositories.length)} repositories, ${number(trouble)} of them with images that Kubernetes refuses or nobody could judge`;
  return [
    // One picture with one name: the tiles' own names are for the pointer, and the table has them all.
    `<svg class="tiles" viewBox="0 0 ${columns} ${rows}" role="img" aria-label="${escaped(label)}"><g aria-hidden="true">`,
    ...shown.map((repository, index) => tile(repository, index % columns, Math.floor(index / columns))),
    "</g></svg>",
  ].join("");
}

function tile({ name, total, counts, trouble }: RepositoryOverview, x: number, y: number): string {
  let top = y;
  const parts = standings.flatMap((standing) => {
    const height = counts[standing] / Math.max(1, total);
    if (height === 0) return [];
    const part = `<rect class="fill-${standing}" x="${x}" y="${round(top)}" width="1" height="${round(height)}"/>`;
    top += height;
    return [part];
  });
  const title = `${name}: ${trouble === 0 ? "" : `${number(trouble)} of ${number(total)} in trouble; `}${countsText(counts, () => true)}`;
  return `<g><title>${escaped(title)}</title>${parts.join("")}</g>`;
}

const round = (value: number): string => String(Math.round(value * 1000) / 1000);
