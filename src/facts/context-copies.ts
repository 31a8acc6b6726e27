/** What COPY and ADD take from the author's build context, and where they put it. */
import type { BuildModel, State } from "../containerfile/build-model.ts";
import type { CopyInstruction } from "../containerfile/model.ts";
import { isWithin, resolvePath } from "./paths.ts";
import { commandName } from "./run-script.ts";

/** A COPY or ADD from the context, with the paths that it names as far as they are known. */
export interface ContextCopy {
  readonly instruction: CopyInstruction;
  /** Relative to the context, without a slash at either end; `""` and `.` are the context itself. */
  readonly sources: readonly string[];
  /** Absolute; `undefined` when it is not known. */
  readonly destination: string | undefined;
  /** The sources keep their names below the destination, whatever they are. */
  readonly isIntoFolder: boolean;
}

/** The text of a file that a copy brings. */
export interface CopiedText {
  /** Relative to the context; of a here-document, its place in the image. */
  readonly path: string;
  readonly text: string;
}

/** Those that ship, in build order. */
export const contextCopies = (model: BuildModel): readonly ContextCopy[] =>
  model.shipped.flatMap(({ instruction }) => {
    if (instruction.keyword !== "COPY" && instruction.keyword !== "ADD") return [];
    return instruction.flags.some(({ name }) => name === "from") ? [] : [contextCopy(model, instruction)];
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
  };
}

/**
 * The working folder. One below an unknown base is called by what the file says of it, in a place that no image has: what
 * is copied there and started there still meets.
 */
export const folderOf = ({ workdir: { value } }: State): string =>
  value.unknown.length === 0 ? value.value : resolvePath("/?", `.${value.value}`);

/** Paths in the context from which a COPY would put a file at the absolute `path`. */
export function contextSources({ sources, destination, isIntoFolder }: ContextCopy, path: string): readonly string[] {
  if (destination === undefined) return [];
  if (path === destination) return isIntoFolder ? [] : sources;
  if (!isWithin(destination, path)) return [];
  const below = path.slice(destination === "/" ? 1 : destination.length + 1);
  return sources.flatMap((from) => {
    // A folder's content is copied, a file goes in under its own name.
    const found = [from === "" || from === "." ? below : `${from}/${below}`];
    if (commandName(from) === below || globMatches(commandName(from), below))
      found.push(from.includes("*") ? `${from.slice(0, from.lastIndexOf("/") + 1)}${below}` : from);
    return found;
  });
}

/**
 * Tells the files that copies name and that a pattern of an absolute path means, in the order in which shells go through
 * them. What lies in a folder that is copied whole has no names here.
 */
export function copiedPlaces(copies: readonly ContextCopy[]): (pattern: string) => readonly string[] {
  const namesIn = new Map<string, Set<string>>();
  const add = (path: string): void => {
    const folder = resolvePath(path, "..");
    namesIn.set(folder, (namesIn.get(folder) ?? new Set()).add(commandName(path)));
  };
  for (const copy of copies) {
    const { destination, sources, isIntoFolder } = copy;
    if (destination === undefined) continue;
    for (const source of sources) add(resolvePath(destination, commandName(source)));
    for (const { path } of heredocTexts(copy)) add(path);
    if (!isIntoFolder) add(destination);
  }
  return (pattern) => {
    if (!pattern.includes("*")) return [pattern];
    const folder = resolvePath(pattern, "..");
    const names = [...(namesIn.get(folder) ?? [])].filter((name) => globMatches(commandName(pattern), name));
    return names.toSorted().map((name) => resolvePath(folder, name));
  };
}

/**
 * What a copy may put at the absolute `path`, from its here-documents or from the context, likeliest first.
 * @param readContext reads a text file of the context; `undefined` when it is not there.
 */
export function copiedTexts(
  copy: ContextCopy,
  path: string,
  readContext: (path: string) => string | undefined,
): readonly CopiedText[] {
  const written = heredocTexts(copy).filter((one) => one.path === path);
  if (written.length > 0) return written;
  return contextSources(copy, path).flatMap((source) => {
    const text = readContext(source);
    return text === undefined ? [] : [{ path: source, text }];
  });
}

/**
 * The here-documents of a copy where they may come to stand: in a folder, which the destination may be without a slash,
 * each goes under its own name. Variables that the builder puts in stay as they are written, and `\$`, which keeps a
 * script's own from the builder, is the `$` that it becomes.
 */
export const heredocTexts = ({ instruction, destination, isIntoFolder }: ContextCopy): readonly CopiedText[] =>
  instruction.heredocs.flatMap(({ name, body, expand }) => {
    if (destination === undefined) return [];
    const text = expand ? body.replaceAll("\\$", "$") : body;
    const inside = { path: resolvePath(destination, name), text };
    return isIntoFolder ? [inside] : [{ path: destination, text }, inside];
  });

/** `*.sh` and `docker-*` against one file name; a `*` crosses no slash. */
function globMatches(glob: string, name: string): boolean {
  if (!glob.includes("*") || name.includes("/")) return false;
  const [head = "", ...rest] = glob.split("*");
  const tail = rest.at(-1) ?? "";
  return name.length >= head.length + tail.length && name.startsWith(head) && name.endsWith(tail);
}
