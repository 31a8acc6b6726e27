import type { Failure } from "./errors.ts";
import type { Result } from "./result.ts";

/** The fields of an OCI image configuration that decide who a container runs as and what it can do. */
export interface ImageConfig {
  /** `config.User` to the letter; `""` when absent. */
  readonly user: string;
  /** `""` when absent (a container then starts in `/`). */
  readonly workingDir: string;
  /** `NAME=value` entries in order. */
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  /** Paths. */
  readonly volumes: readonly string[];
  /** `8080/tcp`, `80`. */
  readonly exposedPorts: readonly string[];
  /** Trigger instructions; only Docker-format images keep them. */
  readonly onBuild: readonly string[];
  /** From Docker-format images; `[]` when absent. */
  readonly shell: readonly string[];
}

/** One image of one engine. `id` is `sha256:…`, `sizeBytes` the sum of its layers as the engine counts them. */
export interface ImageRecord {
  readonly id: string;
  /** Names it is known by, normalised (`docker.io/library/alpine:3.20`). */
  readonly names: readonly string[];
  /** Manifest digests by repository (`docker.io/library/alpine@sha256:…`), where it was pulled or pushed; else `[]`. */
  readonly repoDigests: readonly string[];
  /** `linux/amd64`. */
  readonly platform: string;
  readonly config: ImageConfig;
  readonly sizeBytes: number;
  /** Digests of the layers' content, oldest first. */
  readonly layers?: readonly string[];
  /** Digest of the manifest it was pulled by, where the engine knows one. */
  readonly digest?: string;
}

/** One step of how an image was made. */
export interface HistoryStep {
  /** `/bin/sh -c #(nop)  USER app`, `USER app`; what the builder wrote. */
  readonly createdBy: string;
  /** It made no layer. */
  readonly isEmptyLayer: boolean;
}

export type EngineEvent =
  | { readonly kind: "log"; readonly text: string }
  | { readonly kind: "step"; readonly text: string };

export interface CallOptions {
  readonly signal: AbortSignal;
  readonly onEvent?: (event: EngineEvent) => void;
}

export type Reply<T> = Promise<Result<T, Failure>>;

export interface BuildRequest {
  /** Absolute path of the Containerfile to build; it may lie outside the context. */
  readonly containerfile: string;
  /** Absolute path of the build context folder. */
  readonly context: string;
  readonly tag: string;
  readonly target?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly platform?: string;
  readonly inputs?: BuildInputs;
}

/** What a build is given beside its context, each as the builders' command lines take it. */
export interface BuildInputs {
  /** `--build-context`: a folder, an address or an image with its scheme, by name. */
  readonly contexts?: Readonly<Record<string, string>>;
  /** `--secret`: `id=npmrc,src=FILE` */
  readonly secrets?: readonly string[];
  /** `--ssh`: `default`, `ID=SOCKET` */
  readonly ssh?: readonly string[];
}

/**
 * Folders (absolute paths inside) that are empty and writable, as a Pod's `emptyDir` volumes are, in memory.
 * runc gives such a mount the mode of the image's folder behind it, so that it has to be the user's own.
 */
export interface EmptyDirs {
  readonly paths: readonly string[];
  /** Who the container runs as. */
  readonly uid: number;
}

export interface RunRequest {
  readonly image: string;
  /** Overrides the entrypoint: `argv[0]` is it, the rest its arguments. Without it the image's own command is started. */
  readonly argv?: readonly string[];
  /** `engine`: with the engine's default capabilities, as the image is run today. `restricted` without it. */
  readonly privileges?: "restricted" | "engine";
  /** As `runAsUser` would: overrides `config.User`. */
  readonly user?: string;
  readonly readOnly?: boolean;
  readonly emptyDirs?: EmptyDirs;
  readonly env?: Readonly<Record<string, string>>;
  readonly workingDir?: string;
  /**
   * Files put into the container before it starts (absolute path inside → content, mode 0755 root:root). Their folders
   * are hidden behind them, so they must be folders that the image does not have.
   */
  readonly files?: ReadonlyMap<string, Uint8Array>;
  /** Killed and reported as TIMEOUT after this many milliseconds. */
  readonly timeoutMs?: number;
  /** Stopped (SIGTERM, then SIGKILL) after this many milliseconds, which is no failure: see `RunResult.stopped`. */
  readonly stopAfterMs?: number;
}

export interface RunResult {
  /** 128 and the signal's number for a process that a signal ended. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** It still ran when `stopAfterMs` was over. */
  readonly stopped?: true;
}

/** Absolute paths of files in an image that are asked for. */
export interface WantedFiles {
  /** They are read. */
  readonly contents: readonly string[];
  /** Only whether there is such a file matters. */
  readonly present?: readonly string[];
}

/** A regular file of an image that was never run. */
export interface ImageFile {
  readonly path: string;
  /** May be empty where only the file's presence was asked for. */
  readonly content: Uint8Array;
}

/**
 * What image-fix asks of a container engine. Every method answers with a value; nothing is thrown for what the engine
 * says no to. `run` uses the restricted profile unless told otherwise: no capabilities, no-new-privileges, default
 * seccomp, and never a network.
 */
export interface Engine {
  readonly name: "podman" | "docker" | "fake";
  /** `podman 4.3.1`, `Docker 20.10.24`. */
  readonly describe: string;
  /** How it builds: `buildah`, `BuildKit`, `classic builder`; `""` while that was not needed. */
  readonly builder: string;
  /** Names (normalised) and ids of all local images, with their ids. One call however many bases are asked for. */
  listImages(options: CallOptions): Reply<ReadonlyMap<string, string>>;
  /**
   * What an image is. Of one that holds several platforms, `platform` is the one that is meant where it is there: also by
   * whatever is asked for by the record's id from then on.
   */
  inspect(reference: string, options: CallOptions & { readonly platform?: string }): Reply<ImageRecord>;
  pull(reference: string, options: CallOptions & { platform?: string }): Reply<ImageRecord>;
  /** Takes in an image that comes as a tar stream in the form of `docker save`. */
  load(archive: AsyncIterable<Uint8Array>, options: CallOptions): Reply<ImageRecord>;
  build(request: BuildRequest, options: CallOptions): Reply<ImageRecord>;
  run(request: RunRequest, options: CallOptions): Reply<RunResult>;
  /** Reads files out of an image without running it; links are followed inside the image; absent files are left out. */
  readFiles(image: string, wanted: WantedFiles, options: CallOptions): Reply<ReadonlyMap<string, ImageFile>>;
  /** How an image was made, oldest step first; `[]` where the engine does not know. */
  history(reference: string, options: CallOptions): Reply<readonly HistoryStep[]>;
  /**
   * The image as an archive in the form of `docker save`, as it is written. The stream throws a `Refusal` where the engine
   * fails, and ends the export when it is left early.
   */
  exportImage(reference: string, options: CallOptions): AsyncIterable<Uint8Array>;
  tag(image: string, tag: string, options: CallOptions): Reply<void>;
  /** Removes an image by name or id; absent is fine. */
  removeImage(reference: string, options: CallOptions): Reply<void>;
  /**
   * Removes whatever this process created and has not removed yet (containers, images, build leftovers), although the run
   * may have been aborted. An error where the engine does not answer: what may be left, and how it is removed.
   */
  cleanUp(): Reply<void>;
}
