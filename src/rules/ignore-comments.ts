/**
 * `# image-fix ignore=RULE[,RULE] -- reason`: a person's word that a finding is meant. The reason is required, so that
 * the next reader knows it too. A comment that cannot be obeyed is not obeyed, and is a finding itself.
 */
import type { Finding, Span } from "../core/finding.ts";
import type { Containerfile, Instruction } from "../containerfile/model.ts";

/** What is wrong with a comment that asks to ignore something. */
export type IgnoreFault =
  | { readonly kind: "malformed"; readonly span: Span }
  | { readonly kind: "no-reason"; readonly span: Span; readonly rules: string }
  | { readonly kind: "unknown-rule"; readonly span: Span; readonly rule: string; readonly meant: string | undefined };

/** One comment that is obeyed. */
export interface IgnoreComment {
  readonly rules: readonly string[];
  readonly reason: string;
  /** Index of the instruction it covers; `undefined` covers the whole file. */
  readonly instruction: number | undefined;
}

export interface IgnoreComments {
  readonly comments: readonly IgnoreComment[];
  readonly faults: readonly IgnoreFault[];
}

/** The rule of `known` that was probably meant: one that differs by at most two edits. */
function nearest(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = 3;
  for (const id of known) {
    if (Math.abs(id.length - word.length) >= least) continue;
    const distance = editDistance(word, id);
    if (distance < least) {
      least = distance;
      best = id;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** A comment line without its `#`, trimmed; the span is that of `# …` without indentation and line ending. */
interface CommentLine {
  readonly body: string;
  readonly span: Span;
}

function commentLine(text: string, span: Span): CommentLine {
  const raw = text.slice(span.start, span.end);
  const lead = raw.length - raw.trimStart().length;
  const trimmed = raw.trim();
  const start = span.start + lead;
  return { body: trimmed.replace(/^#+/, "").trim(), span: { start, end: start + trimmed.length } };
}

/** What an ignore comment says; `undefined` for any other comment. */
function readBody(
  body: string,
): { readonly rules: readonly string[]; readonly reason: string } | "malformed" | undefined {
  const head = /^image-fix\s+ignore\b\s*/.exec(body);
  if (head === null) return undefined;
  const rest = body.slice(head[0].length);
  if (!rest.startsWith("=")) return "malformed";
  const list = /^=\s*([^\s,]+(?:\s*,\s*[^\s,]+)*)\s*/.exec(rest);
  if (list === null) return "malformed";
  const rules = (list[1] ?? "").split(",").map((rule) => rule.trim());
  const behind = rest.slice(list[0].length);
  if (behind === "") return { rules, reason: "" };
  const dashes = /^(?:--|—|–)\s*(.*)$/.exec(behind);
  if (dashes !== null) return { rules, reason: (dashes[1] ?? "").trim() };
  const quoted = /^reason\s*=\s*(?:"([^"]*)"|'([^']*)'|(\S.*))?\s*$/.exec(behind);
  if (quoted !== null) return { rules, reason: (quoted[1] ?? quoted[2] ?? quoted[3] ?? "").trim() };
  return "malformed";
}

/**
 * Reads every ignore comment of a file.
 *
 * A comment covers the instruction that follows it, other comments in between or not; inside a continued instruction it
 * covers that instruction. In the head of the file, set off from the first FROM by a blank line or standing above an
 * ARG, it covers the whole file.
 * @param known All rule ids.
 */
export function readIgnoreComments(file: Containerfile, known: readonly string[]): IgnoreComments {
  if (!file.text.includes("image-fix")) return { comments: [], faults: [] };
  const comments: IgnoreComment[] = [];
  const faults: IgnoreFault[] = [];
  const take = (span: Span, instruction: number | undefined): void => {
    const line = commentLine(file.text, span);
    const read = readBody(line.body);
    if (read === undefined) return;
    if (read === "malformed") {
      faults.push({ kind: "malformed", span: line.span });
      return;
    }
    for (const rule of read.rules) {
      if (!known.includes(rule))
        faults.push({ kind: "unknown-rule", span: line.span, rule, meant: nearest(rule, known) });
    }
    if (read.reason === "") {
      faults.push({ kind: "no-reason", span: line.span, rules: read.rules.join(", ") });
      return;
    }
    comments.push({ rules: read.rules, reason: read.reason, instruction });
  };

  const from = file.instructions.find((instruction) => instruction.keyword === "FROM");
  const next = followingInstructions(file);
  for (const piece of file.pieces) {
    if (piece.kind !== "comment") continue;
    for (const span of linesOf(file.text, piece.span)) {
      const covered = next(span.end);
      // Behind the last instruction there is nothing to cover.
      if (covered === undefined) take(span, -1);
      else take(span, coversFile(file, span, covered, from) ? undefined : covered.index);
    }
  }
  for (const instruction of file.instructions) {
    for (const span of instruction.innerComments) take(span, instruction.index);
  }
  return { comments, faults };
}

/** In the head, a comment means the file unless it stands right above the FROM. */
function coversFile(file: Containerfile, comment: Span, next: Instruction, from: Instruction | undefined): boolean {
  if (from === undefined || comment.start > from.span.start) return false;
  if (next.index !== from.index) return true;
  const between = file.text.slice(comment.end, next.linesSpan.start);
  return between
    .split(/\r?\n/)
    .slice(1, -1)
    .some((line) => line.trim() === "");
}

/** For growing offsets: the first instruction that begins at or behind one. One walk over the file in all. */
function followingInstructions(file: Containerfile): (offset: number) => Instruction | undefined {
  let at = 0;
  return (offset) => {
    while (at < file.instructions.length && (file.instructions[at]?.span.start ?? 0) < offset) at++;
    return file.instructions[at];
  };
}

/** The lines of a piece, without their endings. */
function* linesOf(text: string, span: Span): Generator<Span> {
  let start = span.start;
  while (start < span.end) {
    const newline = text.indexOf("\n", start);
    const next = newline === -1 || newline >= span.end ? span.end : newline + 1;
    let end = next;
    while (end > start && /[\r\n]/.test(text[end - 1] ?? "")) end--;
    yield { start, end };
    start = next;
  }
}

const key = (rule: string, instruction: number | undefined): string => `${rule} ${instruction ?? "file"}`;

/** Tells which comment silences a finding. Set up once, then cheap for each finding. */
export function silencer(
  file: Containerfile,
  comments: readonly IgnoreComment[],
): (finding: Finding) => IgnoreComment | undefined {
  const byPlace = new Map<string, IgnoreComment>();
  for (const comment of comments) {
    for (const rule of comment.rules) byPlace.set(key(rule, comment.instruction), comment);
  }
  return ({ rule, span }) =>
    byPlace.get(key(rule, undefined)) ??
    byPlace.get(key(rule, instructionAt(file.instructions, span.start)?.index ?? -2));
}

/** The last instruction that begins at or in front of an offset. */
function instructionAt(instructions: readonly Instruction[], offset: number): Instruction | undefined {
  let low = 0;
  let high = instructions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((instructions[middle]?.span.start ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return instructions[low - 1];
}
