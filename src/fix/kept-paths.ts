/** What a search for files to hand over must leave alone: owners that the author chose, setuid and capabilities. */
import type { RunInstruction } from "../containerfile/model.ts";
import type { Effects } from "../facts/effects.ts";
import { isWithin, resolvePath } from "../facts/paths.ts";
import { isGlob } from "../rules/layers.ts";
import type { Kept, Owner } from "./handover-text.ts";

const isRoot = (user: string): boolean => user === "root" || /^\+?0+$/.test(user);
/** A user that can stand in a command as it is; a name may come to be later than the command. */
const isPlain = (user: string): boolean => /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(user);

/**
 * What of what the file names to leave alone below some folders, up to and including an instruction.
 * `undefined`: the author gave one of the folders itself to root, so that nothing in it is handed over.
 */
export function keptBelow(
  folders: readonly string[],
  effects: Effects,
  owner: Owner,
  upTo: RunInstruction | undefined,
): Omit<Kept, "setuid"> | undefined {
  const users = new Set<string>();
  const paths = new Set<string>();
  const counts = (index: number): boolean => upTo === undefined || index <= upTo.index;
  const below = (path: string): boolean => folders.some((folder) => isWithin(folder, path));
  let isRootFolder = false;
  const chosen = (user: string, path: string, isTree: boolean): void => {
    if (!below(path) || user === String(owner.uid)) return;
    if (!isRoot(user)) {
      if (isPlain(user)) users.add(user);
      return;
    }
    if (folders.includes(path)) isRootFolder ||= isTree;
    else {
      paths.add(path);
      if (isTree) paths.add(`${path}/*`);
    }
  };
  for (const { chown, destination, at } of effects.copies) {
    if (chown === undefined || destination === undefined || !counts(at.instruction.index)) continue;
    chosen(chown.split(":")[0] ?? "", resolvePath("/", destination), true);
  }
  for (const { tool, owner: given, paths: targets, recursive, at } of effects.owners) {
    if (tool !== "chown" || given === undefined || !counts(at.instruction.index)) continue;
    const user = given.split(":")[0] ?? "";
    for (const { path } of targets) {
      if (path !== undefined) chosen(user, path, recursive);
      // It may be below the folders.
      else if (!isRoot(user)) chosen(user, folders[0] ?? "/", false);
    }
  }
  const modes = effects.modes.filter((mode) => mode.privileged);
  for (const change of [...effects.capabilities, ...modes]) {
    if (!counts(change.at.instruction.index)) continue;
    for (const one of change.paths) {
      if (one.path === undefined || !below(one.path) || folders.includes(one.path)) continue;
      if (!isGlob(one)) paths.add(one.path);
      // Those that have the setuid bit are found by it (`hidden-setuid.ts`).
      else if ("capabilities" in change) paths.add(`${one.path}/*`);
    }
  }
  const earlier = effects.copies.some(
    ({ destination, at }) =>
      destination !== undefined &&
      counts(at.instruction.index) &&
      folders.some((folder) => {
        const path = resolvePath("/", destination);
        return isWithin(folder, path) || isWithin(path, folder);
      }),
  );
  return isRootFolder ? undefined : { users: [...users], paths: [...paths], earlier };
}
