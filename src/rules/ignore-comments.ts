/**
 * `# image-fix ignore=RULE[,RULE] -- reason`: a person's word that a finding is meant. The reason is required, so that
 * the next reader knows it too. A comment that cannot be obeyed is not obeyed, and is a finding itself.
 */
import type { Finding, Span } from "../core/finding.ts";
import type { Containerfile, Instruction } from "../containerfile/model.ts";
import { readIgnoreWords, type IgnoreFault, type IgnoreWords } from "./ignore-words.ts";

/** One comment that is obeyed. */
export interface IgnoreComment extends IgnoreWords {
  /** Index of the instruction it covers; `undefined` covers the whole file. */
  readonly instruction: number | undefined;
}

export interface IgnoreComments {
  readonly comments: readonly IgnoreComment[];
  readonly faults: readonly IgnoreFault[];
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
    const read = readIgnoreWords(file.text, span, known);
    faults.push(...(read?.faults ?? []));
    if (read?.words !== undefined) comments.push({ ...read.words, instruction });
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
