/** JSON objects one after the other, as `jq '.items[]'` prints them and `kubectl` takes them; YAML knows no such file. */
import type { Span } from "../../core/finding.ts";

/**
 * The places of the objects that a text consists of, by their braces alone: what is in them is for their reader to judge,
 * and so is what else stands behind the last one.
 * @returns undefined where the text begins otherwise than with two objects
 */
export function objectsOfStream(source: string): readonly Span[] | undefined {
  const starts: number[] = [];
  let depth = 0;
  for (const { 0: token, index } of source.matchAll(/"(?:[^"\\]|\\[^])*"|[{}]|[^\s\ufeff]/g)) {
    if (depth === 0 && token !== "{") break;
    if (depth === 0) starts.push(index);
    if (token === "{") depth++;
    if (token === "}") depth--;
  }
  return starts.length < 2
    ? undefined
    : starts.map((start, index) => ({ start, end: starts[index + 1] ?? source.length }));
}
