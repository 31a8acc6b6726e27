/** Where files may have the setuid bit whose names the file does not tell: Linux clears it at every chown(2). */
import type { BuildModel } from "../containerfile/build-model.ts";
import type { Instruction } from "../containerfile/model.ts";
import type { Effects } from "../facts/effects.ts";
import { isWithin, resolvePath } from "../facts/paths.ts";
import { isGlob } from "../rules/layers.ts";
import { programOf } from "../rules/shell-words.ts";
import { unpacks } from "./unpacked.ts";

/** Commands that give files the modes of an archive when root runs them; `unzip` and git take the bit away. */
const unpackers: ReadonlySet<string> = new Set(["tar", "bsdtar", "cpio"]);

/**
 * Whether there may be such files below folders: out of an archive, of what nobody here could read, or of a pattern.
 * @param upTo the last instruction that counts; all where there is none.
 */
export function mayHideSetuid(
  model: BuildModel,
  { copies, writes, modes, opaque }: Effects,
  folders: readonly string[],
  upTo: Instruction | undefined,
): boolean {
  const counts = ({ at }: { readonly at: { readonly instruction: Instruction } }): boolean =>
    upTo === undefined || at.instruction.index <= upTo.index;
  const meets = (path: string | undefined): boolean =>
    path === undefined || folders.some((folder) => isWithin(folder, path) || isWithin(path, folder));
  return (
    copies.some(
      (copy) =>
        copy.at.instruction.keyword === "ADD" &&
        counts(copy) &&
        meets(copy.destination && resolvePath("/", copy.destination)) &&
        unpacks(model, copy.at.instruction),
    ) ||
    // Into / go whole file systems too.
    writes.some(
      (write) => unpackers.has(programOf(write.command)) && counts(write) && write.path !== "/" && meets(write.path),
    ) ||
    modes.some(
      (mode) =>
        mode.privileged &&
        counts(mode) &&
        mode.paths.some((one) => one.path === undefined || (isGlob(one) && meets(one.path))),
    ) ||
    opaque.some((at) => counts({ at }))
  );
}
