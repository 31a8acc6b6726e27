/** What COPY and ADD take from the author's build context, and where they put it. */
import type { BuildModel, Shipped, Stage, State } from "../containerfile/build-model.ts";
import type { CopyInstruction } from "../containerfile/model.ts";
import { usedStage } from "../containerfile/stages.ts";
import { isWithin, resolvePath } from "./paths.ts";
import { basename } from "../shell/launch.ts";

/** A COPY or ADD from the context, with the paths that it names as far as they are known. */
export interface ContextCopy {
  readonly instruction: CopyInstruction;
  /** Relative to the context, without a slash at either end; `""` and `.` are the context itself. */
  readonly sources: readonly string[];
  /** Absolute; `undefined` when it is not known. */
  readonly destination: string | undefined;
  /** The sources keep their names below the destination, whatever they are. */
  readonly isIntoFolder: boolean;
  /** `--parents`: the sources keep their folders too, or those behind `/./`. */
  readonly keepsParents: boolean;
  /** The stage of the file whose root folder the sources are relative to, instead of the context. */
  readonly stage?: Stage;
}

/** Those that ship, in build order. */
export const contextCopies = (model: BuildModel): readonly ContextCopy[] =>
  copiesOf(model, model.shipped).filter(({ stage }) => stage === undefined);

/** Those among some instructions, and those from stages of the file; what comes from elsewhere is left out. */
export const copiesOf = (model: BuildModel, instructions: readonly Shipped[]): readonly ContextCopy[] =>
  instructions.flatMap(({ instruction, stage }): readonly ContextCopy[] => {
    if (instruction.keyword !== "COPY" && instruction.keyword !== "ADD") return [];
    const from = instruction.flags.find(({ name }) => name === "from");
    if (from === undefined) return [contextCopy(model, instruction)];
    const used = from.value === undefined ? undefined : usedStage(stage, from.value);
    return used === undefined ? [] : [{ ...contextCopy(model, instruction), stage: used }];
  });

/** The paths of one that has no `--from`. */
export function contextCopy(model: BuildModel, instruction: CopyInstruction): ContextCopy {
  const { value, unknown } = model.expand(instruction, instruction.destination.value);
  return {
    instruction,
    sources: instruction.sources.flatMap((word) => {
      const source = model.expand(instruction, word.value);
      if (source.unknown.length > 0 || source.value.includes("://")) return [];
      return [source.value.replace(/^(?:\.?\/)+/, "").replace(/\/+$/, "")];
    }),
    destination: unknown.length > 0 ? undefined : resolvePath(folderOf(model.before(instruction)), value),
    isIntoFolder: value.endsWith("/") || instruction.sources.length > 1,
    keepsParents: instruction.flags.some((flag) => flag.name === "parents" && flag.value !== "false"),
  };
}

/**
 * The working folder. One below an unknown base is called by what the file says of it, in a place that no image has: what
 * is copied there and started there still meets.
 */
export const folderOf = ({ workdir: { value } }: State): string =>
  value.unknown.length === 0 ? value.value : resolvePath("/?", `.${value.value}`);

/** Paths in the context from which a COPY would put a file at the absolute `path`. */
export function contextSources(
  { sources, destination, isIntoFolder, keepsParents }: ContextCopy,
  path: string,
): readonly string[] {
  if (destination === undefined) return [];
  if (keepsParents)
    return isWithin(destination, path) ? sources.flatMap((from) => withParents(from, path, destination)) : [];
  if (path === destination) return isIntoFolder ? [] : sources;
  if (!isWithin(destination, path)) return [];
  const below = path.slice(destination === "/" ? 1 : destination.length + 1);
  return sources.flatMap((from) => {
    // A folder's content is copied, a file goes in under its own name.
    const found = [from === "" || from === "." ? below : `${from}/${below}`];
    if (basename(from) === below || globMatches(basename(from), below))
      found.push(from.includes("*") ? `${from.slice(0, from.lastIndexOf("/") + 1)}${below}` : from);
    return found;
  });
}

/** The file of the context that `COPY --parents` puts at a path. */
function withParents(source: string, path: string, destination: string): readonly string[] {
  const below = path.slice(destination === "/" ? 1 : destination.length + 1).split("/");
  const pivot = source.lastIndexOf("/./");
  const kept = (pivot === -1 ? source : source.slice(pivot + 3)).split("/");
  const isNamed = kept.every((name, at) => name === "." || name === below[at] || globMatches(name, below[at] ?? ""));
  return isNamed ? [`${pivot === -1 ? "" : source.slice(0, pivot + 1)}${below.join("/")}`] : [];
}

/** `*.sh` and `docker-*` against one file name; a `*` crosses no slash. */
export function globMatches(glob: string, name: string): boolean {
  if (!glob.includes("*") || name.includes("/")) return false;
  const [head = "", ...rest] = glob.split("*");
  const tail = rest.at(-1) ?? "";
  return name.length >= head.length + tail.length && name.startsWith(head) && name.endsWith(tail);
}
