import { ownChain } from "../../containerfile/stages.ts";
import type { OwnerChange } from "../../facts/effects.ts";
import { isSystemPath } from "../../facts/paths.ts";
import {
  contents,
  globSegments,
  groupBy,
  isGlob,
  madeFolders,
  pathsOf,
  type ChangedPath,
  type Content,
} from "../layers.ts";
import { indexPaths, upwards, type PathIndex } from "../path-index.ts";
import { defineRule } from "../rule.ts";

interface Layers {
  readonly content: PathIndex<Content>;
  /** The application's own trees that hold folders, so that a path below them is content too. */
  readonly trees: ReadonlyMap<string, readonly Content[]>;
  readonly made: PathIndex<string>;
}

/** The first of these, in file order, that stands above instruction `index` and was not written anew beside the chown. */
function firstOld(candidates: Iterable<Content>, index: number, rewritten: ReadonlySet<string>): Content | undefined {
  for (const one of candidates) {
    if (one.index >= index) return undefined;
    if (!one.files.some((file) => rewritten.has(file))) return one;
  }
  return undefined;
}

/** Whether a path may be one that a glob (`/srv/app*`) means, or hold one, or lie in one. */
function mayMatch(glob: readonly RegExp[] | undefined, path: string): boolean {
  if (glob === undefined) return true;
  const segments = path === "/" ? [] : path.slice(1).split("/");
  return segments.every((segment, at) => glob[at]?.test(segment) ?? true);
}

/** Whether a recursive chown of a path in instruction `index` rewrites files of an earlier one. */
function rewrites(
  one: ChangedPath & { readonly path: string },
  index: number,
  rewritten: ReadonlySet<string>,
  { content, trees, made }: Layers,
): boolean {
  const { path } = one;
  const glob = globSegments(one);
  const meant =
    glob === undefined ? content.below(path) : content.below(path).filter((below) => mayMatch(glob, below.path));
  if (firstOld(meant, index, rewritten) !== undefined) return true;
  // Below a copied tree: content, unless a mkdir made the folder or one above it that is not the tree's own.
  if (made.below(path).length > 0) return false;
  for (const folder of upwards(path)) {
    if (firstOld(trees.get(folder) ?? [], index, rewritten) !== undefined) return true;
    if (made.at(folder).length > 0) return false;
  }
  return false;
}

/** `chown --from=0` leaves files alone that have their owner already. */
const takesFromOne = ({ command }: OwnerChange): boolean => command.words.some(({ raw }) => raw.startsWith("--from="));

export const rule = defineRule({
  id: "chown-duplicates-layer",
  title: "Files get their owner when they are copied, not in a layer of their own",
  severity: "warning",
  messages: {
    doubled:
      "{tool} -R rewrites {paths}, which earlier instructions have filled: every byte there is stored a second time",
  },
  check: ({ effects, model }, report) => {
    // A stage that is copied whole leaves its layers behind.
    const own = new Set(ownChain(model.graph));
    const recursive = effects.owners.filter(
      (change) => change.recursive && !takesFromOne(change) && own.has(change.at.stage),
    );
    if (recursive.length === 0) return;
    const content = contents(effects, model);
    const layers = {
      content: indexPaths(content, ({ path }) => path),
      trees: groupBy(
        content.filter(({ hasFolders, path }) => hasFolders && !isSystemPath(path)),
        ({ path }) => path,
      ),
      made: indexPaths(new Set(madeFolders(effects).map(({ path }) => path)), (path) => path),
    };
    const capped = groupBy(effects.capabilities, ({ at }) => at.instruction.index);
    for (const [index, changes] of groupBy(recursive, ({ at }) => at.instruction.index)) {
      // setcap has written these files into this layer already, so the chown behind it adds nothing.
      const rewritten = new Set((capped.get(index) ?? []).flatMap(pathsOf));
      const hits: { change: OwnerChange; path: string }[] = [];
      for (const change of changes) {
        for (const { path, word } of change.paths) {
          if (path === undefined || !rewrites({ path, word }, index, rewritten, layers)) continue;
          hits.push({ change, path: isGlob({ path, word }) ? (word.value ?? path) : path });
        }
      }
      const [first] = hits;
      if (first === undefined) continue;
      report("doubled", {
        at: first.change.command.span,
        stage: first.change.at.stage,
        data: { tool: first.change.tool, paths: [...new Set(hits.map(({ path }) => path))].join(", ") },
        fix: { title: "Give COPY the owner (--chown=UID:GID) and drop this chown", applicability: "manual" },
      });
    }
  },
});
