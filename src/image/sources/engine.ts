/** Images of a local engine, through its port: the configuration by inspection, layers by an export where a fact needs them. */
import type { CallOptions, Engine, ImageRecord, Reply } from "../../core/ports.ts";
import { err, ok } from "../../core/result.ts";
import type { ImageCache } from "../cache.ts";
import type { LayerIndex } from "../layer/layer-index.ts";
import {
  invalidImage,
  isPlatform,
  noImage,
  type ImageLayer,
  type ImageView,
  type OpenImage,
  type OpenOptions,
  type PlatformImage,
} from "../view.ts";
import { openExport, type Archive } from "./archive.ts";
import { openDockerArchive } from "./docker-archive.ts";

/** Opens an image that an engine has. */
export async function openEngineImage(
  engine: Engine,
  reference: string,
  target: string,
  options: OpenOptions & CallOptions,
  cache: ImageCache,
): Reply<ImageView> {
  const record = await engine.inspect(reference, options);
  if (!record.ok) return record;
  const { platform } = options;
  if (platform !== undefined && !isPlatform(record.value.platform, platform))
    return err(noImage(target, `${engine.name} has it for ${record.value.platform}, not for ${platform}`));
  const digest = record.value.digest ?? null;
  return ok({
    target,
    source: engine.describe,
    digest,
    images: [
      {
        platform: record.value.platform,
        digest,
        open: () => new EngineImage(engine, record.value, target, options, cache).open(),
      },
    ],
    skipped: 0,
  });
}

/**
 * Its layers come by an export, also where single files would do: modes, owners, setuid bits and file capabilities decide
 * beside the accounts, and must be the same from every source. 200 MB take one or two seconds.
 */
class EngineImage {
  readonly #engine: Engine;
  readonly #record: ImageRecord;
  readonly #target: string;
  readonly #options: CallOptions;
  readonly #cache: ImageCache;
  #export: Promise<Awaited<Reply<OpenImage>>> | undefined;
  readonly #contents = new Set<string>();

  constructor(engine: Engine, record: ImageRecord, target: string, options: CallOptions, cache: ImageCache) {
    this.#engine = engine;
    this.#record = record;
    this.#target = target;
    this.#options = options;
    this.#cache = cache;
  }

  async open(): Reply<OpenImage> {
    const { id, config, platform, layers = [], digest = null } = this.#record;
    const history = await this.#engine.history(id, this.#options);
    return ok({
      digest,
      platform,
      config: { config, platform, history: history.ok ? history.value : [], diffIds: layers },
      layers: layers.map((diffId, at) => this.#layer(diffId, at)),
    });
  }

  #layer(diffId: string, at: number): ImageLayer {
    return {
      digest: diffId,
      size: undefined,
      read: (contents = new Set<string>(), signal) =>
        this.#cache.layer(diffId, contents, (inTurn) => inTurn(() => this.#readLayer(at, contents, signal)), signal),
    };
  }

  async #readLayer(at: number, contents: ReadonlySet<string>, signal: AbortSignal | undefined): Reply<LayerIndex> {
    const exported = await this.#exported(contents, signal);
    if (!exported.ok) return exported;
    const { layers } = exported.value;
    const layer = layers[at];
    return layer === undefined
      ? err(invalidImage(this.#target, `${this.#engine.name} exports ${layers.length} layers and not ${at + 1}`))
      : await layer.read(contents);
  }

  /** One export gives all layers; a further one only for contents that nobody asked for before. */
  #exported(contents: ReadonlySet<string>, signal: AbortSignal | undefined): Promise<Awaited<Reply<OpenImage>>> {
    if (this.#export === undefined || [...contents].some((path) => !this.#contents.has(path))) {
      for (const path of contents) this.#contents.add(path);
      this.#export = this.#exportNow(signal);
    }
    return this.#export;
  }

  async #exportNow(signal: AbortSignal | undefined): Reply<OpenImage> {
    const options =
      signal === undefined
        ? this.#options
        : { ...this.#options, signal: AbortSignal.any([this.#options.signal, signal]) };
    const source = (): AsyncIterable<Uint8Array> => this.#engine.exportImage(this.#record.id, options);
    const archive: Awaited<Reply<Archive>> = await openExport(
      source,
      this.#engine.name,
      this.#target,
      new Set(this.#contents),
    );
    if (!archive.ok) return archive;
    // Its layers are kept by this image; a cache of their own would wait for itself.
    const view = await openDockerArchive(archive.value, this.#target, { index: 0 }, {}, this.#cache.withoutLayers());
    if (!view.ok) return view;
    const { images } = view.value;
    const isOwn = ({ platform }: PlatformImage): boolean =>
      platform !== undefined && isPlatform(platform, this.#record.platform);
    const image = images.find(isOwn) ?? images[0];
    return image === undefined ? err(invalidImage(this.#target, "the engine exports no image")) : await image.open();
  }
}
