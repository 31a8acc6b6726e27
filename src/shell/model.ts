/**
 * Just enough of POSIX sh to know what a RUN does to accounts, owners and packages, with the place of every word in the
 * Containerfile. What cannot be known statically (a command substitution, an unset variable) has no `value`.
 */
import type { Span } from "../core/finding.ts";
import type { HereBody } from "./lexer.ts";

/** Stands in a possible value, or in the path of a folder, for what nobody knows. */
export const unknownText = "\0";

export interface ShellWord {
  /** As written. */
  readonly raw: string;
  /** Quotes removed and variables replaced; `undefined` where that needs running something. */
  readonly value: string | undefined;
  /** What it may be where that is not one value, each with `unknownText` where something is not known. */
  readonly possible?: readonly string[];
  readonly span: Span;
}

export interface Redirection {
  /** `>`, `>>`, `<`, `2>`, `&>` … */
  readonly operator: string;
  readonly target: ShellWord;
  /** Of a here-document that stands in the shell text itself. */
  readonly body?: HereBody;
}

/** What a failing command does to its script: ends it with a failure, is caught (`|| true`, `if`), or is gone over (`;`, a pipe). */
export type FailureEnd = "stops" | "caught" | "unnoticed";

export interface ShellCommand {
  /** `NAME=value` in front of the command, as written. */
  readonly assignments: readonly ShellWord[];
  /** `words[0]` is the command; wrappers (`sudo`, `env`, `exec`, `command`, `time`, `nice`, `!`) are taken off into `wrappers`. */
  readonly words: readonly ShellWord[];
  readonly wrappers: readonly ShellWord[];
  readonly redirections: readonly Redirection[];
  /** Of redirections behind a group, a subshell or a loop, which have no words: what runs in there. */
  readonly group?: readonly ShellCommand[];
  /** From the first word (or assignment) to the last word or redirection. */
  readonly span: Span;
  /** What joins it to the command before it. */
  readonly joinedBy: "start" | "&&" | "||" | ";" | "|" | "&";
  /** Inside if/while/for/case/function or behind `||`: may not run. */
  readonly conditional: boolean;
  /** In a function's body, where `$1` and `"$@"` are those of its call. */
  readonly isInFunction: boolean;
  readonly onFailure: FailureEnd;
  /** The folder it runs in, followed through literal `cd`; `undefined` when unknown. Absolute. */
  readonly cwd: string | undefined;
  /** The folders that may be `cwd`, with `unknownText` where part of a name is not known; those of which nothing is known are left out. */
  readonly mayBeIn: readonly string[];
  /** `HOME`; `undefined` when unknown, as behind `su app -c`. */
  readonly home: string | undefined;
}

/** A shell text read. `parsed` false: quoting does not close or the syntax is beyond us; `commands` is best effort. */
export interface ShellScript {
  readonly commands: readonly ShellCommand[];
  readonly parsed: boolean;
}
