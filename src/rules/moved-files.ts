/** What `cp`, `ln`, `mv` and `rm` do to files that are there already. */
import { pathOf } from "../facts/ownership-commands.ts";
import { isSystemFolder, resolvePath } from "../facts/paths.ts";
import { expandBraces } from "../shell/braces.ts";
import type { ShellCommand, ShellWord } from "../shell/model.ts";
import { parseOptions } from "../shell/options.ts";
import { segmentPattern } from "./layers.ts";
import { programOf } from "./shell-words.ts";

/** Files by their path: itself, or what a pattern of it matches. */
export interface Source {
  /** Absolute. With `*`, `?` or `[` in it, where `isPattern`. */
  readonly path: string;
  readonly isPattern: boolean;
  /** What lies in the folder is meant (`cp -a /out/. /`), not the folder. */
  readonly isContent: boolean;
}

/** Where files go. */
export interface Destination {
  readonly path: string;
  /** They keep their names in it. */
  readonly isFolder: boolean;
}

export type FileMove =
  | { readonly kind: "remove"; readonly from: readonly Source[] }
  | {
      readonly kind: "copy" | "move";
      readonly from: readonly Source[];
      readonly to: Destination;
      readonly keeps: Kept;
    };

interface Kept {
  readonly capabilities: boolean;
  readonly setuid: boolean;
}

const hasPattern = /[*?[]/;

/** A path as a source; `isContent` for one that ends in `/.`. */
export const sourceOf = (path: string): Source => ({
  path: resolvePath("/", path),
  isPattern: hasPattern.test(path),
  isContent: /(?:^|\/)\.$/.test(path),
});

/** A path as a destination: a folder by how it is written, or because every system has it. */
export const destinationOf = (path: string): Destination => ({
  path: resolvePath("/", path),
  isFolder: /(?:^|\/)\.{0,2}$/.test(path) || isSystemFolder(resolvePath("/", path)),
});

/** Whether a source means a path, and what of the path goes along: `""` for the very file, else what lies below it. */
export function matchSource({ path, isPattern }: Source, file: string): { readonly base: string } | undefined {
  if (!isPattern) return file === path || path === "/" || file.startsWith(`${path}/`) ? { base: path } : undefined;
  const wanted = path.split("/");
  const parts = file.split("/");
  if (parts.length < wanted.length) return undefined;
  const fits = wanted.every((one, index) =>
    hasPattern.test(one) ? segmentPattern(one).test(parts[index] ?? "") : one === parts[index],
  );
  return fits ? { base: parts.slice(0, wanted.length).join("/") } : undefined;
}

const movers: ReadonlySet<string> = new Set(["cp", "ln", "mv", "rm"]);

/** Reads such a command; `undefined` for others, and where its paths are not known. */
export function fileMove(command: ShellCommand, hasXattrs: boolean): FileMove | undefined {
  const program = programOf(command);
  if (!movers.has(program)) return undefined;
  const { options, operands } = parseOptions(command.words.slice(1), {
    values: new Set(["t", "S", "suffix"]),
    aliases: { "target-directory": "t", link: "l", symbolic: "s", "symbolic-link": "s" },
  });
  const given = options.get("t")?.word;
  const words = given === undefined && program !== "rm" ? operands.slice(0, -1) : operands;
  const from = words.flatMap((word) => pathsOf(command, word).map(sourceOf));
  if (program === "rm") return { kind: "remove", from };
  const [to] = pathsOf(command, given ?? operands.at(-1));
  if (to === undefined) return undefined;
  const destination = destinationOf(to);
  // A link is the file itself, a symbolic one is none.
  const isSymbolic = options.has("s");
  const isLink = isSymbolic || options.has("l");
  const isFolder = destination.isFolder || given !== undefined || words.length > 1;
  return {
    kind: program === "mv" ? "move" : "copy",
    from,
    to: { ...destination, isFolder },
    keeps:
      program === "cp" && !isLink ? keptByCp(command, hasXattrs) : { capabilities: !isSymbolic, setuid: !isSymbolic },
  };
}

/** What `cp` keeps, its options in their order. That of BusyBox knows no attributes, whatever its `-a` stands for. */
function keptByCp({ words }: ShellCommand, hasXattrs: boolean): Kept {
  let [capabilities, setuid] = [false, false];
  for (const { raw } of words) {
    if (/^-[A-Za-z]*a|^--archive$/.test(raw)) [capabilities, setuid] = [hasXattrs, true];
    else if (/^-[A-Za-z]*p|^--preserve$/.test(raw)) setuid = true;
    const [, no, list = ""] = /^--(no-)?preserve=(.*)$/.exec(raw) ?? [];
    const named = new Set(list.split(","));
    if (named.has("all") || named.has("xattr")) capabilities = no === undefined;
    if (named.has("all") || named.has("mode")) setuid = no === undefined;
  }
  return { capabilities, setuid };
}

/** The absolute paths of a word, as they are written: a `/` or `/.` at the end stays. */
function pathsOf(command: ShellCommand, word: ShellWord | undefined): readonly string[] {
  if (word?.value === undefined || pathOf(command, word) === undefined) return [];
  const all = /['"\\]/.test(word.raw) ? [word.value] : expandBraces(word.value);
  return all.map((path) => (path.startsWith("/") ? path : `${command.cwd ?? ""}/${path}`));
}
