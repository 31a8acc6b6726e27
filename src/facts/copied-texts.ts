/** The texts that COPY and ADD bring, out of the context and of here-documents, and where each comes to stand. */
import { contextSources, globMatches, type ContextCopy } from "./context-copies.ts";
import { resolvePath } from "./paths.ts";
import { basename } from "../shell/launch.ts";

/** The text of a file that a copy brings. */
export interface CopiedText {
  /** Relative to the context; of a here-document, its place in the image. */
  readonly path: string;
  readonly text: string;
}

/**
 * Tells the files that copies name and that a pattern of an absolute path means, in the order in which shells go through
 * them. What lies in a folder that is copied whole has no names here.
 */
export function copiedPlaces(copies: readonly ContextCopy[]): (pattern: string) => readonly string[] {
  const namesIn = new Map<string, Set<string>>();
  const add = (path: string): void => {
    const folder = resolvePath(path, "..");
    namesIn.set(folder, (namesIn.get(folder) ?? new Set()).add(basename(path)));
  };
  for (const copy of copies) {
    const { destination, sources, isIntoFolder } = copy;
    if (destination === undefined) continue;
    for (const source of sources) add(resolvePath(destination, basename(source)));
    for (const { paths } of heredocTexts(copy)) paths.forEach(add);
    if (!isIntoFolder) add(destination);
  }
  return (pattern) => {
    if (!pattern.includes("*")) return [pattern];
    const folder = resolvePath(pattern, "..");
    const names = [...(namesIn.get(folder) ?? [])].filter((name) => globMatches(basename(pattern), name));
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
  const written = heredocTexts(copy).filter(({ paths }) => paths.includes(path));
  if (written.length > 0) return written.map(({ text }) => ({ path, text }));
  return contextSources(copy, path).flatMap((source) => {
    const text = readContext(source);
    return text === undefined ? [] : [{ path: source, text }];
  });
}

/** The text of a here-document, and where it may come to stand, the likeliest first. */
export interface HeredocText {
  readonly paths: readonly string[];
  readonly text: string;
}

/** Those of a copy: in a folder, which the destination may be without a slash, each goes under its own name. */
export const heredocTexts = ({ instruction, destination, isIntoFolder }: ContextCopy): readonly HeredocText[] =>
  instruction.heredocs.flatMap((heredoc) => {
    if (destination === undefined) return [];
    const inside = resolvePath(destination, heredoc.name);
    return [{ paths: isIntoFolder ? [inside] : [destination, inside], text: bodyInImage(heredoc) }];
  });

/**
 * The lines of a here-document as they come into a file. Variables that are replaced on the way stay as they are written,
 * and `\$`, which keeps a script's own from that, is the `$` that it becomes.
 */
export const bodyInImage = ({ body, expand }: { readonly body: string; readonly expand: boolean }): string =>
  expand ? body.replaceAll("\\$", "$") : body;
