/** Whether two names are one file's, which must not be written to by two or while it is read. */
import { statSync, type BigIntStats } from "node:fs";
import { resolve } from "node:path";

/** Links count as what they lead to; devices and pipes may be written to by many. */
export function isSameFile(one: string, other: string): boolean {
  const [first, second] = [one, other].map(stateOf);
  if (first === undefined || second === undefined) return resolve(one) === resolve(other);
  return first.isFile() && first.dev === second.dev && first.ino === second.ino;
}

/** Of a file that may not be looked at none either: who opens it is told why. */
function stateOf(name: string): BigIntStats | undefined {
  try {
    return statSync(name, { bigint: true });
  } catch {
    return undefined;
  }
}
