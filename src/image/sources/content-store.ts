/** Sources that hold manifests and blobs by digest: a registry, a layout, an archive of one. */
import type { Reply } from "../../core/ports.ts";
import { err, ok } from "../../core/result.ts";
import { parseJson } from "../../core/json.ts";
import type { ImageCache, InTurn } from "../cache.ts";
import { readConfigFile, type ConfigFile } from "../config-file.ts";
import type { LayerIndex } from "../layer/layer-index.ts";
import {
  isIndexType,
  readManifest,
  type Descriptor,
  type ImageIndex,
  type IndexEntry,
  type Manifest,
} from "../manifest.ts";
import {
  imagesFor,
  invalidImage,
  manifestFailure,
  noImage,
  type ImageLayer,
  type ImageView,
  type OpenImage,
  type OpenOptions,
  type PlatformImage,
} from "../view.ts";

/** What a store gives. Everything it gives was checked against its digest. */
export interface ContentStore {
  /** For people. */
  readonly describe: string;
  /** @param reference a tag, a name or a digest, as the store has it */
  manifest(
    reference: string,
  ): Reply<{ readonly digest: string; readonly mediaType: string; readonly bytes: Uint8Array }>;
  /** A blob in memory. */
  small(descriptor: Descriptor): Reply<Uint8Array>;
  /**
   * A layer, read to its end.
   * @param inTurn does what may hold much in memory
   * @param signal ends it where nothing else would
   */
  layer(descriptor: Descriptor, contents: ReadonlySet<string>, inTurn: InTurn, signal?: AbortSignal): Reply<LayerIndex>;
}

/** Nobody nests indexes deeper; a circle ends here. */
const deepestIndex = 3;

const noContents: ReadonlySet<string> = new Set();

/** Opens what a store has under a reference. */
export async function openFromStore(
  store: ContentStore,
  target: string,
  reference: string,
  options: OpenOptions,
  cache: ImageCache,
): Reply<ImageView> {
  return await new StoreReader(store, target, options, cache).open(reference);
}

class StoreReader {
  readonly #store: ContentStore;
  readonly #target: string;
  readonly #options: OpenOptions;
  readonly #cache: ImageCache;

  constructor(store: ContentStore, target: string, options: OpenOptions, cache: ImageCache) {
    this.#store = store;
    this.#target = target;
    this.#options = options;
    this.#cache = cache;
  }

  async open(reference: string): Reply<ImageView> {
    const reply = await this.#store.manifest(reference);
    if (!reply.ok) return reply;
    const { digest, mediaType, bytes } = reply.value;
    const top = this.#parse(digest, mediaType, bytes);
    if (!top.ok) return top;
    if (top.value.kind === "manifest") return await this.#view([this.#image(undefined, digest, top.value)], digest, 0);
    const found = await this.#entries(top.value, 1, new Set([digest]));
    if (!found.ok) return found;
    const { entries, skipped } = found.value;
    if (entries.length === 0)
      return err(
        noImage(
          this.#target,
          `its index names no image${skipped === 0 ? "" : `, only ${skipped} other artifact${skipped === 1 ? "" : "s"}`}`,
        ),
      );
    return await this.#view(
      entries.map((entry) => this.#image(entry, entry.digest)),
      digest,
      skipped,
    );
  }

  async #view(images: readonly PlatformImage[], digest: string, skipped: number): Reply<ImageView> {
    const { platform } = this.#options;
    const wanted = platform === undefined ? ok(images) : await imagesFor(images, platform, this.#target);
    if (!wanted.ok) return wanted;
    return ok({ target: this.#target, source: this.#store.describe, digest, images: wanted.value, skipped });
  }

  /** The images of an index and of the indexes it names. */
  async #entries(
    index: ImageIndex,
    depth: number,
    seen: Set<string>,
  ): Reply<{ readonly entries: readonly IndexEntry[]; readonly skipped: number }> {
    const entries: IndexEntry[] = [];
    let { skipped } = index;
    for (const entry of index.manifests) {
      if (!isIndexType(entry.mediaType)) {
        // The same image under two platforms is one image for each.
        entries.push(entry);
        continue;
      }
      if (depth >= deepestIndex)
        return err(invalidImage(this.#target, `its index holds indexes more than ${deepestIndex} deep`));
      if (seen.has(entry.digest)) return err(invalidImage(this.#target, "its index names an index twice"));
      seen.add(entry.digest);
      const child = await this.#manifest(entry.digest);
      if (!child.ok) return child;
      if (child.value.kind === "manifest")
        return err(invalidImage(this.#target, `${entry.digest} is an image where its index says an index is`));
      const below = await this.#entries(child.value, depth + 1, seen);
      if (!below.ok) return below;
      entries.push(...below.value.entries);
      skipped += below.value.skipped;
    }
    return ok({ entries, skipped });
  }

  async #manifest(digest: string): Reply<Manifest | ImageIndex> {
    return await this.#cache.manifests.get(digest, async () => {
      const reply = await this.#store.manifest(digest);
      return reply.ok ? this.#parse(digest, reply.value.mediaType, reply.value.bytes) : reply;
    });
  }

  #parse(digest: string, mediaType: string, bytes: Uint8Array) {
    const there = this.#cache.manifests.peek(digest);
    if (there !== undefined) return ok(there);
    const read = readManifest(bytes, mediaType);
    if (!read.ok) return err(manifestFailure(this.#target, read.error));
    this.#cache.manifests.put(digest, read.value);
    return read;
  }

  #image(entry: IndexEntry | undefined, digest: string, known?: Manifest): PlatformImage {
    return {
      platform: entry?.platform,
      digest,
      open: async (): Reply<OpenImage> => {
        const manifest = known === undefined ? await this.#manifest(digest) : ok(known);
        if (!manifest.ok) return manifest;
        if (manifest.value.kind === "index")
          return err(invalidImage(this.#target, `${digest} is an index where its index says an image is`));
        const config = await this.#config(manifest.value.config);
        if (!config.ok) return config;
        return ok({
          digest,
          platform: platformOf(config.value, entry),
          config: config.value,
          layers: manifest.value.layers.map((layer) => this.#layer(layer)),
        });
      },
    };
  }

  async #config(descriptor: Descriptor): Reply<ConfigFile> {
    return await this.#cache.configs.get(descriptor.digest, async () => {
      const blob = await this.#store.small(descriptor);
      if (!blob.ok) return blob;
      const config = readConfigFile(parseJson(Buffer.from(blob.value).toString("utf8")));
      return config === undefined
        ? err(invalidImage(this.#target, `its configuration ${descriptor.digest} is none of an image`))
        : ok(config);
    });
  }

  #layer(descriptor: Descriptor): ImageLayer {
    const { digest, size, mediaType } = descriptor;
    // What ocicrypt writes; without the key it is noise.
    if (mediaType.endsWith("+encrypted"))
      return {
        digest,
        size,
        read: () => Promise.resolve(err(invalidImage(this.#target, `layer ${digest} is encrypted`))),
      };
    return {
      digest,
      size,
      read: (contents = noContents, signal) =>
        this.#cache.layer(
          digest,
          contents,
          (inTurn) => this.#store.layer(descriptor, contents, inTurn, signal),
          signal,
        ),
    };
  }
}

/** An index knows variants that configurations leave out; else the configuration decides. */
const platformOf = (config: ConfigFile, entry: IndexEntry | undefined): string =>
  entry?.platform?.startsWith(`${config.platform}/`) === true ? entry.platform : config.platform;
