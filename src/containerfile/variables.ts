/** The value of a variable; `unknown` where builders disagree or nobody can know it (`text` is then a guess). */
export interface VariableValue {
  readonly text: string;
  readonly unknown: boolean;
}

interface Change {
  readonly version: number;
  readonly value: VariableValue;
}

/** Beyond this many nested scopes a scope copies its parent, so that look-ups stay quick in a long chain of stages. */
const deepest = 32;

/**
 * Variables with their history: every assignment makes a new version, and any version can be looked into later at the
 * price of a binary search. So each instruction has its own environment without a copy of it.
 */
export class Variables {
  readonly #parent: VariablesView | undefined;
  readonly #changes = new Map<string, Change[]>();
  readonly #depth: number;
  #version = 0;

  constructor(parent?: VariablesView) {
    this.#depth = parent === undefined ? 0 : parent.depth + 1;
    if (parent === undefined || this.#depth < deepest) {
      this.#parent = parent;
      return;
    }
    this.#depth = 0;
    for (const [name, value] of parent.all()) this.set(name, value);
  }

  set(name: string, value: VariableValue): void {
    const change = { version: ++this.#version, value };
    const changes = this.#changes.get(name);
    if (changes === undefined) this.#changes.set(name, [change]);
    else changes.push(change);
  }

  get(name: string): VariableValue | undefined {
    return this.#changes.get(name)?.at(-1)?.value ?? this.#parent?.look(name);
  }

  /** The variables as they are now, whatever is set later. */
  view(): VariablesView {
    const version = this.#version;
    return new VariablesView(
      this.#depth,
      (name) => lastBefore(this.#changes.get(name), version) ?? this.#parent?.look(name),
      () => {
        const all = new Map(this.#parent?.all());
        for (const [name, changes] of this.#changes) {
          const value = lastBefore(changes, version);
          if (value !== undefined) all.set(name, value);
        }
        return all;
      },
    );
  }
}

/** One version of {@link Variables} as a map of texts. Iterating copies it once; looking up does not. */
export class VariablesView implements ReadonlyMap<string, string> {
  readonly depth: number;
  readonly #look: (name: string) => VariableValue | undefined;
  readonly #all: () => Map<string, VariableValue>;

  constructor(depth: number, look: (name: string) => VariableValue | undefined, all: () => Map<string, VariableValue>) {
    this.depth = depth;
    this.#look = look;
    this.#all = all;
  }

  look(name: string): VariableValue | undefined {
    return this.#look(name);
  }

  all(): Map<string, VariableValue> {
    return this.#all();
  }

  get size(): number {
    return this.#all().size;
  }

  get(name: string): string | undefined {
    return this.#look(name)?.text;
  }

  has(name: string): boolean {
    return this.#look(name) !== undefined;
  }

  forEach(visit: (value: string, key: string, map: ReadonlyMap<string, string>) => void): void {
    for (const [name, { text }] of this.#all()) visit(text, name, this);
  }

  entries(): MapIterator<[string, string]> {
    return this.#texts().entries();
  }

  keys(): MapIterator<string> {
    return this.#all().keys();
  }

  values(): MapIterator<string> {
    return this.#texts().values();
  }

  [Symbol.iterator](): MapIterator<[string, string]> {
    return this.entries();
  }

  #texts(): Map<string, string> {
    return new Map([...this.#all()].map(([name, { text }]) => [name, text]));
  }
}

function lastBefore(changes: readonly Change[] | undefined, version: number): VariableValue | undefined {
  if (changes === undefined) return undefined;
  let low = -1;
  let high = changes.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((changes[middle]?.version ?? 0) <= version) low = middle;
    else high = middle - 1;
  }
  return changes[low]?.value;
}
