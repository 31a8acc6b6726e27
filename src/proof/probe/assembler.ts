/** Machine code put together piece by piece, with jumps to places that come later. */
export interface Assembler {
  /** Code that needs no address. */
  bytes(...values: readonly number[]): void;
  /** One 32-bit instruction word, little-endian. */
  word(value: number): void;
  /** Names the place that comes next. */
  label(name: string): void;
  /**
   * Four bytes that depend on where `target` turns out to be.
   * @param encode turns the distance in bytes from `base` to the target into the 32 bits to write.
   * @param base counts from the start of the four bytes: 4 where distances count from the next instruction.
   */
  reference(target: string, encode: (distance: number) => number, base: 0 | 4): void;
  /** The finished code. */
  finish(): Uint8Array;
}

/** A new, empty piece of code. */
export function createAssembler(): Assembler {
  const code: number[] = [];
  const labels = new Map<string, number>();
  const references: {
    at: number;
    target: string;
    encode: (distance: number) => number;
    base: number;
  }[] = [];
  return {
    bytes: (...values) => void code.push(...values),
    word: (value) => void code.push(...littleEndian(value)),
    label: (name) => void labels.set(name, code.length),
    reference(target, encode, base) {
      references.push({ at: code.length, target, encode, base });
      code.push(0, 0, 0, 0);
    },
    finish() {
      for (const { at, target, encode, base } of references) {
        const place = labels.get(target);
        if (place === undefined) throw new Error(`the probe's code has no place named ${target}`);
        code.splice(at, 4, ...littleEndian(encode(place - (at + base))));
      }
      return Uint8Array.from(code);
    },
  };
}

const littleEndian = (value: number): number[] => [
  value & 0xff,
  (value >>> 8) & 0xff,
  (value >>> 16) & 0xff,
  (value >>> 24) & 0xff,
];
