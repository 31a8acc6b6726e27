/** Builds the index of a layer from its entries, in their order: the last one of a name counts. */
import { BrokenArchive } from "./broken-archive.ts";
import { contentLimit, type LayerEntry, type LayerIndex } from "./layer-index.ts";
import type { ContentSink, TarEntry } from "./tar-scanner.ts";

/** More entries than this, or longer names together, has no layer. */
const mostEntries = 1_000_000;
const mostNames = 128 * 1024 * 1024;
/** As Linux: more links than this are a loop. */
const mostLinks = 40;

/** Contents that every image is asked for. */
const accountFiles: readonly string[] = ["etc/passwd", "etc/group"];

const impliedFolder: LayerEntry = { kind: "directory", mode: 0o755, uid: 0, gid: 0, isImplied: true };

/** Feed it the entries of a layer. */
export class LayerIndexBuilder {
  readonly #entries = new Map<string, LayerEntry>();
  readonly #whiteouts = new Set<string>();
  readonly #opaque = new Set<string>();
  readonly #privileged = new Set<string>();
  readonly #scripts = new Set<string>();
  readonly #contents: ReadonlySet<string>;
  /** Entries that are alike share one object: a layer has thousands of the same mode and owner. */
  readonly #alike = new Map<string, LayerEntry>();
  #count = 0;
  #names = 0;
  #contentBytes = 0;
  /** The folder of the entry before, as written and as found: most come in the order of their folders. */
  #folder = { written: "", found: "" };

  /** @param contents paths whose content is kept beside the account files */
  constructor(contents: ReadonlySet<string>) {
    this.#contents = new Set([...accountFiles, ...contents]);
  }

  /** Takes an entry; gives a sink when its content is wanted. */
  add(entry: TarEntry): ContentSink | undefined {
    const written = cleanPath(entry.path);
    this.#names += written.length;
    if (++this.#count > mostEntries) throw new BrokenArchive(`it has more than ${mostEntries} entries`);
    if (this.#names > mostNames) throw new BrokenArchive(`its names are longer than ${mostNames} bytes together`);
    if (written === "") {
      if (entry.kind === "directory") this.#entries.set("", this.#share(entry, "directory"));
      return undefined;
    }
    const slash = written.lastIndexOf("/");
    const name = written.slice(slash + 1);
    const folder = this.#folderOf(slash === -1 ? "" : written.slice(0, slash));
    if (name.startsWith(".wh.")) {
      this.#whiteout(folder, name);
      return undefined;
    }
    const path = folder === "" ? name : `${folder}/${name}`;
    return this.#set(path, entry);
  }

  /** The index. */
  finish(): LayerIndex {
    return {
      entries: this.#entries,
      whiteouts: this.#whiteouts,
      opaque: this.#opaque,
      privileged: [...this.#privileged],
      scripts: this.#scripts,
      weight: this.#entries.size + this.#whiteouts.size + Math.ceil(this.#contentBytes / 150),
    };
  }

  #set(path: string, entry: TarEntry): ContentSink | undefined {
    if (this.#privileged.size > 0) this.#privileged.delete(path);
    if (this.#scripts.size > 0) this.#scripts.delete(path);
    if (entry.kind !== "directory") this.#folder = { written: "", found: "" };
    switch (entry.kind) {
      case "symlink":
        this.#entries.set(path, { kind: "symlink", mode: 0o777, uid: entry.uid, gid: entry.gid, target: entry.link });
        return undefined;
      case "hardlink": {
        const target = this.#linkTarget(entry.link);
        const there = this.#entries.get(target);
        const found: LayerEntry = {
          ...(there ?? { kind: "file", mode: 0o644, uid: 0, gid: 0 }),
          sameAs: there?.sameAs ?? target,
        };
        this.#entries.set(path, found);
        if (this.#privileged.has(target)) this.#privileged.add(path);
        if (this.#scripts.has(target)) this.#scripts.add(path);
        return undefined;
      }
      case "directory":
      case "other":
        this.#entries.set(path, this.#share(entry, entry.kind));
        return undefined;
      case "file":
        return this.#file(path, entry);
    }
  }

  #file(path: string, entry: TarEntry): ContentSink | undefined {
    const { mode, uid, gid, capabilities } = entry;
    // Without a bit to run it, setuid and setgid do nothing.
    if (capabilities !== undefined || ((mode & 0o6000) !== 0 && (mode & 0o111) !== 0)) this.#privileged.add(path);
    const plain: LayerEntry =
      capabilities === undefined ? this.#share(entry, "file") : { kind: "file", mode, uid, gid, capabilities };
    this.#entries.set(path, plain);
    if (!this.#contents.has(path)) return (mode & 0o111) === 0 || entry.size < 4 ? undefined : this.#scriptSink(path);
    const parts: Buffer[] = [];
    let size = 0;
    return (part) => {
      if (part !== undefined) {
        const kept = part.subarray(0, contentLimit - size);
        size += kept.length;
        // The chunk is used again by whoever feeds us.
        if (kept.length > 0) parts.push(Buffer.from(kept));
        return;
      }
      this.#contentBytes += size;
      const content = Buffer.concat(parts, size);
      if (isScript(content)) this.#scripts.add(path);
      this.#entries.set(path, {
        content,
        ...plain,
        ...(entry.size > contentLimit ? { isCut: true as const } : {}),
      });
    };
  }

  /** Looks at the first bytes alone. */
  #scriptSink(path: string): ContentSink {
    let isFirst = true;
    return (part) => {
      if (part !== undefined && isFirst && isScript(part)) this.#scripts.add(path);
      isFirst = false;
    };
  }

  #share({ mode, uid, gid }: TarEntry, kind: LayerEntry["kind"]): LayerEntry {
    const key = `${kind} ${mode} ${uid} ${gid}`;
    let shared = this.#alike.get(key);
    if (shared === undefined) {
      shared = { kind, mode, uid, gid };
      // A layer in which every file has an owner of its own gains nothing from sharing.
      if (this.#alike.size < 10_000) this.#alike.set(key, shared);
    }
    return shared;
  }

  #whiteout(folder: string, name: string): void {
    if (name === ".wh..wh..opq") this.#opaque.add(folder);
    // Others that begin like this are notes of an old file system.
    else if (!name.startsWith(".wh..wh.")) {
      const hidden = name.slice(".wh.".length);
      if (hidden !== "" && hidden !== "." && hidden !== "..")
        this.#whiteouts.add(folder === "" ? hidden : `${folder}/${hidden}`);
    }
  }

  /** Where a folder of an archive is when it is unpacked: through the links that this layer made before. */
  #folderOf(written: string): string {
    if (written === this.#folder.written) return this.#folder.found;
    const found = this.#walk(written);
    this.#folder = { written, found };
    return found;
  }

  #walk(written: string): string {
    const rest = written.split("/").toReversed();
    const place: string[] = [];
    let links = 0;
    for (let part = rest.pop(); part !== undefined; part = rest.pop()) {
      if (part === "" || part === ".") continue;
      if (part === "..") {
        place.pop();
        continue;
      }
      place.push(part);
      const path = place.join("/");
      const entry = this.#entries.get(path);
      if (entry?.kind === "symlink") {
        if (++links > mostLinks) throw new BrokenArchive("its links lead in a circle");
        place.pop();
        const target = entry.target ?? "";
        if (target.startsWith("/")) place.length = 0;
        rest.push(...target.split("/").toReversed());
      } else if (entry?.kind !== "directory") {
        this.#entries.set(path, impliedFolder);
      }
    }
    return place.join("/");
  }

  #linkTarget(link: string): string {
    const written = cleanPath(link);
    const slash = written.lastIndexOf("/");
    return slash === -1
      ? written
      : `${this.#folderOf(written.slice(0, slash))}/${written.slice(slash + 1)}`.replace(/^\//, "");
  }
}

const isScript = (bytes: Uint8Array): boolean => bytes[0] === 0x23 && bytes[1] === 0x21;

/** `./usr//bin/` is `usr/bin`. A name that leads out of the image is refused, as the engines refuse it. */
export function cleanPath(written: string): string {
  if (written.includes("\0")) throw new BrokenArchive("the name of an entry holds a NUL character");
  let path = written.startsWith("./") ? written.slice(2) : written;
  if (path.endsWith("/")) path = path.slice(0, -1);
  if (!/(?:^|\/)(?:\.{1,2})?(?:\/|$)/.test(path)) return path;
  const place: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") place.push(part);
    else if (place.pop() === undefined)
      throw new BrokenArchive(`the entry "${written.slice(0, 100)}" leads out of the image`);
  }
  return place.join("/");
}
