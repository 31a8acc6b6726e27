/**
 * The files of an image: its layers seen from above, read from the newest down and only as far as an answer needs. What a
 * layer hides stays hidden, and links never lead out of the image.
 */
import type { Failure } from "../../core/errors.ts";
import type { Reply } from "../../core/ports.ts";
import { Refusal } from "../../core/refusal.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { ImageLayer } from "../view.ts";
import type { LayerEntry, LayerIndex } from "./layer-index.ts";

/** A place that a path led to. */
export interface FoundFile {
  /** Absolute, without links: `/usr/bin/dash`. */
  readonly place: string;
  readonly entry: LayerEntry;
  /** Every folder on the way, the root first, those that links led through too. */
  readonly folders: readonly { readonly place: string; readonly entry: LayerEntry }[];
}

/** As Linux: more links than this are a loop. */
const mostLinks = 40;

/** Whatever a layer says of it: the root of a container is made by the runtime. */
const root: LayerEntry = { kind: "directory", mode: 0o755, uid: 0, gid: 0, isImplied: true };

/** Answers questions about one image's files. Methods reject only with what is our own mistake. */
export class ImageFiles {
  /** Newest first. */
  readonly #layers: readonly ImageLayer[];
  readonly #contents: Set<string>;
  readonly #read: LayerIndex[] = [];

  /**
   * @param layers oldest first
   * @param contents paths (`/entrypoint.sh`) that are likely to be asked for, so that a layer is read but once
   */
  constructor(layers: readonly ImageLayer[], contents: readonly string[] = []) {
    this.#layers = layers.toReversed();
    this.#contents = new Set(contents.map(relative));
  }

  /** Layers that were read so far. */
  get layersRead(): number {
    return this.#read.length;
  }

  /** What is at a path, links followed; `undefined` when there is nothing. */
  async find(path: string): Reply<FoundFile | undefined> {
    try {
      return ok(await this.#find(path));
    } catch (error) {
      return refused(error);
    }
  }

  /** The content of a regular file; `undefined` when there is none at that path. */
  async content(path: string): Reply<{ readonly bytes: Uint8Array; readonly isCut: boolean } | undefined> {
    try {
      // What folders are on the way is enough; whose they are could lie in a layer further down.
      const found = await this.#find(path, "kinds");
      if (found === undefined || found.entry.kind !== "file") return ok(undefined);
      return ok(await this.#content(found.place));
    } catch (error) {
      return refused(error);
    }
  }

  /** Whether a place that was found is an executable script; its layer was read to find it. */
  isScript({ place, entry }: FoundFile): boolean {
    const path = relative(place);
    return this.#read.some(({ entries, scripts }) => entries.get(path) === entry && scripts.has(path));
  }

  /**
   * Files with setuid, setgid or capabilities that are seen from above, by path.
   * @param all reads every layer; else only those that were read for something else count
   */
  async privileged(all: boolean): Reply<readonly { readonly path: string; readonly entry: LayerEntry }[]> {
    try {
      const last = all ? this.#layers.length : this.#read.length;
      const found = new Map<string, LayerEntry>();
      for (let depth = 0; depth < last; depth++) {
        const index = await this.#layer(depth);
        for (const path of index.privileged) {
          if (found.has(path)) continue;
          const top = await this.#look(path, { last: depth });
          const own = index.entries.get(path);
          if (own !== undefined && top === own) found.set(path, own);
        }
      }
      return ok(
        [...found]
          .map(([path, entry]) => ({ path: `/${path}`, entry }))
          .toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)),
      );
    } catch (error) {
      return refused(error);
    }
  }

  async #find(path: string, want: "modes" | "kinds" = "modes"): Promise<FoundFile | undefined> {
    const rest = path.split("/").toReversed();
    const place: string[] = [];
    const look = (at: string): Promise<LayerEntry | undefined> => this.#look(at, { want });
    let entry = root;
    const folders = [{ place: "/", entry }];
    let links = 0;
    for (let part = rest.pop(); part !== undefined; part = rest.pop()) {
      if (part === "" || part === ".") continue;
      if (entry.kind !== "directory") return undefined;
      if (part === "..") {
        place.pop();
        entry = place.length === 0 ? root : ((await look(place.join("/"))) ?? root);
        continue;
      }
      place.push(part);
      const here = place.join("/");
      const found = await look(here);
      if (found === undefined) return undefined;
      if (found.kind === "symlink") {
        if (++links > mostLinks) return undefined;
        place.pop();
        const target = found.target ?? "";
        if (target.startsWith("/")) {
          place.length = 0;
          entry = root;
        }
        rest.push(...target.split("/").toReversed());
        continue;
      }
      entry = found;
      if (entry.kind === "directory") folders.push({ place: `/${here}`, entry });
    }
    return { place: `/${place.join("/")}`, entry, folders };
  }

  /** What the layers say of a place, from the top; `undefined` when it is not there, or hidden. */
  async #look(
    path: string,
    { last = this.#layers.length - 1, want = "modes" }: { readonly last?: number; readonly want?: "modes" | "kinds" },
  ): Promise<LayerEntry | undefined> {
    let implied: LayerEntry | undefined;
    for (let depth = 0; depth <= last; depth++) {
      const index = await this.#layer(depth);
      const entry = index.entries.get(path);
      if (entry !== undefined && entry.isImplied !== true)
        return implied !== undefined && entry.kind !== "directory" ? implied : entry;
      if (entry !== undefined && want === "kinds") return entry;
      implied ??= entry;
      if (hides(index, path)) return implied;
    }
    return implied;
  }

  async #content(place: string): Promise<{ readonly bytes: Uint8Array; readonly isCut: boolean } | undefined> {
    const path = relative(place);
    for (let depth = 0; depth < this.#layers.length; depth++) {
      const entry = (await this.#layer(depth)).entries.get(path);
      if (entry === undefined || entry.kind !== "file") continue;
      const { content, isCut = false } = entry;
      if (content !== undefined) return { bytes: content, isCut };
      // Not among what was asked for: the layer is read once more. Of a hard link the file it is has the content.
      const source = entry.sameAs ?? path;
      this.#contents.add(source);
      const again = (await this.#layer(depth, new Set([source]))).entries.get(source);
      if (again?.content !== undefined) return { bytes: again.content, isCut: again.isCut ?? false };
      return entry.sameAs === undefined ? undefined : await this.#content(entry.sameAs);
    }
    return undefined;
  }

  async #layer(depth: number, contents?: ReadonlySet<string>): Promise<LayerIndex> {
    const there = this.#read[depth];
    if (there !== undefined && contents === undefined) return there;
    const layer = this.#layers[depth];
    if (layer === undefined) throw new Error("there is no such layer");
    const read = await layer.read(contents ?? this.#contents);
    if (!read.ok) throw new Refusal(read.error);
    this.#read[depth] = read.value;
    return read.value;
  }
}

/** Whether a layer hides a place of the layers below: it, or a folder above it, is removed, opaque or no folder any more. */
function hides({ entries, whiteouts, opaque }: LayerIndex, path: string): boolean {
  if (path === "") return false;
  if (whiteouts.has(path)) return true;
  for (let end = path.lastIndexOf("/"); ; end = path.lastIndexOf("/", end - 1)) {
    const folder = end === -1 ? "" : path.slice(0, end);
    if (opaque.has(folder)) return true;
    if (folder === "") return false;
    if (whiteouts.has(folder)) return true;
    const entry = entries.get(folder);
    if (entry !== undefined && entry.kind !== "directory") return true;
  }
}

const relative = (path: string): string => path.replace(/^\/+/, "");

function refused(error: unknown): Result<never, Failure> {
  if (error instanceof Refusal) return err(error.failure);
  throw error;
}
