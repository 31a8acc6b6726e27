/** Which folders the final user may write, as far as the file tells. */
import { judgeConfigUser } from "../image/config-user.ts";
import { isWithin, resolvePath } from "../facts/paths.ts";
import { writesAsRoot } from "./copied-owners.ts";
import { handoverOf, handovers, indexHandovers, usableHome } from "./handovers.ts";
import { madeFolders } from "./layers.ts";
import { indexPaths } from "./path-index.ts";
import type { RuleInput } from "./rule.ts";

/** Folders that a command makes while a non-root USER is in force, so that they are that user's. */
function ownFolders({ model, effects }: RuleInput): readonly string[] {
  const users = new Map<number, boolean>();
  const isNonRoot = (index: number): boolean => {
    const there = users.get(index);
    if (there !== undefined) return there;
    const instruction = model.graph.file.instructions[index];
    const value = instruction === undefined ? undefined : model.before(instruction).user.value.value;
    const answer = value !== undefined && judgeConfigUser(value).verdict !== "root" && value !== "root";
    users.set(index, answer);
    return answer;
  };
  const made = madeFolders(effects).flatMap(({ path, index }) => (isNonRoot(index) ? [path] : []));
  const workdirs = model.shipped.flatMap(({ instruction }) => {
    if (instruction.keyword !== "WORKDIR" || !isNonRoot(instruction.index)) return [];
    const next = model.graph.file.instructions[instruction.index + 1];
    const state = next === undefined || next.keyword === "FROM" ? model.after(model.graph.target) : model.before(next);
    return [state.workdir.value.value];
  });
  return [...made, ...workdirs];
}

/** Folders that another stage or image may bring as somebody's, with what is in them. */
function broughtFolders({ effects, model }: RuleInput): readonly string[] {
  const isOfRoot = writesAsRoot(model);
  return effects.copies.flatMap(({ destination, chown, at }) =>
    destination === undefined || chown !== undefined || isOfRoot(at) ? [] : [resolvePath("/", destination)],
  );
}

/** Where packages put folders of their own. */
const packageFolders = ["/var", "/srv", "/opt", "/usr", "/etc"];

/**
 * Whether something that cannot be looked into may make a path: a package, or a program of somebody's own that is told
 * the path or a folder around it.
 */
function mayBeMade({ effects }: RuleInput, path: string): boolean {
  if (effects.opaque.length > 0) return true;
  if (effects.packages.length > 0 && packageFolders.some((folder) => isWithin(folder, path))) return true;
  return effects.commands.some(
    ({ command }) =>
      command.words[0]?.value?.startsWith("/") === true &&
      command.words.slice(1).some(({ value }) => value?.startsWith("/") === true && isWithin(value, path)),
  );
}

/** Always writable for everybody. */
const publicFolders = ["/tmp", "/var/tmp", "/dev/shm"];

/** `/var/run` is a link to `/run` wherever there are both (FHS 3.0, 5.13). */
const otherName = (path: string): string =>
  isWithin("/var/run", path) ? path.slice("/var".length) : isWithin("/run", path) ? `/var${path}` : path;

export interface GivenPaths {
  /** Whether the file, or the base image, lets the user write a folder. */
  readonly isGiven: (path: string) => boolean;
  /** The same of one that is asked for, or may lie in the user's home, or come as somebody's with a copy. */
  readonly isThere: (path: string, kind: "volume" | "option") => boolean;
  readonly home: string | undefined;
}

/** Reads what is given to the final user; every path that is asked about is absolute. */
export function readGivenPaths(input: RuleInput): GivenPaths {
  const { base } = input;
  const handed = indexHandovers(handovers(input));
  const brought = indexPaths(broughtFolders(input), (path) => path);
  const own = indexPaths(ownFolders(input), (path) => path);
  const home = usableHome(input);
  const isGivenAs = (path: string): boolean =>
    handoverOf(handed, path) !== undefined ||
    handed.below(path).length > 0 ||
    own.below(path).length > 0 ||
    [...publicFolders, ...base.writable].some((folder) => isWithin(resolvePath("/", folder), path));
  const isGiven = (path: string): boolean => isGivenAs(path) || isGivenAs(otherName(path));
  return {
    home,
    isGiven,
    isThere: (path, kind) =>
      isGiven(path) ||
      (home !== undefined && (path === home || (kind === "option" && isWithin(home, path)))) ||
      !brought.around(path).next().done ||
      (kind === "volume" && mayBeMade(input, path)),
  };
}

/** The folders that `--writable` asks for and that nothing gives to the user. */
export function missingFolders(input: RuleInput, asked: readonly string[]): readonly string[] {
  if (asked.length === 0) return [];
  const { isThere } = readGivenPaths(input);
  return [...new Set(asked.map((path) => resolvePath("/", path)))].filter((path) => !isThere(path, "option"));
}
