/** Files that a later COPY or ADD brings again: they get the owner that this one gives them. */
import type { CopyEffect } from "../facts/effects.ts";
import type { CopyInstruction, Instruction } from "../containerfile/model.ts";
import { resolvePath } from "../facts/paths.ts";
import type { Handover } from "./handovers.ts";
import { mayBeFolder } from "./layers.ts";
import { basename } from "../shell/launch.ts";

export const isCopy = (instruction: Instruction): instruction is CopyInstruction =>
  instruction.keyword === "COPY" || instruction.keyword === "ADD";

const keyOf = ({ flags }: CopyInstruction, source: string, destination: string): string =>
  JSON.stringify([flags.find(({ name }) => name === "from")?.value, source, destination]);

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf("/")) || "/";

/**
 * Tells whether the files of a COPY that does not change owners are brought again behind it by one that does: the same
 * source, or a folder around it (`COPY package.json ./` and then `COPY --chown=1000 . .`). What else lies in the folder
 * that it copies into keeps its owner.
 */
export function copiedAgain(handovers: readonly Handover[]): (copy: CopyEffect) => boolean {
  const last = new Map<string, number>();
  for (const { instruction, path, span } of handovers) {
    if (!isCopy(instruction)) continue;
    for (const { value } of instruction.sources) {
      const source = resolvePath("/", value);
      last.set(keyOf(instruction, source, path), span.start);
      if (!mayBeFolder(value)) last.set(keyOf(instruction, source, resolvePath(path, basename(source))), span.start);
    }
  }
  return ({ destination, at: { instruction } }) => {
    if (destination === undefined || last.size === 0) return false;
    const path = resolvePath("/", destination);
    const isAgain = (source: string, landing: string): boolean => {
      for (let [from, to] = [source, landing]; ; [from, to] = [parentOf(from), parentOf(to)]) {
        if ((last.get(keyOf(instruction, from, to)) ?? -1) > instruction.span.start) return true;
        if (from === "/" || basename(from) !== basename(to)) return false;
      }
    };
    return instruction.sources.every(({ value }) => {
      const source = resolvePath("/", value);
      return isAgain(source, path) || isAgain(source, resolvePath(path, basename(source)));
    });
  };
}
