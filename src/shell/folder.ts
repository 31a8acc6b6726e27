/** Where a script is, followed through `cd`: for certain, and as far as it can be told at all. */
import { unknownText, type ShellWord } from "./model.ts";
import { fewValues } from "./word-values.ts";

export interface Folder {
  /** Absolute; `undefined` when it is not known. */
  readonly cwd: string | undefined;
  /** The folders that it may be, with `unknownText` for unknown parts. Those of which nothing is known are left out. */
  readonly mayBeIn: readonly string[];
}

export const unknownFolder: Folder = { cwd: undefined, mayBeIn: [] };

/** The folder that a script starts in. */
export const folderAt = (cwd: string | undefined): Folder => ({ cwd, mayBeIn: cwd === undefined ? [] : [cwd] });

/** The folder behind `cd TARGET`. */
export function enter(from: Folder, { value, possible = [] }: ShellWord): Folder {
  if (value !== undefined) {
    const isRooted = value.startsWith("/");
    const to = (folder: string): string => join(folder, value);
    return {
      cwd: from.cwd === undefined && !isRooted ? undefined : to(from.cwd ?? "/"),
      mayBeIn: isRooted ? [to("/")] : from.mayBeIn.map(to),
    };
  }
  return { cwd: undefined, mayBeIn: placesOf(possible, from.mayBeIn) };
}

/** Where two ways through a script meet. */
export function either(one: Folder, other: Folder): Folder {
  if (one === other) return one;
  return { cwd: one.cwd === other.cwd ? one.cwd : undefined, mayBeIn: few([...one.mayBeIn, ...other.mayBeIn]) };
}

/**
 * What paths that may hold `unknownText` are in each of some folders. One that begins with it may be absolute, and then
 * nothing is known of it.
 */
export const placesOf = (paths: readonly string[], folders: readonly string[]): readonly string[] =>
  few(
    paths.flatMap((path) => {
      if (path === "" || path.startsWith("~") || path.startsWith(unknownText)) return [];
      return path.startsWith("/") ? [join("/", path)] : folders.map((folder) => join(folder, path));
    }),
  );

const few = (places: readonly string[]): readonly string[] =>
  fewValues(places).filter((place) => place !== unknownText);

function join(folder: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : `${folder}/${path}`).split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") parts.pop();
    else parts.push(part);
  }
  return `/${parts.join("/")}`;
}
