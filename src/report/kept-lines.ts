/** Which lines of a text another one keeps: what a diff is made from. */

/** Tells two lists of lines apart: runs of lines that both have, and that only one has, in order. */
export type Compare = (
  before: readonly string[],
  after: readonly string[],
) => readonly { readonly count: number; readonly added: boolean; readonly removed: boolean }[];

/** Lines that are compared at once. The time that it takes grows with their square. */
const windowLines = 400;

/**
 * The lines that stay, as pairs of their places in both texts, ascending. A line that the other text does not have at all
 * cannot stay and is not compared; the others are compared window by window, so that the whole takes time by its length.
 * @param compare of two short lists of lines
 */
export function keptLines(
  before: readonly string[],
  after: readonly string[],
  compare: Compare,
): readonly (readonly [before: number, after: number])[] {
  const left = placesOfShared(before, new Set(after));
  const right = placesOfShared(after, new Set(before));
  const kept: (readonly [number, number])[] = [];
  const keep = (from: number, to: number): void => void kept.push([left[from] ?? 0, right[to] ?? 0]);
  let from = 0;
  let to = 0;
  let size = windowLines;
  while (from < left.length && to < right.length) {
    if (before[left[from] ?? 0] === after[right[to] ?? 0]) {
      keep(from++, to++);
      continue;
    }
    const pairs = pairsOf(
      compare(
        left.slice(from, from + size).map((place) => before[place] ?? ""),
        right.slice(to, to + size).map((place) => after[place] ?? ""),
      ),
    );
    const isRest = from + size >= left.length && to + size >= right.length;
    const certain = isRest ? pairs : upToLongestRun(pairs, size);
    for (const [inLeft, inRight] of certain) keep(from + inLeft, to + inRight);
    if (isRest) break;
    const last = certain.at(-1);
    if (last === undefined) {
      size *= 2;
      continue;
    }
    from += last[0] + 1;
    to += last[1] + 1;
    size = windowLines;
  }
  return kept;
}

function placesOfShared(lines: readonly string[], others: ReadonlySet<string>): readonly number[] {
  return lines.flatMap((line, place) => (others.has(line) ? [place] : []));
}

type Pair = readonly [left: number, right: number];

function pairsOf(runs: ReturnType<Compare>): readonly Pair[] {
  const pairs: Pair[] = [];
  let left = 0;
  let right = 0;
  for (const { count, added, removed } of runs) {
    const staying = added || removed ? 0 : count;
    for (let line = 0; line < staying; line++) pairs.push([left + line, right + line]);
    if (!added) left += count;
    if (!removed) right += count;
  }
  return pairs;
}

/**
 * The pairs of a window up to the end of the longest run of them in its middle half: near its end a window lacks what
 * its lines would stay as. None where nothing in the middle stays.
 */
function upToLongestRun(pairs: readonly Pair[], size: number): readonly Pair[] {
  let end = 0;
  let longest = 0;
  let length = 0;
  for (const [index, [left, right]] of pairs.entries()) {
    const previous = pairs[index - 1];
    const reach = Math.max(left, right);
    const isInMiddle = reach >= size / 4 && reach < (size * 3) / 4;
    const goesOn = previous !== undefined && previous[0] === left - 1 && previous[1] === right - 1;
    length = !isInMiddle ? 0 : goesOn ? length + 1 : 1;
    if (length > longest) {
      longest = length;
      end = index + 1;
    }
  }
  return pairs.slice(0, end);
}
