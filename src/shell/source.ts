/** A piece of shell text with the way back into the Containerfile, and what is known of its variables. */
import type { Span } from "../core/finding.ts";
import { unknownText } from "./model.ts";

export interface ShellSource {
  readonly text: string;
  /** Where index `i` of `text` stands in the file. */
  toSource(index: number): number;
}

/** A text that stands in no other: its places are its own. */
export const ownSource = (text: string): ShellSource => ({ text, toSource: (index) => index });

/** The place of `[start, end)` in the file. An end is that of the last character, so that it never runs over a line break. */
export function spanOf(source: ShellSource, start: number, end: number): Span {
  const from = source.toSource(start);
  return { start: from, end: end > start ? source.toSource(end - 1) + 1 : from };
}

interface Known {
  get(name: string): string | undefined;
  possible?(name: string): readonly string[];
}

interface Values {
  readonly value: string | undefined;
  readonly possible: readonly string[];
}

/** Variables as far as they are known at one point of a script. What was given or inherited is looked into, never copied. */
export class ShellVariables {
  readonly #outer: Known;
  /** What this script or subshell set itself. */
  readonly #own = new Map<string, Values>();

  constructor(known: Known) {
    this.#outer = known;
  }

  /** The value; `undefined` when it cannot be known. */
  get(name: string): string | undefined {
    const own = this.#own.get(name);
    return own === undefined ? this.#outer.get(name) : own.value;
  }

  /** What the value may be, with `unknownText` for what nobody knows. */
  possible(name: string): readonly string[] {
    return this.#own.get(name)?.possible ?? this.#outer.possible?.(name) ?? [this.#outer.get(name) ?? unknownText];
  }

  /** Sets a variable; `undefined` makes it unknown, but for what it may be. */
  set(name: string, value: string | undefined, possible: readonly string[] = [value ?? unknownText]): void {
    this.#own.set(name, { value, possible });
  }

  /** The variables of a subshell: it sees these, and what it sets is lost with it. These must not change meanwhile. */
  subshell(): ShellVariables {
    return new ShellVariables(this.#own.size === 0 ? this.#outer : this);
  }
}
