/**
 * The vocabulary of a parsed Containerfile. Names are those of the Dockerfile reference. Everything keeps its place in
 * the original text as half-open UTF-16 spans; nothing here is computed twice or thrown away, so a rewriter never
 * searches the text.
 */
import type { Span } from "../core/finding.ts";

/** A file as read. Joining the text of all `pieces` gives `text` back for any string whatsoever. */
export interface Containerfile {
  readonly text: string;
  readonly bom: boolean;
  /** The line ending most lines use; what inserted lines use. */
  readonly eol: "\n" | "\r\n";
  /** The escape character that is in force (`# escape=`). */
  readonly escape: "\\" | "`";
  readonly directives: readonly Directive[];
  /** Every byte belongs to exactly one piece, in order. */
  readonly pieces: readonly Piece[];
  readonly instructions: readonly Instruction[];
  /** What BuildKit would refuse, in order; empty for a file it builds. Parsing goes on behind each. */
  readonly errors: readonly SyntaxFault[];
  /** Where Buildah (podman) reads the text otherwise than BuildKit. */
  readonly differences: readonly BuilderDifference[];
}

export interface Piece {
  readonly kind: "bom" | "directive" | "comment" | "blank" | "instruction";
  /** Whole physical lines, line ending included (the last may have none). */
  readonly span: Span;
}

export interface Directive {
  /** Lower-cased key. */
  readonly key: "syntax" | "escape" | "check";
  readonly value: string;
  readonly span: Span;
}

/** A fault with its place. `hint` is what was probably meant ("did you mean RUN?") or what to do. */
export interface SyntaxFault {
  readonly span: Span;
  readonly message: string;
  readonly hint?: string;
  /** BuildKit only finds it where it builds the stage: in one that the target does not need it stays unseen. */
  readonly whenBuilt?: true;
}

/** One place that the two builders read differently, with both readings in words. */
export interface BuilderDifference {
  readonly span: Span;
  readonly message: string;
}

/**
 * The joined logical line (continuations, inner comments and blank lines taken out), with a way back: index `i` of
 * `text` stands at `toSource(i)` in the file. `toSource(text.length)` is the end of the last physical line's content.
 */
export interface LogicalText {
  readonly text: string;
  toSource(index: number): number;
}

/** A word as the builder splits it: `value` keeps quotes and escapes (expansion removes them), `span` is its place. */
export interface Word {
  readonly value: string;
  readonly span: Span;
}

export interface Flag {
  /** Without the dashes, lower-case as written: `chown`. */
  readonly name: string;
  /** Unquoted value, `undefined` for a bare flag (`--link`). */
  readonly value: string | undefined;
  /** `--chown=a:b` whole. */
  readonly span: Span;
  /** The value alone; equals an empty span at the flag's end for a bare flag. */
  readonly valueSpan: Span;
}

export interface Heredoc {
  /** The terminator, unquoted. */
  readonly name: string;
  /** The word as written (`<<-"EOF"`). */
  readonly span: Span;
  readonly expand: boolean;
  /** `<<-`: leading tabs are cut. */
  readonly chomp: boolean;
  /** From the first body line to the terminator line (excluded). */
  readonly bodySpan: Span;
  readonly terminatorSpan: Span;
  /** The body as the builder sees it (tabs cut for `<<-`). */
  readonly body: string;
}

export type Keyword =
  | "ADD"
  | "ARG"
  | "CMD"
  | "COPY"
  | "ENTRYPOINT"
  | "ENV"
  | "EXPOSE"
  | "FROM"
  | "HEALTHCHECK"
  | "LABEL"
  | "MAINTAINER"
  | "ONBUILD"
  | "RUN"
  | "SHELL"
  | "STOPSIGNAL"
  | "USER"
  | "VOLUME"
  | "WORKDIR";

/** A command: JSON array form, or a string for the shell. */
export type CommandForm =
  | { readonly form: "exec"; readonly words: readonly Word[] }
  /** `command` is the rest of the logical line; heredoc bodies stand in `heredocs`. */
  | { readonly form: "shell"; readonly command: string; readonly span: Span };

interface InstructionBase {
  /** Place in `Containerfile.instructions`; for a trigger, that of its ONBUILD. */
  readonly index: number;
  /** From the keyword's first byte to the end of the last physical line's content, heredoc bodies included. */
  readonly span: Span;
  /** Whole physical lines with their endings and indentation: what deleting the instruction takes out. */
  readonly linesSpan: Span;
  /** 1-based, inclusive. */
  readonly startLine: number;
  readonly endLine: number;
  /** The keyword as written; may hold continuations when it is split over lines. */
  readonly keywordSpan: Span;
  /** Blanks in front of the keyword. */
  readonly indent: string;
  readonly logical: LogicalText;
  /** Index in `logical.text` where the arguments begin (behind keyword, flags and blanks). */
  readonly argumentsAt: number;
  readonly flags: readonly Flag[];
  readonly heredocs: readonly Heredoc[];
  /** Comment lines inside the instruction. */
  readonly innerComments: readonly Span[];
  /** Comment lines directly above (no blank line between), nearest last. */
  readonly leadingComments: readonly Span[];
}

export interface FromInstruction extends InstructionBase {
  readonly keyword: "FROM";
  readonly image: Word;
  readonly alias: Word | undefined;
}
export interface RunInstruction extends InstructionBase {
  readonly keyword: "RUN";
  readonly command: CommandForm;
}
export interface CmdInstruction extends InstructionBase {
  readonly keyword: "CMD";
  readonly command: CommandForm;
}
export interface EntrypointInstruction extends InstructionBase {
  readonly keyword: "ENTRYPOINT";
  readonly command: CommandForm;
}
export interface ShellInstruction extends InstructionBase {
  readonly keyword: "SHELL";
  readonly words: readonly Word[];
}
export interface CopyInstruction extends InstructionBase {
  readonly keyword: "COPY" | "ADD";
  readonly sources: readonly Word[];
  readonly destination: Word;
  readonly json: boolean;
}
/** `argument` is the whole rest as one word, with its quotes. */
export interface ArgumentInstruction extends InstructionBase {
  readonly keyword: "USER" | "WORKDIR" | "STOPSIGNAL" | "MAINTAINER";
  readonly argument: Word;
}
export interface Pair {
  readonly key: Word;
  readonly value: Word;
}
export interface PairsInstruction extends InstructionBase {
  readonly keyword: "ENV" | "LABEL";
  readonly pairs: readonly Pair[];
  /** `ENV key value with spaces`. */
  readonly legacy: boolean;
}
export interface ArgInstruction extends InstructionBase {
  readonly keyword: "ARG";
  readonly declarations: readonly { readonly name: Word; readonly value: Word | undefined }[];
}
export interface WordsInstruction extends InstructionBase {
  readonly keyword: "EXPOSE" | "VOLUME";
  readonly words: readonly Word[];
  readonly json: boolean;
}
export interface HealthcheckInstruction extends InstructionBase {
  readonly keyword: "HEALTHCHECK";
  /** `undefined` for `HEALTHCHECK NONE`. */
  readonly command: CommandForm | undefined;
}
export interface OnbuildInstruction extends InstructionBase {
  readonly keyword: "ONBUILD";
  /** Its spans are places in this file. `undefined` when the trigger does not parse. */
  readonly trigger: Instruction | undefined;
}
/** A keyword that no builder knows; the file then has a fault about it. */
export interface UnknownInstruction extends InstructionBase {
  readonly keyword: "UNKNOWN";
  readonly name: string;
}

export type Instruction =
  | FromInstruction
  | RunInstruction
  | CmdInstruction
  | EntrypointInstruction
  | ShellInstruction
  | CopyInstruction
  | ArgumentInstruction
  | PairsInstruction
  | ArgInstruction
  | WordsInstruction
  | HealthcheckInstruction
  | OnbuildInstruction
  | UnknownInstruction;

/** 1-based line and column (columns count UTF-16 units). */
export interface Position {
  readonly line: number;
  readonly column: number;
}
