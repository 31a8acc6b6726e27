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

/** Variables as far as they are known at one point of a script. */
export class ShellVariables {
  readonly #known: Map<string, string>;
  readonly #lost: Set<string>;

  constructor(known: ReadonlyMap<string, string>, lost: Iterable<string> = []) {
    this.#known = new Map(known);
    this.#lost = new Set(lost);
  }

  /** The value; `undefined` when it cannot be known. */
  get(name: string): string | undefined {
    return this.#lost.has(name) ? undefined : this.#known.get(name);
  }

  /** Sets a variable; `undefined` makes it unknown. */
  set(name: string, value: string | undefined): void {
    if (value === undefined) {
      this.#lost.add(name);
    } else {
      this.#lost.delete(name);
      this.#known.set(name, value);
    }
  }

  copy(): ShellVariables {
    return new ShellVariables(this.#known, this.#lost);
  }
}
