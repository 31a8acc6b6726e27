/** What one layer says: its entries, what it hides of the layers below, and the contents that were asked for. */

/** A file, folder or link as the layer has it. Entries that are alike are one object. */
export interface LayerEntry {
  readonly kind: "file" | "directory" | "symlink" | "other";
  /** Permission bits with setuid, setgid and sticky: `0o4755`. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Of symbolic links. */
  readonly target?: string;
  /** `security.capability`, as the kernel keeps it. */
  readonly capabilities?: Uint8Array;
  /** Of files that were asked for; the beginning of one that is too long. */
  readonly content?: Uint8Array;
  /** The content goes on. */
  readonly isCut?: true;
  /** A hard link: the path of the file that it is, which may lie in a layer below. */
  readonly sameAs?: string;
  /** A folder that the layer does not list but has something in: its owner and mode are those of the layer below. */
  readonly isImplied?: true;
}

/** Paths are without a leading slash and without links on their way (`etc/passwd`); the root is `""`. */
export interface LayerIndex {
  readonly entries: ReadonlyMap<string, LayerEntry>;
  /** Removed from the layers below. */
  readonly whiteouts: ReadonlySet<string>;
  /** Folders of which nothing below is seen. */
  readonly opaque: ReadonlySet<string>;
  /** Files with setuid, setgid or capabilities, in the layer's order. */
  readonly privileged: readonly string[];
  /** Executable files that begin with `#!`. */
  readonly scripts: ReadonlySet<string>;
  /** What it costs to keep, in entries. */
  readonly weight: number;
}

/** Of a wanted file that much is kept. */
export const contentLimit = 1024 * 1024;
