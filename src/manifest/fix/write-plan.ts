/** Collects what is to be written where, and turns it into edits: fields of one map go in together and in one order. */
import { addFields, addItem, replaceValue, type Leaf, type Placement, type Tree } from "../yaml/edit.ts";
import type { Edit, Span } from "../../core/finding.ts";
import { isMapping, isNothing, mapNode, mergedMaps, spanOf, writtenField, type Value } from "../yaml/read.ts";
import { isVariable } from "../variables.ts";

interface Pending {
  readonly owner: Value;
  readonly tree: Record<string, Leaf | Tree>;
  readonly placement: Placement;
}

/** The order in which the fields of a security context are written. */
const order = [
  "runAsUser",
  "runAsGroup",
  "fsGroup",
  "allowPrivilegeEscalation",
  "runAsNonRoot",
  "capabilities",
  "seccompProfile",
];

export class WritePlan {
  readonly #pending = new Map<object, Pending>();
  readonly #edits = new Map<string, Edit>();
  readonly #variables = new Map<object, Value>();
  #impossible = false;

  /** Whether something could not be written where it should be. */
  get impossible(): boolean {
    return this.#impossible;
  }

  /** Values that a template fills in; they are left. */
  get variables(): readonly Value[] {
    return [...this.#variables.values()];
  }

  /**
   * Sets a field, whatever is there; maps on the way are made.
   * @returns the value that changes, which may be held back
   */
  set(owner: Value, path: readonly string[], leaf: Leaf, placement: Placement = {}): Span {
    const [name, ...rest] = path;
    if (name === undefined) return spanOf(owner.node);
    const there = writtenField(owner, name);
    if (isMapping(there) && rest.length > 0 && mapNode(there)?.items.length !== 0) return this.set(there, rest, leaf);
    if (rest.length === 0 && there !== undefined && !isNothing(there)) {
      return this.#replace(there, leaf, owner);
    }
    const node = mapNode(owner);
    if (node === undefined) {
      this.#impossible = true;
      return spanOf(owner.node);
    }
    const pending = this.#pending.get(node) ?? { owner, tree: {}, placement };
    this.#pending.set(node, pending);
    grow(pending.tree, path, leaf);
    return spanOf(node);
  }

  /**
   * Replaces a value.
   * @returns as `set`
   */
  replace(value: Value, leaf: Leaf): Span {
    return this.#replace(value, leaf);
  }

  #replace(value: Value, leaf: Leaf, owner?: Value): Span {
    if (isVariable(value)) this.#variables.set(value.node, value);
    else this.#add(replaceValue(value, leaf, mapNode(owner)));
    return spanOf(value.node);
  }

  /**
   * Adds an item to a list.
   * @returns as `set`
   */
  append(list: Value, item: string): Span {
    this.#add(addItem(list, item));
    return spanOf(list.node);
  }

  #add(edits: readonly Edit[] | undefined): void {
    if (edits === undefined) {
      this.#impossible = true;
      return;
    }
    // A value that several containers share is edited once.
    for (const edit of edits) this.#edits.set(`${edit.span.start}-${edit.span.end}`, edit);
  }

  /**
   * All edits, by place. What a map gets from one that it merges is written there alone.
   * @param isHeldBack whether what stands at a place is not to be changed
   */
  edits(isHeldBack: (place: Span) => boolean): readonly Edit[] {
    for (const { owner, tree, placement } of this.#pending.values()) {
      const merged = mergedMaps(owner).flatMap((node): readonly Tree[] => {
        const written = this.#pending.get(node);
        return written === undefined || isHeldBack(spanOf(node)) ? [] : [written.tree];
      });
      const own = Object.entries(tree).filter(([name, value]) => !merged.some((other) => covers(other[name], value)));
      if (own.length > 0) this.#add(addFields(owner, sorted(Object.fromEntries(own)), placement));
    }
    this.#pending.clear();
    return [...this.#edits.values()].toSorted(
      (left, right) => left.span.start - right.span.start || left.span.end - right.span.end,
    );
  }
}

function grow(tree: Record<string, Leaf | Tree>, path: readonly string[], leaf: Leaf): void {
  const [name, ...rest] = path;
  if (name === undefined) return;
  if (rest.length === 0) {
    tree[name] = leaf;
    return;
  }
  const there = tree[name];
  const inner: Record<string, Leaf | Tree> = isTree(there) ? { ...there } : {};
  grow(inner, rest, leaf);
  tree[name] = inner;
}

const isTree = (value: Leaf | Tree | undefined): value is Tree => typeof value === "object" && !Array.isArray(value);

/** Whether all of `part` is in `whole`. */
const covers = (whole: Leaf | Tree | undefined, part: Leaf | Tree): boolean =>
  isTree(part)
    ? isTree(whole) && Object.entries(part).every(([name, value]) => covers(whole[name], value))
    : JSON.stringify(whole) === JSON.stringify(part);

function rank(name: string): number {
  const index = order.indexOf(name);
  return index === -1 ? order.length : index;
}

function sorted(tree: Tree): Tree {
  return Object.fromEntries(
    Object.entries(tree)
      .toSorted(([left], [right]) => rank(left) - rank(right))
      .map(([name, value]) => [name, isTree(value) ? sorted(value) : value] as const),
  );
}
