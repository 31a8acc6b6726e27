/** Opens references of every kind; holds what they share: one client a registry, the engines, the cache. */
import type { Reply } from "../../core/ports.ts";
import { RegistryClient, type RegistryOptions } from "../../registry/client.ts";
import { ImageCache } from "../cache.ts";
import type { ImageReference } from "../reference.ts";
import { imageReferenceText } from "../reference.ts";
import type { ImageView, OpenOptions } from "../view.ts";
import { openFromStore } from "./content-store.ts";
import { registryStore } from "./registry.ts";

/** What sources need. */
export interface SourcesOptions {
  readonly signal: AbortSignal;
  /** How registries are spoken to. */
  readonly registry?: Omit<RegistryOptions, "signal">;
  /** Shared with whoever else reads images in this run. */
  readonly cache?: ImageCache;
}

/** The sources of a run. */
export class ImageSources {
  readonly cache: ImageCache;
  readonly #options: SourcesOptions;
  readonly #clients = new Map<string, RegistryClient>();

  constructor(options: SourcesOptions) {
    this.#options = options;
    this.cache = options.cache ?? new ImageCache();
  }

  /** The client of a registry, the same one for every image of it. @param host as names write it */
  registry(host: string): RegistryClient {
    let client = this.#clients.get(host);
    if (client === undefined) {
      client = new RegistryClient(host, { ...this.#options.registry, signal: this.#options.signal });
      this.#clients.set(host, client);
    }
    return client;
  }

  /**
   * Opens an image: one request to a registry. What it is made of is read by the view.
   * @param target as the user named it; for messages
   */
  async open(
    reference: ImageReference,
    options: OpenOptions = {},
    target = imageReferenceText(reference),
  ): Reply<ImageView> {
    switch (reference.transport) {
      case "any":
      case "docker": {
        const { host, repository, tag, digest } = reference.name;
        const store = registryStore(this.registry(host), repository, target);
        return await openFromStore(store, target, digest ?? tag ?? "latest", options, this.cache);
      }
      case "docker-daemon":
      case "containers-storage":
      case "oci":
      case "oci-archive":
      case "docker-archive":
        throw new Error("not yet");
    }
  }

  /** Closes connections. */
  close(): void {
    for (const client of this.#clients.values()) client.close();
  }
}
