/** A set of names that only knows whether it has met one: at most 64 bytes a name whatever its length, for millions. */
import { hash } from "node:crypto";

/**
 * Keeps the first 106 bits of each name's SHA-256 in an open table, which holds no names: two names out of 10,000,000
 * would be taken for one with a chance below 10^-17.
 */
export class NameSet {
  #table = new Float64Array(2 * 1024);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(name: string): boolean {
    const [high, low] = keyOf(name);
    return this.#table[this.#slot(this.#table, high, low)] === high;
  }

  /** Adds a name; false when it was there. */
  add(name: string): boolean {
    const [high, low] = keyOf(name);
    const slot = this.#slot(this.#table, high, low);
    if (this.#table[slot] === high) return false;
    this.#table[slot] = high;
    this.#table[slot + 1] = low;
    this.#size++;
    if (this.#size * 2 > this.#table.length / 2) this.#grow();
    return true;
  }

  /** The place of a key, or the free one where it would go. Free is 0, which no key is. */
  #slot(table: Float64Array, high: number, low: number): number {
    const places = table.length / 2;
    let place = low % places;
    for (;;) {
      const held = table[place * 2];
      if (held === 0 || (held === high && table[place * 2 + 1] === low)) return place * 2;
      place = (place + 1) % places;
    }
  }

  #grow(): void {
    const larger = new Float64Array(this.#table.length * 2);
    for (let at = 0; at < this.#table.length; at += 2) {
      const [high = 0, low = 0] = this.#table.subarray(at, at + 2);
      if (high === 0) continue;
      const slot = this.#slot(larger, high, low);
      larger[slot] = high;
      larger[slot + 1] = low;
    }
    this.#table = larger;
  }
}

function keyOf(name: string): [high: number, low: number] {
  const digest = hash("sha256", name, "buffer");
  const number = (offset: number): number => digest.readUIntBE(offset, 6) * 32 + (digest[offset + 6] ?? 0) / 8;
  const [high, low] = [Math.floor(number(0)), Math.floor(number(8))];
  return [high === 0 ? 1 : high, low];
}
