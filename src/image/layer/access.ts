/** What a user may do with a file, as the kernel decides it for a process without capabilities. */
import type { FoundFile } from "./image-files.ts";
import type { LayerEntry } from "./layer-index.ts";

/** Who asks. */
export interface Subject {
  readonly uid: number;
  readonly gid: number;
  /** Further groups. */
  readonly groups: readonly number[];
}

const bits = { read: 4, write: 2, execute: 1 } as const;

/** Whether the mode gives a right: the owner's bits for the owner, else the group's for a member, else everybody's. */
export function mayDo(entry: LayerEntry, subject: Subject, right: keyof typeof bits): boolean {
  const shift = entry.uid === subject.uid ? 6 : entry.gid === subject.gid || subject.groups.includes(entry.gid) ? 3 : 0;
  return ((entry.mode >> shift) & bits[right]) !== 0;
}

/** The first folder on the way to a file that the user cannot pass; `undefined` when the way is free. */
export const closedFolder = (found: FoundFile, subject: Subject): string | undefined =>
  found.folders.filter(({ place }) => place !== found.place).find(({ entry }) => !mayDo(entry, subject, "execute"))
    ?.place;
