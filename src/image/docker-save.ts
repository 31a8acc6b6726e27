/**
 * One image of a layout or an archive as a tar stream in the form of `docker save`, which every engine takes in. It names
 * no image, so that no name in the engine goes to it, and it is streamed: nothing is unpacked.
 */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Failure } from "../core/errors.ts";
import type { Reply } from "../core/ports.ts";
import { err, ok } from "../core/result.ts";
import { tarEnd, tarHeader, tarPadding, type TarEntry } from "./tar.ts";
import { ImageCache } from "./cache.ts";
import { BrokenArchive } from "./layer/broken-archive.ts";
import { inflated } from "./layer/decompress.ts";
import { cleanPath } from "./layer/index-builder.ts";
import { tarEvents } from "./layer/tar-events.ts";
import { readManifest, type Manifest } from "./manifest.ts";
import { imageReferenceText, type ImageReference } from "./reference.ts";
import { openArchive } from "./sources/archive.ts";
import { chooseItems, readItems, savedPlatforms, type ArchiveItem } from "./sources/docker-archive.ts";
import { openFolder } from "./sources/folder.ts";
import { archiveFiles, blobName, openLayout, type LayoutFiles } from "./sources/layout.ts";
import { verified } from "./sources/verified.ts";
import { invalidImage, isPlatform, manifestFailure, type OpenOptions } from "./view.ts";

/** A reference to an image in a file or folder. */
export type StoredReference = Extract<ImageReference, { readonly path: string }>;

export interface DockerSave {
  /** To be read once. */
  readonly archive: AsyncIterable<Uint8Array>;
  /** Of the image's manifest; `null` where there is none. */
  readonly digest: string | null;
  /** What was found to be broken while it was read; whoever read it knows only that it broke off. */
  readonly fault: () => Failure | undefined;
}

const mostDocument = 4 * 1024 * 1024;
/** What names images in an archive; one of our own takes its place. */
const indexFiles = new Set(["manifest.json", "repositories", "index.json", "oci-layout"]);

/** Finds the image that a reference names and gets it ready to be streamed. */
export async function openDockerSave(reference: StoredReference, options: OpenOptions): Reply<DockerSave> {
  const target = imageReferenceText(reference);
  if (reference.transport === "oci") {
    const folder = await openFolder(reference.path, target);
    if (!folder.ok) return folder;
    const chosen = await manifestOf(folder.value, reference, target, options);
    if (!chosen.ok) return chosen;
    return ok(streamed(target, chosen.value.digest, folderStream(reference.path, chosen.value.manifest)));
  }
  const archive = await openArchive(reference.path, target);
  if (!archive.ok) return archive;
  if (reference.transport === "oci-archive") {
    const chosen = await manifestOf(archiveFiles(archive.value), reference, target, options);
    if (!chosen.ok) return chosen;
    const { digest, manifest } = chosen.value;
    return ok(streamed(target, digest, archiveStream(reference.path, itemOf(manifest))));
  }
  const items = await readItems(archive.value, target);
  if (!items.ok) return items;
  const left = chooseItems(items.value, reference, target);
  if (!left.ok) return left;
  const [item] = left.value;
  if (item === undefined || left.value.length > 1)
    return err(
      several(
        "archive",
        left.value.map(({ names: [name] }, at) => name ?? `@${at}`),
        target,
      ),
    );
  const wanted = options.platform ?? ownPlatform();
  const platformsOf = await savedPlatforms(archive.value, target, new ImageCache());
  const saved = platformsOf(item).find(
    ({ image: { platform } }) => platform !== undefined && isPlatform(platform, wanted),
  );
  return saved === undefined
    ? ok(streamed(target, null, archiveStream(reference.path, item)))
    : ok(streamed(target, saved.image.digest, archiveStream(reference.path, itemOf(saved.manifest))));
}

function several(what: "archive" | "layout", names: readonly string[], target: string): Failure {
  return {
    code: "IMAGE_NOT_FOUND",
    reference: target,
    message: `the ${what} holds ${names.length} images: ${names.slice(0, 10).join(", ")}`,
    hint: `name one of them: ${target}:${names[0] ?? "@0"}`,
  };
}

/** The manifest of the image that is meant: of several platforms, the one that is asked for or this machine's. */
async function manifestOf(
  files: LayoutFiles,
  reference: StoredReference,
  target: string,
  options: OpenOptions,
): Reply<{ readonly digest: string; readonly manifest: Manifest }> {
  const view = await openLayout(files, target, reference, options, new ImageCache());
  if (!view.ok) return view;
  const { images } = view.value;
  const names = [...new Set(images.flatMap(({ name }) => (name === undefined ? [] : [name])))];
  if (names.length > 1) return err(several("layout", names, target));
  const image = images.find(({ platform }) => platform?.startsWith(ownPlatform()) === true) ?? images[0];
  const digest = image?.digest;
  if (digest === undefined || digest === null) return err(invalidImage(target, "it holds no image"));
  // Read again, as a view keeps what it needs and no more.
  const bytes = await files.small(blobName(digest), mostDocument);
  if (!bytes.ok) return bytes;
  const manifest = readManifest(bytes.value ?? new Uint8Array(), "");
  if (!manifest.ok) return err(manifestFailure(target, manifest.error));
  return manifest.value.kind === "manifest"
    ? ok({ digest, manifest: manifest.value })
    : err(invalidImage(target, `${digest} is an index where its index says an image is`));
}

const ownPlatform = (): string => `linux/${process.arch === "x64" ? "amd64" : process.arch}`;

const itemOf = ({ config, layers }: Manifest): ArchiveItem => ({
  config: blobName(config.digest),
  names: [],
  layers: layers.map(({ digest }) => blobName(digest)),
});

/** Keeps what was wrong with a stream beside what its reader makes of it. */
function streamed(target: string, digest: string | null, parts: AsyncIterable<Uint8Array>): DockerSave {
  let fault: Failure | undefined;
  const archive = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* parts;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      fault = invalidImage(target, error instanceof BrokenArchive ? message : `it cannot be read (${message})`);
      throw error;
    }
  };
  return { archive: archive(), digest, fault: () => fault };
}

function* manifestJson({ config, layers }: ArchiveItem): Generator<Uint8Array> {
  const text = JSON.stringify([{ Config: config, RepoTags: null, Layers: layers }]);
  const content = new TextEncoder().encode(text);
  yield tarHeader({ path: "manifest.json", type: "file", mode: 0o644, size: content.length });
  yield content;
  yield tarPadding(content.length);
}

/** A layout's blobs, each checked as it goes by. */
async function* folderStream(folder: string, manifest: Manifest): AsyncGenerator<Uint8Array> {
  yield* manifestJson(itemOf(manifest));
  const blobs = new Map([manifest.config, ...manifest.layers].map((blob) => [blob.digest, blob]));
  for (const blob of blobs.values()) {
    const path = join(folder, blobName(blob.digest));
    const state = await stat(path).catch(() => undefined);
    if (state?.isFile() !== true) throw new BrokenArchive(`blob ${blob.digest} is missing`);
    yield tarHeader({ path: blobName(blob.digest), type: "file", mode: 0o644, size: blob.size });
    yield* verified(createReadStream(path), blob);
    yield tarPadding(blob.size);
  }
  yield tarEnd();
}

/** An archive as it is, with one image named in place of all that it names. The engine checks contents as it unpacks. */
async function* archiveStream(path: string, item: ArchiveItem): AsyncGenerator<Uint8Array> {
  yield* manifestJson(item);
  const { size } = await stat(path);
  let left: number | undefined;
  for await (const event of tarEvents(inflated(createReadStream(path), size))) {
    if (event.kind === "entry") {
      const entry = entryOf(event.entry);
      left = entry?.size;
      if (entry !== undefined) yield tarHeader(entry);
    } else if (left !== undefined) {
      if (event.kind === "part") yield event.part;
      else yield tarPadding(left);
    }
  }
  yield tarEnd();
}

type ScannedEntry = Extract<
  Awaited<ReturnType<ReturnType<typeof tarEvents>["next"]>>["value"],
  { readonly kind: "entry" }
>["entry"];

/** What is passed on of an archive: files, folders and the links between them. */
function entryOf({ path: written, kind, mode, size, link }: ScannedEntry): TarEntry | undefined {
  const path = cleanPath(written);
  if (path === "" || kind === "other" || indexFiles.has(path)) return undefined;
  return {
    path,
    type: kind,
    mode: mode & 0o777,
    size: kind === "file" ? size : 0,
    ...(kind === "symlink" || kind === "hardlink" ? { linkTarget: link } : {}),
  };
}
