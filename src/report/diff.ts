/** Unified diffs that `patch` and `git apply` take, byte for byte. */
import { keptLines } from "./kept-lines.ts";

/** Lines of context around a change; what `diff -u` shows. */
const contextLines = 3;

/**
 * The unified diff from one text to the other, `""` when they are equal. Lines end at LF only, so a CR belongs to its
 * line and CRLF files patch as they are; a missing last line ending is marked as `diff -u` marks it. A relative name
 * gets `./` in front: such a header suits `patch`, `patch -p0` and `patch -p1` alike.
 * @param name the file as the user named it, `-` for standard input.
 * @param pipedName what standard input is called: `patch` is to find the file that it usually comes from
 */
export async function unifiedDiff(
  name: string,
  before: string,
  after: string,
  pipedName = "Containerfile",
): Promise<string> {
  if (before === after) return "";
  // Loaded here because most runs never show a diff.
  const { diffArrays } = await import("diff");
  const header = headerName(name === "-" ? pipedName : name);
  const [old, made] = [linesOf(before), linesOf(after)];
  const kept = keptLines(old, made, (left, right) => diffArrays([...left], [...right]));
  const hunks = hunksOf(changesBetween(kept, old.length, made.length));
  return [`--- ${header}\n+++ ${header}\n`, ...hunks.map((changes) => hunkText(changes, old, made))].join("");
}

/** The lines of a text, each with its ending. */
const linesOf = (text: string): readonly string[] => text.match(/[^\n]*\n|[^\n]+/g) ?? [];

/** Lines `start` to `end` of the one text stand where lines `newStart` to `newEnd` of the other do. */
interface Change {
  readonly start: number;
  readonly end: number;
  readonly newStart: number;
  readonly newEnd: number;
}

function changesBetween(kept: ReturnType<typeof keptLines>, length: number, newLength: number): readonly Change[] {
  const changes: Change[] = [];
  let start = 0;
  let newStart = 0;
  for (const [end, newEnd] of [...kept, [length, newLength] as const]) {
    if (end > start || newEnd > newStart) changes.push({ start, end, newStart, newEnd });
    start = end + 1;
    newStart = newEnd + 1;
  }
  return changes;
}

/** Changes whose contexts touch are one hunk. */
function hunksOf(changes: readonly Change[]): readonly (readonly Change[])[] {
  const hunks: Change[][] = [];
  for (const change of changes) {
    const last = hunks.at(-1);
    if (change.start - (last?.at(-1)?.end ?? -Infinity) <= 2 * contextLines) last?.push(change);
    else hunks.push([change]);
  }
  return hunks;
}

function hunkText(changes: readonly Change[], old: readonly string[], made: readonly string[]): string {
  const [first, last] = [changes[0], changes.at(-1)];
  if (first === undefined || last === undefined) return "";
  const ahead = Math.min(first.start, contextLines);
  const behind = Math.min(old.length - last.end, contextLines);
  const oldRange = range(first.start - ahead, last.end + behind);
  const newRange = range(first.newStart - ahead, last.newEnd + behind);
  const body = changes.flatMap(({ start, end, newStart, newEnd }, index) => [
    ...marked(" ", old.slice(changes[index - 1]?.end ?? start - ahead, start)),
    ...marked("-", old.slice(start, end)),
    ...marked("+", made.slice(newStart, newEnd)),
  ]);
  const tail = marked(" ", old.slice(last.end, last.end + behind));
  return [`@@ -${oldRange} +${newRange} @@\n`, ...body, ...tail].join("");
}

const marked = (mark: string, lines: readonly string[]): readonly string[] =>
  lines.map((line) => `${mark}${line}${line.endsWith("\n") ? "" : "\n\\ No newline at end of file\n"}`);

/** `3,4`, or `3` for a single line; an empty range names the line before it, `0,0` at the start, as `diff -u` writes it. */
function range(start: number, end: number): string {
  const count = end - start;
  if (count === 0) return `${start},0`;
  return count === 1 ? String(start + 1) : `${start + 1},${count}`;
}

/** The file's name for a diff header: quoted as in C where it would break the line, ended by a tab where it has blanks. */
function headerName(name: string): string {
  const path = /^(?:\/|\.\.?\/)/.test(name) ? name : `./${name}`;
  // oxlint-disable-next-line no-control-regex -- these are what would break a header line
  if (/[\u0000-\u001f\u007f"\\]/.test(path)) return quoted(path);
  return path.includes(" ") ? `${path}\t` : path;
}

function quoted(path: string): string {
  const inside = path.replace(
    // oxlint-disable-next-line no-control-regex -- as above
    /[\u0000-\u001f\u007f"\\]/g,
    (character) =>
      character === '"' || character === "\\"
        ? `\\${character}`
        : `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`,
  );
  return `"${inside}"`;
}
