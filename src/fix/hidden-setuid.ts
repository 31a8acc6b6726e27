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

/** What may bring such files. */
interface Source {
  /** Place of the instruction. */
  readonly at: number;
  /** `undefined` where only running tells. */
  readonly path: string | undefined;
}

/**
 * Tells whether there may be such files below folders: out of an archive, of what nobody here could read, or of a pattern.
 * The last instruction that counts is named with them; all do where there is none.
 */
export function setuidHiders(
  model: BuildModel,
  effects: Effects,
): (folders: readonly string[], upTo: Instruction | undefined) => boolean {
  const sources = sourcesOf(model, effects);
  return (folders, upTo) =>
    sources.some(
      ({ at, path }) =>
        (upTo === undefined || at <= upTo.index) &&
        (path === undefined || folders.some((folder) => isWithin(folder, path) || isWithin(path, folder))),
    );
}

const source = ({ index }: Instruction, path: string | undefined): Source => ({ at: index, path });

function sourcesOf(model: BuildModel, { copies, writes, modes, opaque }: Effects): readonly Source[] {
  return [
    ...copies
      .filter(({ at: { instruction } }) => instruction.keyword === "ADD" && unpacks(model, instruction))
      .map(({ at, destination }) => source(at.instruction, destination && resolvePath("/", destination))),
    // Into / go whole file systems too.
    ...writes
      .filter(({ command, path }) => unpackers.has(programOf(command)) && path !== "/")
      .map(({ at, path }) => source(at.instruction, path)),
    ...modes
      .filter(({ privileged }) => privileged)
      .flatMap(({ at, paths }) =>
        paths.filter((one) => one.path === undefined || isGlob(one)).map(({ path }) => source(at.instruction, path)),
      ),
    ...opaque.map(({ instruction }) => source(instruction, undefined)),
  ];
}
