/** Opens references of every kind; holds what they share: one client a registry, the engines, the cache. */
import type { Failure } from "../../core/errors.ts";
import type { Engine, Reply } from "../../core/ports.ts";
import { err } from "../../core/result.ts";
import { RegistryClient } from "../../registry/client.ts";
import type { RegistryOptions } from "../../registry/requester.ts";
import { ImageCache } from "../cache.ts";
import {
  imageNameText,
  imageReferenceText,
  isImageReference,
  type ImageName,
  type ImageReference,
} from "../reference.ts";
import type { ImageView, OpenOptions } from "../view.ts";
import { openFromStore } from "./content-store.ts";
import { registryStore } from "./registry.ts";

/** What sources need. */
export interface SourcesOptions {
  readonly signal: AbortSignal;
  /** How registries are spoken to. */
  readonly registry?: Omit<RegistryOptions, "signal">;
  /** Gives an engine; without it none is asked. `auto` for names without a transport. */
  readonly engine?: (kind: "auto" | "podman" | "docker") => Reply<Engine>;
  /** Shared with whoever else reads images in this run. */
  readonly cache?: ImageCache;
}

/** A registry's failure, where the engine that should have been asked first failed as well. */
function withoutEngine(remote: Failure, engine: Failure): Failure {
  const isFailure = engine.code === "ENGINE_UNAVAILABLE" && engine.engine !== "none";
  if (!isFailure || !("message" in remote) || remote.code === "ENGINE_UNAVAILABLE") return remote;
  // No registry is called localhost: it is the engine that has to be mended.
  const hint = remote.code === "REGISTRY_FAILED" && remote.registry === "localhost" ? engine.hint : undefined;
  return {
    ...remote,
    message: `${remote.message}; and not in a local engine: ${engine.message}`,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** A registry's failure, where the engine has the image otherwise than it is wanted. */
const besides = (remote: Failure, local: Failure | undefined): Failure =>
  local !== undefined && "message" in local && "message" in remote
    ? { ...remote, message: `${remote.message}; and ${local.message}` }
    : remote;

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

  /** Milliseconds that registries have told us to wait, all told: what took longer for that was not slow by itself. */
  pausedMs(): number {
    return [...this.#clients.values()].reduce((sum, client) => sum + client.pausedMs, 0);
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
      case "docker":
        return await this.#openRemote(reference.name, options, target);
      case "any":
        return await this.#openAnywhere(reference.name, options, target);
      case "docker-daemon":
      case "containers-storage": {
        const engine = await this.#engine(reference.transport === "docker-daemon" ? "docker" : "podman");
        return engine.ok ? await this.#openLocal(engine.value, reference.name, options, target) : engine;
      }
      case "oci": {
        const { openFolder } = await import("./folder.ts");
        const { openLayout } = await import("./layout.ts");
        const folder = await openFolder(reference.path, target);
        if (!folder.ok) return folder;
        return await openLayout(folder.value, target, reference, options, this.cache);
      }
      case "oci-archive": {
        const { openArchive } = await import("./archive.ts");
        const { archiveFiles, openLayout } = await import("./layout.ts");
        const archive = await openArchive(reference.path, target);
        if (!archive.ok) return archive;
        return await openLayout(archiveFiles(archive.value), target, reference, options, this.cache);
      }
      case "docker-archive": {
        const { openArchive } = await import("./archive.ts");
        const { openDockerArchive } = await import("./docker-archive.ts");
        const archive = await openArchive(reference.path, target);
        if (!archive.ok) return archive;
        return await openDockerArchive(archive.value, target, reference, options, this.cache);
      }
    }
  }

  async #openRemote(
    { host, repository, tag, digest }: ImageName,
    options: OpenOptions,
    target: string,
  ): Reply<ImageView> {
    const store = registryStore(this.registry(host), repository, target);
    return await openFromStore(store, target, digest ?? tag ?? "latest", options, this.cache);
  }

  /** The local engine first, as `podman run` and `docker run` do; then the registry. */
  async #openAnywhere(name: ImageName, options: OpenOptions, target: string): Reply<ImageView> {
    const engine = await this.#engine("auto");
    let otherwise: Failure | undefined;
    if (engine.ok) {
      // As the user wrote it: engines complete short names in ways of their own (podman finds localhost/app for app).
      const local = await this.#openLocal(
        engine.value,
        isImageReference(target) ? target : imageNameText(name),
        options,
        target,
      );
      // One for another platform than the wanted one is as good as none.
      if (local.ok || (local.error.code !== "IMAGE_NOT_FOUND" && local.error.code !== "NO_IMAGE")) return local;
      if (local.error.code === "NO_IMAGE") otherwise = local.error;
    } else if (engine.error.code === "INTERRUPTED") return engine;
    const remote = await this.#openRemote(name, options, target);
    if (remote.ok) return remote;
    return err(engine.ok ? besides(remote.error, otherwise) : withoutEngine(remote.error, engine.error));
  }

  async #openLocal(engine: Engine, name: string, options: OpenOptions, target: string): Reply<ImageView> {
    const { openEngineImage } = await import("./engine.ts");
    return await openEngineImage(engine, name, target, { ...options, signal: this.#options.signal }, this.cache);
  }

  #engine(kind: "auto" | "podman" | "docker"): Reply<Engine> {
    const { engine } = this.#options;
    return engine === undefined
      ? Promise.resolve(
          err({
            code: "ENGINE_UNAVAILABLE",
            engine: kind,
            message: "no engine may be asked",
            hint: "name an image of a registry with docker://",
          }),
        )
      : engine(kind);
  }

  /** Closes connections. */
  close(): void {
    for (const client of this.#clients.values()) client.close();
  }
}
