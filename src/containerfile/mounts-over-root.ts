import type { BuildModel, Stage } from "./build-model.ts";
import { isCertain } from "./expand.ts";
import type { Instruction, SyntaxFault } from "./model.ts";
import { joinWorkdir } from "./paths.ts";
import { isOnFolder, mountTarget, mountType, readMount } from "./run-mounts.ts";
import { neededStages } from "./stages.ts";

/**
 * The first `RUN --mount` that names no folder, or a relative one, and so lies over `/` where the working directory is `/`
 * (`dispatchRunMounts` of BuildKit's dockerfile2llb). Elsewhere BuildKit takes the working directory.
 */
export function mountOverRoot(model: BuildModel): SyntaxFault | undefined {
  for (const stage of neededStages(model.graph.target)) {
    const fault = faultIn(stage, model);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function faultIn({ instructions }: Stage, model: BuildModel): SyntaxFault | undefined {
  for (const instruction of instructions) {
    const flag = instruction.keyword === "RUN" ? instruction.flags.find(isRelativeMount) : undefined;
    if (flag === undefined) continue;
    const { value } = model.before(instruction).workdir;
    const target = mountTarget(readMount(flag.value ?? "") ?? []);
    if (!isCertain(value) || joinWorkdir(value.value, target) !== "/") continue;
    return { span: flag.span, message: "a --mount without a target lies over /", hint: "write target=/folder" };
  }
  return undefined;
}

function isRelativeMount({ name, value = "" }: Instruction["flags"][number]): boolean {
  const fields = name === "mount" && !value.includes("$") ? readMount(value) : undefined;
  return fields !== undefined && isOnFolder(mountType(fields)) && !mountTarget(fields).startsWith("/");
}
