/** Files that a RUN links, moves or copies to another place: `ln -s`, `mv`, `cp`, `install`. */
import type { ShellCommand, ShellWord } from "../shell/model.ts";
import { parseOptions } from "../shell/options.ts";
import { globMatches } from "./context-copies.ts";
import type { Effect } from "./effects.ts";
import { pathOf } from "./ownership-commands.ts";
import { isWithin, resolvePath } from "./paths.ts";
import { basename } from "../shell/launch.ts";

/** One operand of such a command. */
export interface PlacedFile extends Effect {
  /** Absolute, perhaps with a `*` in its last part; the text of a symbolic link as it is written. */
  readonly from: string;
  /** Absolute: the new path, or the folder that the file keeps its name in. */
  readonly to: string;
  readonly isSymbolic: boolean;
}

/** A path, as it was called elsewhere. */
export interface PlaceBefore {
  readonly path: string;
  /** It is that very file, and not only one that may have come along with its folder. */
  readonly isCertain: boolean;
}

const placers: ReadonlySet<string> = new Set(["cp", "install", "ln", "mv"]);

const options = {
  values: new Set(["t", "S", "suffix", "m", "o", "g"]),
  aliases: {
    "target-directory": "t",
    symbolic: "s",
    "symbolic-link": "s",
    directory: "d",
    mode: "m",
    owner: "o",
    group: "g",
  },
};

/** What a command certainly puts elsewhere, as far as its paths are known. */
export function placedFiles({ at, command }: Effect): readonly PlacedFile[] {
  const program = basename(command.words[0]?.value ?? "");
  if (command.conditional || !placers.has(program)) return [];
  const { options: given, operands } = parseOptions(command.words.slice(1), options);
  if (program === "install" && given.has("d")) return [];
  const folder = given.get("t")?.word;
  const target = folder ?? operands.at(-1);
  const to = target && pathOf(command, target);
  if (to === undefined) return [];
  const isSymbolic = given.has("s") && program !== "install";
  const sources = folder === undefined ? operands.slice(0, -1) : operands;
  return sources.flatMap((word) => {
    const from = isSymbolic ? word.value : fullPath(command, word);
    return from === undefined ? [] : [{ at, command, from, to, isSymbolic }];
  });
}

/** Absolute, with the pattern that it may have. */
function fullPath(command: ShellCommand, word: ShellWord): string | undefined {
  const isKnown = word.value !== undefined && pathOf(command, word) !== undefined;
  return isKnown ? resolvePath(command.cwd ?? "/", word.value) : undefined;
}

/** Where the file that has a path now was before; `undefined` where the command did not put it there. */
export function placeBefore(placed: PlacedFile, path: string): PlaceBefore | undefined {
  const { from, to, isSymbolic } = placed;
  const name = basename(from);
  const inside = resolvePath(to, name);
  const link = isWithin(inside, path) ? inside : to;
  const source = isSymbolic ? resolvePath(resolvePath(link, ".."), from) : from;
  if (path === link) return { path: source, isCertain: true };
  if (path === resolvePath(to, basename(path)) && globMatches(name, basename(path)))
    return { path: resolvePath(resolvePath(source, ".."), basename(path)), isCertain: false };
  if (!isWithin(link, path)) return undefined;
  return { path: resolvePath(source, path.slice(link === "/" ? 1 : link.length + 1)), isCertain: false };
}
