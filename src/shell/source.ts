/** A piece of shell text with the way back into the Containerfile, and what is known of its variables. */
import type { Span } from "../core/finding.ts";

export interface ShellSource {
  readonly text: string;
  /** Where index `i` of `text` stands in the file. */
  toSource(index: number): number;
}

/** The place of `[start, end)` in the file. An end is that of the last character, so that it never runs over a line break. */
export function spanOf(source: ShellSource, start: number, end: number): Span {
  const from = source.toSource(start);
  return { start: from, end: end > start ? source.toSource(end - 1) + 1 : from };
}

/** Variables as far as they are known at one point of a script. What was given or inherited is looked into, never copied. */
export class ShellVariables {
  readonly #outer: { get(name: string): string | undefined };
  /** What this script or subshell set itself; `undefined` for a value that cannot be known. */
  readonly #own = new Map<string, string | undefined>();

  constructor(known: { get(name: string): string | undefined }) {
    this.#outer = known;
  }

  /** The value; `undefined` when it cannot be known. */
  get(name: string): string | undefined {
    return this.#own.get(name) ?? (this.#own.has(name) ? undefined : this.#outer.get(name));
  }

  /** Sets a variable; `undefined` makes it unknown. */
  set(name: string, value: string | undefined): void {
    this.#own.set(name, value);
  }

  /** The variables of a subshell: it sees these, and what it sets is lost with it. These must not change meanwhile. */
  subshell(): ShellVariables {
    return new ShellVariables(this.#own.size === 0 ? this.#outer : this);
  }
}
