import type { Span } from "../core/finding.ts";
import { skipSpace } from "./characters.ts";
import type { CommandLine } from "./command-line.ts";
import { splitCommandLine } from "./command-line.ts";
import { parseDirective } from "./directives.ts";
import { findHeredocs, heredocBody } from "./heredoc.ts";
import { joinPieces, spanOf } from "./logical-text.ts";
import type { Directive, Heredoc, LogicalText, Piece, SyntaxFault } from "./model.ts";

/** An instruction as the scanner leaves it: its lines are known, its arguments are not read. */
export interface RawInstruction {
  readonly linesSpan: Span;
  /** End of the last physical line's content that belongs to it, heredoc terminators included. */
  readonly end: number;
  readonly startLine: number;
  readonly endLine: number;
  readonly logical: LogicalText;
  readonly command: CommandLine;
  readonly heredocs: readonly Heredoc[];
  readonly innerComments: readonly Span[];
  readonly leadingComments: readonly Span[];
  /** Lines that end in more than one escape character, which Buildah takes for a continuation. */
  readonly doubledEscapes: readonly Span[];
}

export interface Scan {
  readonly bom: boolean;
  readonly eol: "\n" | "\r\n";
  readonly escape: "\\" | "`";
  readonly directives: readonly Directive[];
  readonly pieces: readonly Piece[];
  readonly instructions: readonly RawInstruction[];
  readonly faults: readonly SyntaxFault[];
}

/** A physical line; `contentEnd` leaves out the line feed and every carriage return before it. */
interface Line {
  readonly number: number;
  readonly start: number;
  readonly contentEnd: number;
  readonly end: number;
}

/** BuildKit reads lines with a 64 KiB buffer, so a longer one is refused (`bufio.MaxScanTokenSize - 1`). */
export const longestLine = 65_535;

/** Cuts any text into directives, comments, blank lines and instructions. Linear in the text; never throws. */
export function scan(text: string): Scan {
  const scanner = new Scanner(text);
  scanner.run();
  return scanner;
}

class Scanner implements Scan {
  readonly bom: boolean;
  readonly eol: "\n" | "\r\n";
  readonly directives: Directive[] = [];
  readonly pieces: Piece[] = [];
  readonly instructions: RawInstruction[] = [];
  readonly faults: SyntaxFault[] = [];
  escape: "\\" | "`" = "\\";
  readonly #text: string;
  #next: number;
  #number = 0;
  #directivesDone = false;
  #comments: Span[] = [];

  constructor(text: string) {
    this.#text = text;
    this.bom = text.startsWith("\ufeff");
    this.eol = mostUsedLineEnding(text);
    this.#next = this.bom ? 1 : 0;
    if (this.bom) this.pieces.push({ kind: "bom", span: { start: 0, end: 1 } });
  }

  run(): void {
    for (let line = this.#readLine(); line !== undefined; line = this.#readLine()) {
      const start = skipSpace(this.#text, line.start, line.contentEnd);
      const content = { start, end: line.contentEnd };
      if (!this.#directivesDone && this.#readDirective(line, content)) continue;
      this.#directivesDone = true;
      if (start === line.contentEnd) {
        this.#comments = [];
        this.#addPiece("blank", line);
      } else if (this.#text.charAt(start) === "#") {
        this.#comments.push(content);
        this.#addPiece("comment", line);
      } else {
        this.#readInstruction(line, start);
        this.#comments = [];
      }
    }
  }

  #readLine(): Line | undefined {
    const start = this.#next;
    if (start >= this.#text.length) return undefined;
    const feed = this.#text.indexOf("\n", start);
    const end = feed === -1 ? this.#text.length : feed + 1;
    let contentEnd = feed === -1 ? end : feed;
    while (contentEnd > start && this.#text.charCodeAt(contentEnd - 1) === 0x0d) contentEnd--;
    this.#next = end;
    this.#number++;
    if (end - start > longestLine / 3) this.#checkLength(start, feed === -1 ? end : feed);
    return { number: this.#number, start, contentEnd, end };
  }

  #checkLength(start: number, end: number): void {
    const bytes = utf8Length(this.#text, start, end);
    if (bytes <= longestLine) return;
    this.faults.push({
      span: { start, end },
      message: `line of ${bytes} bytes: BuildKit reads at most ${longestLine} bytes a line`,
      hint: "break the line, or put its data into a file and COPY it",
    });
  }

  #addPiece(kind: Piece["kind"], line: Line): void {
    this.pieces.push({ kind, span: { start: line.start, end: line.end } });
  }

  /** Reads a parser directive; `false` when the line is none, which ends the directives. */
  #readDirective(line: Line, content: Span): boolean {
    const directive = parseDirective(this.#text.slice(content.start, content.end), content.start);
    if (directive === undefined) return false;
    if (this.directives.some(({ key }) => key === directive.key)) {
      this.faults.push({
        span: directive.span,
        message: `only one ${directive.key} parser directive can be used`,
        hint: "delete this line, or the one above that sets the same directive",
      });
    } else {
      this.directives.push(directive);
      if (directive.key === "escape") this.#setEscape(directive);
    }
    this.#addPiece("directive", line);
    return true;
  }

  #setEscape(directive: Directive): void {
    if (directive.value === "\\" || directive.value === "`") {
      this.escape = directive.value;
      return;
    }
    this.faults.push({
      span: directive.span,
      message: `invalid escape character '${directive.value}'`,
      hint: "the escape directive must be exactly \\ or `",
    });
  }

  #readInstruction(first: Line, start: number): void {
    const pieces: Span[] = [];
    const innerComments: Span[] = [];
    const doubledEscapes: Span[] = [];
    let contentEnd = first.contentEnd;
    let cut = this.#continuation(start, first.contentEnd, doubledEscapes);
    pieces.push({ start, end: cut ?? first.contentEnd });
    while (cut !== undefined) {
      const line = this.#readLine();
      if (line === undefined) break;
      const from = skipSpace(this.#text, line.start, line.contentEnd);
      if (from === line.contentEnd) continue;
      if (this.#text.charAt(from) === "#") {
        innerComments.push({ start: from, end: line.contentEnd });
        continue;
      }
      contentEnd = line.contentEnd;
      cut = this.#continuation(line.start, line.contentEnd, doubledEscapes);
      pieces.push({ start: line.start, end: cut ?? line.contentEnd });
    }
    const logical = joinPieces(this.#text, pieces);
    const command = splitCommandLine(logical.text, this.escape);
    const heredocs = this.#readHeredocs(logical, command);
    const terminator = heredocs.at(-1)?.terminatorSpan;
    const span = { start: first.start, end: this.#next };
    this.pieces.push({ kind: "instruction", span });
    this.instructions.push({
      linesSpan: span,
      end: terminator === undefined ? contentEnd : terminator.end,
      startLine: first.number,
      endLine: this.#number,
      logical,
      command,
      heredocs,
      innerComments,
      leadingComments: this.#comments,
      doubledEscapes,
    });
  }

  /**
   * Where the line is cut when it goes on: at one escape character with nothing but spaces and tabs behind it, and no
   * other escape character before it.
   */
  #continuation(start: number, end: number, doubled: Span[]): number | undefined {
    const { escape } = this;
    let at = end - 1;
    while (at >= start && (this.#text.charAt(at) === " " || this.#text.charAt(at) === "\t")) at--;
    if (at < start || this.#text.charAt(at) !== escape) return undefined;
    if (at === start || this.#text.charAt(at - 1) !== escape) return at;
    doubled.push({ start: at - 1, end: at + 1 });
    return undefined;
  }

  #readHeredocs(logical: LogicalText, command: CommandLine): Heredoc[] {
    const found = findHeredocs(logical.text, command, this.escape);
    if (!found.ok) {
      this.faults.push({
        span: spanOf(logical, command.argumentsStart, command.argumentsEnd),
        message: found.error,
      });
      return [];
    }
    return found.words.map((word): Heredoc => {
      const span = spanOf(logical, word.start, word.end);
      const start = this.#next;
      for (let line = this.#readLine(); line !== undefined; line = this.#readLine()) {
        const from = word.chomp ? skipTabs(this.#text, line.start, line.contentEnd) : line.start;
        if (line.contentEnd - from !== word.name.length || !this.#text.startsWith(word.name, from)) continue;
        return this.#heredoc(word, span, { start, end: line.start }, { start: line.start, end: line.contentEnd });
      }
      this.faults.push({
        span,
        message: `unterminated heredoc: no line ${JSON.stringify(word.name)} follows`,
        hint: `end it with a line that holds only ${word.name}; everything behind << up to the next blank is its name`,
      });
      const end = this.#text.length;
      return this.#heredoc(word, span, { start, end }, { start: end, end });
    });
  }

  #heredoc(
    word: { readonly name: string; readonly expand: boolean; readonly chomp: boolean },
    span: Span,
    bodySpan: Span,
    terminatorSpan: Span,
  ): Heredoc {
    const body = heredocBody(this.#text.slice(bodySpan.start, bodySpan.end), word.chomp);
    return {
      name: word.name,
      expand: word.expand,
      chomp: word.chomp,
      span,
      bodySpan,
      terminatorSpan,
      body,
    };
  }
}

function skipTabs(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && text.charCodeAt(at) === 0x09) at++;
  return at;
}

function mostUsedLineEnding(text: string): "\n" | "\r\n" {
  let feeds = 0;
  let pairs = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) {
    feeds++;
    if (at > 0 && text.charCodeAt(at - 1) === 0x0d) pairs++;
  }
  return pairs * 2 > feeds ? "\r\n" : "\n";
}

function utf8Length(text: string, start: number, end: number): number {
  let bytes = 0;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x80) bytes += 1;
    else if (code < 0x800) bytes += 2;
    // Each half of a surrogate pair counts two of its four bytes.
    else if (code >= 0xd800 && code <= 0xdfff) bytes += 2;
    else bytes += 3;
  }
  return bytes;
}
