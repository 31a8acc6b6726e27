/**
 * Nothing makes reading or judging quadratic: one text twenty times as long takes about as long as twenty short ones,
 * where a quadratic reader takes twenty times as long. Time is compared with itself only, on the best of several runs, and
 * everything that was read is kept, so that both sides leave the same garbage.
 */
import { expect } from "vitest";

const times = 20;
/** Between one and twenty, nearer to one: caches and other work on the machine have their share. */
export const allowed = 5;

/** Milliseconds of reading all texts once, with all results alive. */
function elapsed(texts: readonly string[], run: (text: string) => unknown): number {
  const start = performance.now();
  const results = texts.map((text) => run(text));
  const end = performance.now();
  expect(results).toHaveLength(texts.length);
  return end - start;
}

/** How many times longer one long text takes than short ones of the same length together. */
export function growth(make: (size: number) => string, size: number, run: (text: string) => unknown): number {
  const small = Array.from({ length: times }, () => make(size));
  const large = [make(size * times)];
  elapsed(small, run);
  let best = Infinity;
  for (let attempt = 0; attempt < 10 && best > allowed; attempt++) {
    const least = Math.min(elapsed(small, run), elapsed(small, run));
    best = Math.min(best, Math.min(elapsed(large, run), elapsed(large, run)) / least);
  }
  return best;
}
