/**
 * OCI layouts: folders, and archives of them. Both are a set of files by name.
 * @see https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 */
import type { Failure } from "../../core/errors.ts";
import type { Reply } from "../../core/ports.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { ImageCache } from "../cache.ts";
import type { LayerIndex } from "../layer/layer-index.ts";
import {
  isIndexType,
  readManifest,
  type Descriptor,
  type ImageIndex,
  type IndexEntry,
  type Manifest,
} from "../manifest.ts";
import type { ImageView, OpenOptions, PlatformImage } from "../view.ts";
import { invalidImage, noImages } from "../view.ts";
import type { Archive } from "./archive.ts";
import { openFromStore, type ContentStore } from "./content-store.ts";
import { isContentOf, verified } from "./verified.ts";

/** The files of a layout, by their names in it (`index.json`, `blobs/sha256/…`). */
export interface LayoutFiles {
  /** `layout ./image`, `archive image.tar`; for people. */
  readonly describe: string;
  /** A file in memory; `undefined` when there is none. Longer ones than `most` bytes are a failure. */
  small(name: string, most: number): Reply<Uint8Array | undefined>;
  /** A layer, checked against its digest and size; `undefined` when there is none. */
  layer(name: string, descriptor: Descriptor, contents: ReadonlySet<string>): Reply<LayerIndex | undefined>;
}

/** As registries: documents are no larger. */
const mostDocument = 4 * 1024 * 1024;

/** What `index.json` names. */
export interface LayoutReference {
  /** `org.opencontainers.image.ref.name`; `undefined` when it has none. */
  readonly name: string | undefined;
  readonly digest: string;
}

/** Which image of a layout: by name, digest or number; all of them without any. */
export interface LayoutChoice {
  readonly name?: string;
  readonly digest?: string;
  readonly index?: number;
}

/** Opens the images of a layout. */
export async function openLayout(
  files: LayoutFiles,
  target: string,
  choice: LayoutChoice,
  options: OpenOptions,
  cache: ImageCache,
): Reply<ImageView> {
  const index = await readIndex(files, target);
  if (!index.ok) return index;
  const store = layoutStore(files, target);
  const open = (reference: string): Reply<ImageView> => openFromStore(store, target, reference, options, cache);
  const reference = choose(index.value, choice, target);
  if (!reference.ok) return reference;
  if (reference.value !== undefined) return await open(reference.value);
  const images: PlatformImage[] = [];
  const names = layoutNames(index.value.manifests);
  for (const [at, { digest }] of index.value.manifests.entries()) {
    const name = names[at] ?? `@${at}`;
    const view = await open(digest);
    // One that cannot be read leaves the others alone.
    if (view.ok) images.push(...view.value.images.map((image) => ({ ...image, name })));
    else images.push({ name, platform: undefined, digest, open: () => Promise.resolve(view) });
  }
  return ok({ target, source: files.describe, digest: null, images, skipped: index.value.skipped });
}

/** An image of an index, by what it is called there. */
type Named = Pick<IndexEntry, "digest" | "refName" | "imageName">;

/** What each image is called in its layout: its name, its whole name where another has that, its digest too where both are shared. */
export function layoutNames(images: readonly Named[]): readonly (string | undefined)[] {
  const shared = sharedNames(images, ({ refName }) => refName);
  const sharedWhole = sharedNames(images, ({ imageName }) => imageName);
  return images.map(({ refName, imageName, digest }) => {
    if (refName === undefined || !shared.has(refName)) return refName;
    return imageName === undefined || sharedWhole.has(imageName) ? `${refName}@${digest}` : imageName;
  });
}

/** Names that several images have. */
function sharedNames(images: readonly Named[], nameOf: (image: Named) => string | undefined): ReadonlySet<string> {
  const digests = new Map<string, string>();
  const shared = new Set<string>();
  for (const image of images) {
    const name = nameOf(image);
    if (name === undefined) continue;
    const first = digests.get(name);
    if (first === undefined) digests.set(name, image.digest);
    else if (first !== image.digest) shared.add(name);
  }
  return shared;
}

/** Every image that a layout names, in its order. */
export async function layoutReferences(files: LayoutFiles, target: string): Reply<readonly LayoutReference[]> {
  const index = await readIndex(files, target);
  return index.ok ? ok(index.value.manifests.map(({ refName, digest }) => ({ name: refName, digest }))) : index;
}

/** An image of a layout, with its manifest. */
export interface StoredImage {
  readonly image: PlatformImage;
  readonly manifest: Manifest;
}

/** The images behind each index that a layout names, as far as they are there: who saves one may have some platforms only. */
export async function storedIndexes(
  files: LayoutFiles,
  target: string,
  cache: ImageCache,
): Promise<readonly (readonly StoredImage[])[]> {
  const index = await readIndex(files, target);
  if (!index.ok) return [];
  const store = layoutStore(files, target);
  const found: StoredImage[][] = [];
  for (const { digest, mediaType } of index.value.manifests) {
    const view = isIndexType(mediaType) ? await openFromStore(store, target, digest, {}, cache) : undefined;
    const images: StoredImage[] = [];
    for (const image of view?.ok === true ? view.value.images : []) {
      const bytes = await files.small(blobName(image.digest ?? ""), mostDocument);
      const manifest = bytes.ok && bytes.value !== undefined ? readManifest(bytes.value, "") : undefined;
      if (manifest?.ok === true && manifest.value.kind === "manifest") images.push({ image, manifest: manifest.value });
    }
    found.push(images);
  }
  return found;
}

async function readIndex(files: LayoutFiles, target: string): Reply<ImageIndex> {
  const bytes = await files.small("index.json", mostDocument);
  if (!bytes.ok) return bytes;
  if (bytes.value === undefined)
    return err(
      noImages(
        target,
        "it is no OCI layout: it has no index.json",
        "an archive of docker save is read with docker-archive:PATH",
      ),
    );
  const read = readManifest(bytes.value, "");
  if (!read.ok) return err(noImages(target, `index.json: ${read.error.message}`));
  return read.value.kind === "index" ? ok(read.value) : err(noImages(target, "its index.json is no index"));
}

/** Digest of the chosen one, or `index.json`; `undefined` for all. */
function choose(
  { manifests }: ImageIndex,
  { name, digest, index }: LayoutChoice,
  target: string,
): Result<string | undefined, Failure> {
  // A name may hold a digest itself: that of what was pulled. To podman and skopeo it is nothing but a name.
  const whole = manifests.find(({ refName }) => refName === `${name ?? ""}@${digest ?? ""}`);
  if (whole !== undefined) return ok(whole.digest);
  if (digest !== undefined && name === undefined) return ok(digest);
  if (index !== undefined) {
    const at = manifests[index];
    return at === undefined
      ? err(invalidImage(target, `it holds ${manifests.length} images, counted from 0`))
      : ok(at.digest);
  }
  const names = manifests.flatMap(({ refName }) => (refName === undefined ? [] : [refName]));
  if (name !== undefined) {
    const tagged = manifests.filter(({ refName }) => refName === name);
    const named = tagged.length > 0 ? tagged : manifests.filter(({ imageName }) => imageName === name);
    if (digest !== undefined && named.length > 0) {
      if (named.some((one) => one.digest === digest)) return ok(digest);
      const message = `the image of that name has another digest: ${listed(named.map((one) => one.digest))}`;
      return err({ code: "IMAGE_NOT_FOUND", reference: target, message });
    }
    const [found, ...others] = named;
    const same = others.filter((other) => other.digest !== found?.digest);
    if (found !== undefined && same.length > 0)
      return err(
        invalidImage(
          target,
          `${same.length + 1} images of the layout have that name`,
          `add the digest of one: ${listed([found, ...same].map((one) => `${target}@${one.digest}`))}`,
        ),
      );
    return found === undefined
      ? err({
          code: "IMAGE_NOT_FOUND",
          reference: target,
          message:
            names.length === 0
              ? "the layout names no images"
              : `the layout has no image of that name; it has ${listed(names)}`,
        })
      : ok(found.digest);
  }
  const [only] = manifests;
  if (only !== undefined && manifests.length === 1) return ok(only.digest);
  // Without names it is the index of one image.
  return ok(names.length === 0 ? "index.json" : undefined);
}

const listed = (names: readonly string[]): string =>
  names.length > 10 ? `${names.slice(0, 10).join(", ")} and ${names.length - 10} more` : names.join(", ");

/** Where a layout keeps a blob. */
export const blobName = (digest: string): string => `blobs/${digest.replace(":", "/")}`;

function layoutStore(files: LayoutFiles, target: string): ContentStore {
  const missing = (digest: string, hint?: string): Failure => invalidImage(target, `blob ${digest} is missing`, hint);
  const small = async (digest: string, hint?: string): Reply<Uint8Array> => {
    const bytes = await files.small(blobName(digest), mostDocument);
    if (!bytes.ok) return bytes;
    if (bytes.value === undefined) return err(missing(digest, hint));
    return isContentOf(bytes.value, digest)
      ? ok(bytes.value)
      : err(invalidImage(target, `blob ${digest} is not what its digest says`));
  };
  return {
    describe: files.describe,
    manifest: async (reference) => {
      if (reference === "index.json") {
        const bytes = await files.small(reference, mostDocument);
        if (!bytes.ok) return bytes;
        const { createHash } = await import("node:crypto");
        const content = bytes.value ?? new Uint8Array();
        return ok({
          digest: `sha256:${createHash("sha256").update(content).digest("hex")}`,
          mediaType: "",
          bytes: content,
        });
      }
      // Docker saves an index whole, and of its platforms those that it has.
      const bytes = await small(reference, "if its platform was left out on purpose, choose another: --platform");
      return bytes.ok ? ok({ digest: reference, mediaType: "", bytes: bytes.value }) : bytes;
    },
    small: async ({ digest, size }) => {
      const bytes = await small(digest);
      if (!bytes.ok || bytes.value.length === size) return bytes;
      return err(
        invalidImage(target, `blob ${digest} has ${bytes.value.length} bytes, not ${size} as its manifest says`),
      );
    },
    layer: (descriptor, contents, inTurn) =>
      inTurn(async () => {
        const read = await files.layer(blobName(descriptor.digest), descriptor, contents);
        if (!read.ok) return read;
        return read.value === undefined ? err(missing(descriptor.digest)) : ok(read.value);
      }),
  };
}

/** The files of a layout in an archive. */
export function archiveFiles(archive: Archive): LayoutFiles {
  return {
    describe: archive.describe,
    small: (name, most) => archive.small(name, most),
    layer: (name, descriptor, contents) =>
      archive.layer(name, contents, {
        digest: descriptor.digest,
        size: descriptor.size,
        verify: (stream) => verified(stream, descriptor),
      }),
  };
}
