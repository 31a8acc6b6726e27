/**
 * What was read of images, by digest, so that a digest is read once however many tags carry it. A digest never changes,
 * so nothing here is ever stale; each kind is bounded by weight and forgets what was not asked for the longest.
 */
import { ok, type Result } from "../core/result.ts";
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
}

const defaultLimits: CacheLimits = { documents: 20_000, layerEntries: 200_000 };

/** The caches of a run; give one object to every view that should share. */
export class ImageCache {
  readonly manifests: DigestCache<Manifest | ImageIndex>;
  readonly configs: DigestCache<ConfigFile>;
  readonly layers: DigestCache<LayerIndex>;

  constructor(limits: Partial<CacheLimits> = {}) {
    const { documents, layerEntries } = { ...defaultLimits, ...limits };
    this.manifests = new DigestCache(documents);
    this.configs = new DigestCache(documents);
    this.layers = new DigestCache(layerEntries, ({ weight }) => weight);
  }
}

interface Kept<T> {
  readonly value: T;
  readonly weight: number;
}

/** One kind of fact. Several who ask for the same digest at once wait for one reading; a failure is not kept. */
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
    const there = this.peek(digest);
    if (there !== undefined) return ok(there);
    const underWay = this.#reading.get(digest);
    if (underWay !== undefined) return underWay;
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
