/** The folders that WORKDIRs name. */
import type { BuildModel, Shipped } from "../containerfile/build-model.ts";
import type { ArgumentInstruction } from "../containerfile/model.ts";
import { resolvePath } from "./paths.ts";

/** A WORKDIR that ships, and its folder: a path that does not begin with a slash leads on from the one before. */
export interface Workdir extends Shipped {
  readonly instruction: ArgumentInstruction;
  readonly path: string;
}

/** Those whose folders are known, in build order. */
export const workdirs = (model: BuildModel): readonly Workdir[] =>
  model.shipped.flatMap(({ instruction, stage }): readonly Workdir[] => {
    if (instruction.keyword !== "WORKDIR") return [];
    const { value, unknown, error } = model.expand(instruction, instruction.argument.value);
    const before = model.before(instruction).workdir.value;
    if (unknown.length > 0 || error !== undefined) return [];
    if (!value.startsWith("/") && (before.unknown.length > 0 || before.error !== undefined)) return [];
    return [{ instruction, stage, path: resolvePath(before.value, value) }];
  });
