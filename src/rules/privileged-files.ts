/** The files of one stage that have a setuid bit or capabilities, as its instructions are carried out. */
import type { Stage } from "../containerfile/build-model.ts";
import type { CopyInstruction } from "../containerfile/model.ts";
import type { CapabilityChange, ModeChange, OwnerChange } from "../facts/effects.ts";
import { resolvePath } from "../facts/paths.ts";
import { isGlob } from "./layers.ts";
import { matchSource, type Destination, type FileMove, type Source } from "./moved-files.ts";
import { basename } from "../shell/launch.ts";

export interface FilePrivilege {
  readonly kind: "capabilities" | "setuid";
  readonly path: string;
  /** The command that set it. */
  readonly by: CapabilityChange | ModeChange;
  /** The COPY that brought the file from the stage of that command; `undefined` where it stayed in its stage. */
  readonly via: { readonly instruction: CopyInstruction; readonly stage: Stage } | undefined;
  /** A chown behind it that clears it; `undefined` when it ships. */
  readonly lostTo: OwnerChange | undefined;
}

/** How many files are looked at for one Containerfile, taken together: no text costs more than a longer one would. */
export interface LooksLeft {
  files: number;
}

export class PrivilegedFiles {
  readonly #files: Map<string, FilePrivilege>;
  readonly #folders: Set<string>;
  readonly #left: LooksLeft;

  constructor(left: LooksLeft, below?: PrivilegedFiles) {
    this.#left = left;
    this.#files = new Map(below?.all().map((one) => [keyOf(one), one]));
    this.#folders = new Set(below?.folders());
  }

  /** Those that are looked at one by one; none when that was done too often. */
  all(): readonly FilePrivilege[] {
    this.#left.files -= this.#files.size;
    return this.#left.files < 0 ? [] : [...this.#files.values()];
  }

  /** Folders that commands made. */
  folders(): Iterable<string> {
    this.#left.files -= this.#folders.size;
    return this.#left.files < 0 ? [] : this.#folders;
  }

  /** In the end. */
  result(): readonly FilePrivilege[] {
    return [...this.#files.values()];
  }

  put(privilege: FilePrivilege): void {
    const key = keyOf(privilege);
    // Behind what was set before it.
    this.#files.delete(key);
    this.#files.set(key, privilege);
  }

  take(kind: FilePrivilege["kind"], path: string): void {
    this.#files.delete(keyOf({ kind, path }));
  }

  madeFolder(path: string): void {
    this.#folders.add(path);
  }

  chown(change: OwnerChange): void {
    for (const one of change.paths) {
      const { path } = one;
      if (path === undefined) continue;
      const isReached = (file: string): boolean =>
        file === path || (isGlob(one) && file.slice(0, file.lastIndexOf("/")) === path);
      for (const file of this.#at(path, change.recursive || isGlob(one))) {
        if (file.lostTo === undefined && (change.recursive || isReached(file.path)))
          this.#files.set(keyOf(file), { ...file, lostTo: change });
      }
    }
  }

  /** `cp`, `mv` and `rm` within the stage. */
  move(move: FileMove): void {
    if (move.kind === "remove") {
      for (const source of move.from) for (const { file } of this.matching(source)) this.#files.delete(keyOf(file));
      return;
    }
    const moved = move.from.flatMap((source) => this.land(source, this.matching(source), move.to, true));
    for (const { file, path } of moved) {
      if (move.kind === "move") this.#files.delete(keyOf(file));
      if (move.keeps[file.kind]) this.put({ ...file, path });
    }
  }

  /** The files that a source means, each with the path that the source itself matches. */
  matching(source: Source): readonly { readonly file: FilePrivilege; readonly base: string }[] {
    return this.#at(source.path, true, source.isPattern).flatMap((file) => {
      const match = file.lostTo === undefined ? matchSource(source, file.path) : undefined;
      return match === undefined ? [] : [{ file, base: match.base }];
    });
  }

  /**
   * Where files of a source end up. What lies there under their names is not there any more.
   * @param keepsFolder The folder goes along, as `cp -a /out /srv/` has it, and not only what is in it.
   */
  land(
    { path, isContent, isPattern }: Source,
    files: ReturnType<PrivilegedFiles["matching"]>,
    to: Destination,
    keepsFolder: boolean,
  ): readonly { readonly file: FilePrivilege; readonly path: string }[] {
    const isFolder = to.isFolder || this.#folders.has(to.path);
    const goesTo = (base: string): string => (isFolder ? resolvePath(to.path, basename(base)) : to.path);
    if (!isPattern && !isContent) for (const kind of kinds) this.take(kind, goesTo(path));
    return files.map(({ file, base }) => {
      const rest = file.path.slice(base === "/" ? 0 : base.length);
      const root = rest === "" || (keepsFolder && !isContent) ? goesTo(base) : to.path;
      return { file, path: resolvePath("/", root + rest) };
    });
  }

  /** Files at a path, and all that may lie below it. */
  #at(path: string, isBelow: boolean, isPattern = false): readonly FilePrivilege[] {
    if (isBelow || isPattern) {
      const prefix = path === "/" ? "/" : `${path}/`;
      return this.all().filter((file) => isPattern || file.path === path || file.path.startsWith(prefix));
    }
    return kinds.flatMap((kind) => this.#files.get(keyOf({ kind, path })) ?? []);
  }
}

const kinds = ["capabilities", "setuid"] as const;

const keyOf = ({ kind, path }: Pick<FilePrivilege, "kind" | "path">): string => `${kind} ${path}`;
