/** Unified diffs that `patch` and `git apply` take, byte for byte. */

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
  const { structuredPatch } = await import("diff");
  const { hunks } = structuredPatch("", "", before, after, undefined, undefined, {
    context: contextLines,
  });
  const header = headerName(name === "-" ? pipedName : name);
  const lines = [`--- ${header}`, `+++ ${header}`];
  for (const { oldStart, oldLines, newStart, newLines, lines: body } of hunks) {
    lines.push(`@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`, ...body);
  }
  return `${lines.join("\n")}\n`;
}

/** `3,4`, or `3` for a single line; an empty range names the line before it, `0,0` at the start, as `diff -u` writes it. */
function range(start: number, count: number): string {
  if (count === 0) return `${start - 1},0`;
  return count === 1 ? String(start) : `${start},${count}`;
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
