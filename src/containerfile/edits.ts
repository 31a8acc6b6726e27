import type { Edit } from "../core/finding.ts";
import type { ArgumentInstruction, Containerfile, Instruction, RunInstruction } from "./model.ts";

/**
 * Applies edits to the text whose offsets they carry. Several insertions at one place keep the order given; an edit
 * may begin where another ends. Overlapping edits and edits outside the text are our own mistake and throw.
 */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const sorted = edits.toSorted((left, right) => left.span.start - right.span.start || left.span.end - right.span.end);
  const parts: string[] = [];
  let at = 0;
  for (const { span, text: replacement } of sorted) {
    if (span.start < at || span.end < span.start || span.end > text.length) {
      throw new Error(`edit at ${span.start}-${span.end} overlaps another or lies outside the text (${text.length})`);
    }
    parts.push(text.slice(at, span.start), replacement);
    at = span.end;
  }
  parts.push(text.slice(at));
  return parts.join("");
}

/**
 * Inserts whole lines above an instruction, above the comments that belong to it. The lines get the instruction's
 * indentation and the file's line ending.
 */
export function insertBefore(file: Containerfile, instruction: Instruction, lines: readonly string[]): Edit {
  const start = lineStart(file, instruction.leadingComments[0]?.start ?? instruction.linesSpan.start);
  return {
    span: { start, end: start },
    text: lines.map((line) => indented(instruction, line) + file.eol).join(""),
  };
}

/**
 * Inserts whole lines below an instruction, its heredocs included. A file that lacks its final line ending still
 * lacks it afterwards, and a line continuation at its very end is taken away, so that the lines stand on their own.
 */
export function insertAfter(file: Containerfile, instruction: Instruction, lines: readonly string[]): Edit {
  const { end } = instruction.linesSpan;
  const texts = lines.map((line) => indented(instruction, line));
  const tail = openEnd(file, instruction);
  if (tail !== undefined) {
    const last = file.text.endsWith("\n") ? file.eol : "";
    return {
      span: { start: tail, end },
      text: texts.map((line) => file.eol + line).join("") + last,
    };
  }
  if (file.text.slice(0, end).endsWith("\n"))
    return { span: { start: end, end }, text: texts.map((line) => line + file.eol).join("") };
  return { span: { start: end, end }, text: texts.map((line) => file.eol + line).join("") };
}

/**
 * The instruction whose last line ends in a doubled escape character and behind which an edit puts a line. BuildKit ends
 * the instruction there; Buildah goes on with the next line, over empty lines and comments too (tried with podman 4.3.1),
 * and would take the new line for a part of it. No text in between is read alike by both.
 */
export function swallowingInstruction(file: Containerfile, edits: readonly Edit[]): Instruction | undefined {
  return file.instructions.find((instruction, index) => {
    if (!endsInDoubledEscape(file, instruction)) return false;
    const from = instruction.linesSpan.end;
    const to = file.instructions[index + 1]?.linesSpan.start ?? file.text.length;
    return edits.some(({ span, text }) => from <= span.start && span.start <= to && text.includes("\n"));
  });
}

function endsInDoubledEscape({ text, escape }: Containerfile, { span, heredocs }: Instruction): boolean {
  if (heredocs.length > 0) return false;
  let end = span.end;
  while (text.charAt(end - 1) === " " || text.charAt(end - 1) === "\t") end--;
  return text.slice(end - 2, end) === escape + escape;
}

/** Where the text ends that a trailing continuation (and comments and blank lines behind it) leaves open at the end. */
function openEnd(file: Containerfile, { linesSpan, logical, heredocs }: Instruction): number | undefined {
  if (heredocs.length > 0 || linesSpan.end !== file.text.length) return undefined;
  const end = logical.toSource(logical.text.length);
  const rest = file.text.slice(end, linesSpan.end);
  return rest.startsWith(file.escape) ? end : undefined;
}

/** A keyword in the letter case of the sample, or of the file: lower case where its keywords are. */
export function keywordLike(file: Containerfile, sample: Instruction | undefined, keyword: string): string {
  const samples = sample === undefined ? file.instructions : [sample];
  const lower = samples.filter(({ keywordSpan }) => {
    const written = file.text.slice(keywordSpan.start, keywordSpan.end);
    return written === written.toLowerCase();
  });
  return samples.length > 0 && lower.length * 2 > samples.length ? keyword.toLowerCase() : keyword.toUpperCase();
}

/** Replaces the argument of USER, WORKDIR and their like, continuations inside it included. */
export function replaceArgument(instruction: ArgumentInstruction, text: string): Edit {
  return { span: instruction.argument.span, text };
}

/** Adds a flag (`--chown=65532:65532`) behind the flags that are there, else right behind the keyword. */
export function insertFlag(instruction: Instruction, flag: string): Edit {
  const end = instruction.flags.at(-1)?.span.end ?? instruction.keywordSpan.end;
  return { span: { start: end, end }, text: ` ${flag}` };
}

/**
 * Appends text to the command of a RUN, behind its last word. `undefined` for exec form and for commands with
 * heredocs, whose shell text does not end there.
 */
export function appendToShellCommand(_file: Containerfile, run: RunInstruction, text: string): Edit | undefined {
  if (run.command.form !== "shell" || run.heredocs.length > 0 || run.command.command === "") return undefined;
  const { end } = run.command.span;
  return { span: { start: end, end }, text };
}

/**
 * Appends a line to the body of a RUN's only heredoc, in front of its terminator, indented like the last line before
 * it. `undefined` where there is none or more than one.
 */
export function appendLineToHeredocBody(file: Containerfile, run: RunInstruction, line: string): Edit | undefined {
  const [heredoc, ...others] = run.heredocs;
  if (heredoc === undefined || others.length > 0) return undefined;
  const { start } = heredoc.terminatorSpan;
  const body = file.text.slice(heredoc.bodySpan.start, heredoc.bodySpan.end);
  const tabs = heredoc.chomp ? (/(?:^|\n)(\t+)[^\n]*\n?$/.exec(body)?.[1] ?? "") : "";
  return { span: { start, end: start }, text: tabs + line + file.eol };
}

function lineStart(file: Containerfile, offset: number): number {
  const start = file.text.lastIndexOf("\n", offset - 1) + 1;
  return start === 0 && file.bom && offset > 0 ? 1 : start;
}

function indented({ indent }: Instruction, line: string): string {
  return line === "" ? line : indent + line;
}
