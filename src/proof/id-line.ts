import { byGid, byUid, type Accounts } from "../image/accounts.ts";

export interface IdLine {
  readonly uid: number;
  readonly gid: number;
  /** Of the user, where one is printed. */
  readonly name: string | undefined;
}

/**
 * Reads the line that `id` prints: `uid=65532(nonroot) gid=65532(nonroot) groups=65532(nonroot)`.
 * A name is text of the image: it is cut at the first bracket, and no number is read out of it.
 */
export function readIdLine(line: string): IdLine | undefined {
  const found = /^uid=([0-9]{1,10})(?:\(([^)]*)\))? gid=([0-9]{1,10})/.exec(line);
  if (found?.[1] === undefined || found[3] === undefined) return undefined;
  return { uid: Number(found[1]), gid: Number(found[3]), name: found[2] };
}

/**
 * The line that `id` would print, for images without it: numbers from the kernel, names from the image's own passwd
 * and group, and none where there is no line.
 * @param groups all groups of the process, the gid first.
 */
export function composeIdLine(uid: number, gid: number, groups: readonly number[], accounts: Accounts): string {
  const group = (id: number): string => named(id, byGid(accounts, id)?.name);
  return `uid=${named(uid, byUid(accounts, uid)?.name)} gid=${group(gid)} groups=${groups.map(group).join(",")}`;
}

const named = (id: number, name: string | undefined): string => (name === undefined ? String(id) : `${id}(${name})`);
