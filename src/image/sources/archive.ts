/**
 * Archives: tar files, plain or compressed, and streams that an engine exports. A plain file is read where it is asked
 * for; anything else is gone through from its beginning, at most once for its documents and once for its layers.
 */
import { createReadStream, type Stats } from "node:fs";
import { open, stat } from "node:fs/promises";
import { Refusal } from "../../core/refusal.ts";
import type { Reply } from "../../core/ports.ts";
import type { Failure } from "../../core/errors.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { BrokenArchive } from "../layer/broken-archive.ts";
import { compressionOf, inflated } from "../layer/decompress.ts";
import { cleanPath } from "../layer/index-builder.ts";
import type { LayerIndex } from "../layer/layer-index.ts";
import { Piped } from "../layer/piped.ts";
import { readLayerStream } from "../layer/read-layer.ts";
import { tarEvents } from "../layer/tar-events.ts";
import { TarScanner, type TarEntry } from "../layer/tar-scanner.ts";
import { invalidImage, noImages } from "../view.ts";

/** An archive of an image. */
export interface Archive {
  /** `archive image.tar`; for people. */
  readonly describe: string;
  /** Whether it has a file or link of that name. */
  has(name: string): boolean;
  /** A file in memory, links followed; `undefined` when there is none. */
  small(name: string, most: number): Reply<Uint8Array | undefined>;
  /** A layer of it, checked against the digest of its content where one is given. */
  layer(name: string, contents: ReadonlySet<string>, check: LayerCheck): Reply<LayerIndex | undefined>;
}

/** How a layer is checked: the blob's digest and size, or that of its inflated content. */
export interface LayerCheck {
  readonly digest: string;
  readonly size?: number;
  readonly diffId?: string;
  /** Wraps the blob's bytes, to verify them. */
  readonly verify?: (stream: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;
}

/** An archive of images has a few files for each layer. */
const mostFiles = 20_000;
/** Documents that are kept of an archive that can only be read from its beginning. */
const mostDocument = 4 * 1024 * 1024;
const mostDocuments = 64 * 1024 * 1024;
const mostHops = 10;

interface Place {
  readonly kind: TarEntry["kind"];
  readonly offset: number;
  readonly size: number;
  readonly link: string;
}

/** Opens an archive file. */
export async function openArchive(path: string, target: string): Reply<Archive> {
  const state = await stat(path).catch(() => undefined);
  if (state === undefined || !state.isFile())
    return err({ code: "UNREADABLE", file: path, ...notArchive(state, path) });
  try {
    const head = await readAt(path, 0, 4);
    const describe = `archive ${path}`;
    if (compressionOf(head) === "none") return ok(new PlainArchive(path, describe, target, await findFiles(path)));
    const source = (): AsyncIterable<Uint8Array> => inflated(createReadStream(path), state.size);
    return ok(await StreamedArchive.open(source, describe, target));
  } catch (error) {
    return error instanceof BrokenArchive ? err(noImages(target, error.message)) : refused(error, target, path);
  }
}

/** What stands where an archive should. */
function notArchive(state: Stats | undefined, path: string): { readonly message: string; readonly hint?: string } {
  if (state === undefined) return { message: "there is no such file" };
  if (state.isDirectory())
    return { message: "it is a folder, not an archive", hint: `a layout that is a folder is read with oci:${path}` };
  return state.isFIFO()
    ? { message: "it is a pipe, and an archive is read more than once", hint: "write it to a file first" }
    : { message: "it is no regular file" };
}

/**
 * Opens an archive that an engine exports, and reads all of it.
 * @param contents wanted contents of its layers
 */
export async function openExport(
  source: () => AsyncIterable<Uint8Array>,
  describe: string,
  target: string,
  contents: ReadonlySet<string>,
): Reply<Archive> {
  try {
    return ok(await StreamedArchive.open(source, describe, target, contents));
  } catch (error) {
    return refused(error, target, describe);
  }
}

function refused(error: unknown, target: string, path: string): Result<never, Failure> {
  if (error instanceof Refusal) return err(error.failure);
  if (error instanceof BrokenArchive) return err(invalidImage(target, error.message));
  if (error instanceof Error && "code" in error)
    return err({ code: "UNREADABLE", file: path, message: `it cannot be read (${String(error.code)})` });
  throw error;
}

async function readAt(path: string, offset: number, size: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const buffer = Buffer.alloc(size);
    const { bytesRead } = await file.read(buffer, 0, size, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Finds the files of a plain archive, passing over their contents. */
async function findFiles(path: string): Promise<ReadonlyMap<string, Place>> {
  const places = new Map<string, Place>();
  const scanner: TarScanner = new TarScanner((entry) => {
    if (places.size > mostFiles) throw new BrokenArchive(`the archive has more than ${mostFiles} files`);
    places.set(cleanPath(entry.path), { ...entry, offset: scanner.position });
    return undefined;
  });
  const file = await open(path);
  try {
    const buffer = Buffer.alloc(64 * 1024);
    for (let offset = 0; !scanner.isOver;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
      if (bytesRead === 0) break;
      scanner.write(buffer.subarray(0, bytesRead));
      offset += bytesRead;
      const { size } = await file.stat();
      const skipped = scanner.skip();
      if (offset + skipped > size + 512) throw new BrokenArchive("the archive ends in the middle of a file");
      offset += skipped;
    }
    scanner.end();
  } finally {
    await file.close();
  }
  return places;
}

/** Follows links from name to name inside an archive. */
function resolve<T extends { readonly kind: TarEntry["kind"]; readonly link: string }>(
  places: ReadonlyMap<string, T>,
  name: string,
): { readonly name: string; readonly place: T } | undefined {
  let at = name;
  for (let hops = 0; hops < mostHops; hops++) {
    const place = places.get(at);
    if (place === undefined) return undefined;
    if (place.kind === "file") return { name: at, place };
    if (place.kind === "hardlink") at = cleanPath(place.link);
    else if (place.kind === "symlink")
      at = cleanPath(`${at.includes("/") ? at.slice(0, at.lastIndexOf("/") + 1) : ""}${place.link}`);
    else return undefined;
  }
  return undefined;
}

class PlainArchive implements Archive {
  readonly describe: string;
  readonly #path: string;
  readonly #target: string;
  readonly #places: ReadonlyMap<string, Place>;

  constructor(path: string, describe: string, target: string, places: ReadonlyMap<string, Place>) {
    this.#path = path;
    this.describe = describe;
    this.#target = target;
    this.#places = places;
  }

  has(name: string): boolean {
    return this.#places.has(name);
  }

  async small(name: string, most: number): Reply<Uint8Array | undefined> {
    try {
      const found = resolve(this.#places, name);
      if (found === undefined) return ok(undefined);
      const { offset, size } = found.place;
      if (size > most) return err(invalidImage(this.#target, `${name} has ${size} bytes; at most ${most} are read`));
      return ok(await readAt(this.#path, offset, size));
    } catch (error) {
      return refused(error, this.#target, this.#path);
    }
  }

  async layer(name: string, contents: ReadonlySet<string>, check: LayerCheck): Reply<LayerIndex | undefined> {
    try {
      const found = resolve(this.#places, name);
      if (found === undefined) return ok(undefined);
      const { offset, size } = found.place;
      const stream =
        size === 0 ? emptyStream() : createReadStream(this.#path, { start: offset, end: offset + size - 1 });
      const { diffId, verify } = check;
      return await readLayerStream(
        verify?.(stream) ?? stream,
        { digest: check.digest, size },
        contents,
        this.#target,
        diffId,
      );
    } catch (error) {
      return refused(error, this.#target, this.#path);
    }
  }
}

async function* emptyStream(): AsyncGenerator<Uint8Array> {
  // A file without content has none to give.
}

interface ScannedLayer {
  /** Digest of the inflated content. */
  readonly diffId: string;
  /** Digest and size of the file as it is. */
  readonly blob: { readonly digest: string; readonly size: number };
  readonly read: Awaited<Reply<LayerIndex>>;
}

interface Scan {
  readonly places: ReadonlyMap<string, Omit<Place, "offset">>;
  readonly documents: ReadonlyMap<string, Uint8Array>;
  readonly layers: ReadonlyMap<string, ScannedLayer>;
}

class StreamedArchive implements Archive {
  readonly describe: string;
  readonly #source: () => AsyncIterable<Uint8Array>;
  readonly #target: string;
  #scan: Scan;
  #layers: Promise<Scan> | undefined;
  readonly #contents: Set<string>;

  private constructor(
    source: () => AsyncIterable<Uint8Array>,
    describe: string,
    target: string,
    scan: Scan,
    contents: ReadonlySet<string> | undefined,
  ) {
    this.#source = source;
    this.describe = describe;
    this.#target = target;
    this.#scan = scan;
    this.#contents = new Set(contents);
    if (contents !== undefined) this.#layers = Promise.resolve(scan);
  }

  static async open(
    source: () => AsyncIterable<Uint8Array>,
    describe: string,
    target: string,
    contents?: ReadonlySet<string>,
  ): Promise<StreamedArchive> {
    return new StreamedArchive(source, describe, target, await scanArchive(source(), target, contents), contents);
  }

  has(name: string): boolean {
    return this.#scan.places.has(name);
  }

  async small(name: string, most: number): Reply<Uint8Array | undefined> {
    const found = resolve(this.#scan.places, name);
    if (found === undefined) return ok(undefined);
    const document = this.#scan.documents.get(found.name);
    return document === undefined || document.length > most
      ? err(
          invalidImage(
            this.#target,
            `${name} has ${found.place.size} bytes; at most ${Math.min(most, mostDocument)} are read`,
          ),
        )
      : ok(document);
  }

  async layer(name: string, contents: ReadonlySet<string>, check: LayerCheck): Reply<LayerIndex | undefined> {
    try {
      // All layers at once: each is gone by when the one behind it is read.
      if (this.#layers === undefined || [...contents].some((path) => !this.#contents.has(path))) {
        for (const path of contents) this.#contents.add(path);
        this.#layers = scanArchive(this.#source(), this.#target, this.#contents);
      }
      const scan = await this.#layers;
      const found = resolve(scan.places, name);
      const scanned = found === undefined ? undefined : scan.layers.get(found.name);
      if (scanned === undefined) return ok(undefined);
      if (!scanned.read.ok) return scanned.read;
      const fault = this.#fault(scanned, check);
      return fault === undefined ? scanned.read : err(fault);
    } catch (error) {
      return refused(error, this.#target, this.describe);
    }
  }

  #fault({ diffId, blob }: ScannedLayer, check: LayerCheck) {
    const isRight = check.diffId === undefined ? check.digest === blob.digest : check.diffId === diffId;
    if (isRight) return undefined;
    const came = check.diffId === undefined ? blob.digest : diffId;
    return invalidImage(this.#target, `layer ${check.digest} is not what its digest says: ${came} came`);
  }
}

/**
 * Goes through an archive once.
 * @param contents wanted contents of layers; without them layers are passed over
 */
async function scanArchive(
  stream: AsyncIterable<Uint8Array>,
  target: string,
  contents: ReadonlySet<string> | undefined,
): Promise<Scan> {
  const { createHash } = await import("node:crypto");
  const places = new Map<string, Omit<Place, "offset">>();
  const documents = new Map<string, Uint8Array>();
  const layers = new Map<string, ScannedLayer>();
  let documentBytes = 0;
  let name = "";
  let parts: Uint8Array[] | undefined;
  let pipe: { readonly piped: Piped; readonly done: Promise<ScannedLayer> } | undefined;
  const readLayer = async (piped: Piped, size: number): Promise<ScannedLayer> => {
    const blob = createHash("sha256");
    const content = createHash("sha256");
    const hashed = async function* (source: AsyncIterable<Uint8Array>, hash: typeof blob): AsyncGenerator<Uint8Array> {
      for await (const part of source) {
        hash.update(part);
        yield part;
      }
    };
    // Inflated here, so that its digest can be taken; what comes out is plain for the reader.
    const plain = hashed(inflated(hashed(piped, blob), size), content);
    const read = await readLayerStream(plain, { digest: name }, contents ?? new Set(), target);
    piped.leave();
    return {
      diffId: `sha256:${content.digest("hex")}`,
      blob: { digest: `sha256:${blob.digest("hex")}`, size },
      read,
    };
  };
  for await (const event of tarEvents(stream)) {
    if (event.kind === "entry") {
      const { entry } = event;
      if (places.size > mostFiles) throw new BrokenArchive(`the archive has more than ${mostFiles} files`);
      name = cleanPath(entry.path);
      places.set(name, entry);
      if (entry.kind !== "file") continue;
      if (mayBeDocument(name, entry.size) && documentBytes + entry.size <= mostDocuments) {
        documentBytes += entry.size;
        parts = [];
      }
      if (contents !== undefined && mayBeLayer(name)) {
        const piped = new Piped();
        pipe = { piped, done: readLayer(piped, entry.size) };
      }
    } else if (event.kind === "part") {
      parts?.push(Buffer.from(event.part));
      await pipe?.piped.write(event.part);
    } else {
      if (parts !== undefined) documents.set(name, Buffer.concat(parts));
      parts = undefined;
      if (pipe !== undefined) {
        pipe.piped.end();
        layers.set(name, await pipe.done);
        pipe = undefined;
      }
    }
  }
  return { places, documents, layers };
}

/** A document has any name (go-containerregistry's is `sha256:…`) but a layer's; in a layout all are blobs, and it is short. */
const mayBeDocument = (name: string, size: number): boolean => size <= mostDocument && !layerName.test(name);

const layerName = /\.tar(?:\.(?:gz|zst))?$/;
const mayBeLayer = (name: string): boolean => name.startsWith("blobs/") || layerName.test(name);
