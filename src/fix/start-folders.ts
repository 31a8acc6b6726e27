/** Folders that the start of the original makes or gives away as root, and that nobody would after the fix. */
import { isWithin } from "../facts/paths.ts";
import { indexPaths, upwards } from "../rules/path-index.ts";
import { startFolders, type StartFolder } from "../rules/start-folders.ts";
import type { PlanInput, WritableFolder } from "./model.ts";

/** One of them, with the script that does it. */
export interface FolderOfStart extends WritableFolder {
  readonly why: "start";
  readonly by: string;
}

/** More than a start makes that somebody wrote, and few enough for a line of a file. */
const mostFolders = 50;

/** @param given folders that the account is given anyway: below them it can make its own. */
export function foldersOfStart(input: PlanInput, given: readonly WritableFolder[]): readonly FolderOfStart[] {
  const found = startFolders(input);
  const [foundBy, givenBy] = [indexPaths(found, (one) => one.path), indexPaths(given, (one) => one.path)];
  const isNobodys = ({ path, madeBy }: StartFolder): boolean => {
    if (madeBy === "all" && [...foundBy.around(path)].length > 1) return false;
    const around = [...givenBy.around(path)];
    // What is made in a VOLUME is lost, or what is mounted there hides it.
    const isLeft = madeBy === "root" && around.every((one) => one.path !== path && one.why !== "volume");
    return around.length === 0 || isLeft;
  };
  const made = new Map<string, FolderOfStart>();
  for (const { path, by } of found.filter(isNobodys).slice(0, mostFolders)) {
    const [nearest] = givenBy.around(path);
    for (const one of nearest === undefined ? [path] : between(nearest.path, path))
      if (!made.has(one)) made.set(one, { path: one, by, why: "start" });
  }
  return [...made.values()];
}

/** The folders below one, down to another: what is made on the way is the account's like what it is made in. */
const between = (folder: string, path: string): readonly string[] =>
  [...upwards(path)].filter((one) => one !== folder && isWithin(folder, one)).toReversed();
