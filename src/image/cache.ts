/**
 * What was read of images, by digest, so that a digest is read once however many tags carry it. A digest never changes,
 * so nothing here is ever stale; each kind is bounded by weight and forgets what was not asked for the longest.
 */
import { err, ok, type Result } from "../core/result.ts";
import { failureOfAbort } from "../core/abort.ts";
import type { Failure } from "../core/errors.ts";
import type { ConfigFile } from "./config-file.ts";
import type { LayerIndex } from "./layer/layer-index.ts";
import type { ImageIndex, Manifest } from "./manifest.ts";

/** How much is kept. */
export interface CacheLimits {
  /** Manifests and configs, each. */
  readonly documents: number;
  /** Entries of layers, all layers together; one costs about 150 bytes. */
  readonly layerEntries: number;
  /** Layers that are read at a time: each may hold much in memory until it is done. */
  readonly layersAtOnce: number;
}

const defaultLimits: CacheLimits = { documents: 20_000, layerEntries: 200_000, layersAtOnce: 4 };

/** Does a part of reading a layer when it is its turn: only so many are at it at a time. */
export type InTurn = (work: () => Promise<Result<LayerIndex, Failure>>) => Promise<Result<LayerIndex, Failure>>;

/** The caches of a run; give one object to every view that should share. */
export class ImageCache {
  readonly manifests: DigestCache<Manifest | ImageIndex>;
  readonly configs: DigestCache<ConfigFile>;
  /** `undefined`: nothing of layers is kept. */
  readonly #layers: DigestCache<LayerIndex> | undefined;
  readonly #slots: Slots;

  constructor(limits: Partial<CacheLimits> = {}) {
    const { documents, layerEntries, layersAtOnce } = { ...defaultLimits, ...limits };
    this.manifests = new DigestCache(documents);
    this.configs = new DigestCache(documents);
    this.#layers = layerEntries === 0 ? undefined : new DigestCache(layerEntries, ({ weight }) => weight);
    this.#slots = new Slots(layersAtOnce);
  }

  /**
   * A layer, read where it is not kept, or kept without a content that is wanted now.
   * @param contents paths (`etc/passwd`) whose content is wanted
   * @param read does in turn what may hold much in memory
   * @param signal of who asks; `read` is to obey it too
   */
  async layer(
    digest: string,
    contents: ReadonlySet<string>,
    read: (inTurn: InTurn) => Promise<Result<LayerIndex, Failure>>,
    signal?: AbortSignal,
  ): Promise<Result<LayerIndex, Failure>> {
    if (this.#layers === undefined) return await read((work) => work());
    const reading = (): Promise<Result<LayerIndex, Failure>> =>
      read((work) =>
        this.#slots.run(async () => (signal?.aborted === true ? err(failureOfAbort(signal)) : await work())),
      );
    const there = await this.#layers.get(digest, reading);
    if (!there.ok || !lacks(there.value, contents)) return there;
    // It was read for another image, which asked for other contents.
    const again = await reading();
    if (again.ok) this.#layers.put(digest, again.value);
    return again;
  }

  /** One that keeps nothing of layers, for sources whose layers somebody else keeps. */
  withoutLayers(): ImageCache {
    return new ImageCache({ documents: 1, layerEntries: 0 });
  }
}

const lacks = ({ entries }: LayerIndex, contents: ReadonlySet<string>): boolean =>
  [...contents].some((path) => {
    const entry = entries.get(path);
    return entry?.kind === "file" && entry.content === undefined;
  });

/** So many at a time. */
class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}

interface Kept<T> {
  readonly value: T;
  readonly weight: number;
}

/**
 * One kind of fact. Several who ask for the same digest at once wait for one reading; a failure is not kept, and is that
 * of who read: another repository may have what one lacks, and another image has a name and a time of its own.
 */
export class DigestCache<T> {
  readonly #most: number;
  readonly #weigh: (value: T) => number;
  /** Oldest use first: a Map keeps the order of insertion. */
  readonly #kept = new Map<string, Kept<T>>();
  readonly #reading = new Map<string, Promise<Result<T, Failure>>>();
  #weight = 0;

  /**
   * @param most Sum of the weights that is kept.
   * @param weigh 1 for each without it.
   */
  constructor(most: number, weigh: (value: T) => number = () => 1) {
    this.#most = most;
    this.#weigh = weigh;
  }

  /** The value of a digest, read where it is not known yet. */
  async get(digest: string, read: () => Promise<Result<T, Failure>>): Promise<Result<T, Failure>> {
    for (;;) {
      const there = this.peek(digest);
      if (there !== undefined) return ok(there);
      const underWay = this.#reading.get(digest);
      if (underWay === undefined) break;
      const others = await underWay;
      if (others.ok) return others;
    }
    const reading = read().finally(() => this.#reading.delete(digest));
    this.#reading.set(digest, reading);
    const result = await reading;
    if (result.ok) this.put(digest, result.value);
    return result;
  }

  /** The value of a digest if it is kept. */
  peek(digest: string): T | undefined {
    const there = this.#kept.get(digest);
    if (there === undefined) return undefined;
    this.#kept.delete(digest);
    this.#kept.set(digest, there);
    return there.value;
  }

  /** Keeps a value, in place of an earlier one. */
  put(digest: string, value: T): void {
    this.#drop(digest);
    const weight = Math.max(1, this.#weigh(value));
    this.#kept.set(digest, { value, weight });
    this.#weight += weight;
    for (const oldest of this.#kept.keys()) {
      // The newest stays even when it is too heavy by itself: who asked for it uses it now.
      if (this.#weight <= this.#most || oldest === digest) break;
      this.#drop(oldest);
    }
  }

  #drop(digest: string): void {
    const there = this.#kept.get(digest);
    if (there === undefined) return;
    this.#kept.delete(digest);
    this.#weight -= there.weight;
  }
}
