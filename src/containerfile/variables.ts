/** The value of a variable; `unknown` where builders disagree or nobody can know it (`text` is then a guess). */
export interface VariableValue {
  readonly text: string;
  readonly unknown: boolean;
  /** What the builders disagree on, where they do. */
  readonly why?: string;
}

interface Change {
  readonly version: number;
  readonly value: VariableValue;
}

/**
 * What a scope starts with, newest first. Each map has more than twice the entries of the one before it, so that there
 * are few of them to look into, however long the chain of stages is.
 */
export type Layers = readonly ReadonlyMap<string, VariableValue>[];

/**
 * Variables with their history: every assignment makes a new version, and any version can be looked into later at the
 * price of a binary search. So each instruction has its own environment without a copy of it.
 */
export class Variables {
  readonly #inherited: Layers;
  readonly #changes = new Map<string, Change[]>();
  #version = 0;

  constructor(inherited: Layers = []) {
    this.#inherited = inherited;
  }

  set(name: string, value: VariableValue): void {
    const change = { version: ++this.#version, value };
    const changes = this.#changes.get(name);
    if (changes === undefined) this.#changes.set(name, [change]);
    else changes.push(change);
  }

  get(name: string): VariableValue | undefined {
    return this.#changes.get(name)?.at(-1)?.value ?? lookInLayers(this.#inherited, name);
  }

  /** What a scope inside this one starts with. Entries move into larger layers; none of them moves often. */
  layers(): Layers {
    if (this.#changes.size === 0) return this.#inherited;
    let newest = new Map<string, VariableValue>();
    for (const [name, changes] of this.#changes) {
      const last = changes.at(-1);
      if (last !== undefined) newest.set(name, last.value);
    }
    let older = 0;
    for (const layer of this.#inherited) {
      if (layer.size > 2 * newest.size) break;
      newest = new Map([...layer, ...newest]);
      older++;
    }
    return [newest, ...this.#inherited.slice(older)];
  }

  /** The variables as they are now, whatever is set later. */
  view(): VariablesView {
    return new VariablesView(this, this.#version);
  }

  /** A variable as it was at a version. */
  lookAt(name: string, version: number): VariableValue | undefined {
    return lastBefore(this.#changes.get(name), version) ?? lookInLayers(this.#inherited, name);
  }

  /** All variables as they were at a version. */
  allAt(version: number): Map<string, VariableValue> {
    const all = new Map<string, VariableValue>();
    for (const layer of this.#inherited.toReversed()) for (const [name, value] of layer) all.set(name, value);
    for (const [name, changes] of this.#changes) {
      const value = lastBefore(changes, version);
      if (value !== undefined) all.set(name, value);
    }
    return all;
  }
}

/** One version of {@link Variables} as a map of texts. Iterating copies it once; looking up does not. */
export class VariablesView implements ReadonlyMap<string, string> {
  readonly #variables: Variables;
  readonly #version: number;

  constructor(variables: Variables, version: number) {
    this.#variables = variables;
    this.#version = version;
  }

  look(name: string): VariableValue | undefined {
    return this.#variables.lookAt(name, this.#version);
  }

  get size(): number {
    return this.#variables.allAt(this.#version).size;
  }

  get(name: string): string | undefined {
    return this.look(name)?.text;
  }

  has(name: string): boolean {
    return this.look(name) !== undefined;
  }

  forEach(visit: (value: string, key: string, map: ReadonlyMap<string, string>) => void): void {
    for (const [name, { text }] of this.#variables.allAt(this.#version)) visit(text, name, this);
  }

  entries(): MapIterator<[string, string]> {
    return this.#texts().entries();
  }

  keys(): MapIterator<string> {
    return this.#variables.allAt(this.#version).keys();
  }

  values(): MapIterator<string> {
    return this.#texts().values();
  }

  [Symbol.iterator](): MapIterator<[string, string]> {
    return this.entries();
  }

  #texts(): Map<string, string> {
    return new Map([...this.#variables.allAt(this.#version)].map(([name, { text }]) => [name, text]));
  }
}

function lookInLayers(layers: Layers, name: string): VariableValue | undefined {
  for (const layer of layers) {
    const value = layer.get(name);
    if (value !== undefined) return value;
  }
  return undefined;
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
