/**
 * Archives as `docker save` and `podman save` write them: `manifest.json` names configurations and layers. Newer Dockers
 * name blobs of a layout in it, older ones files of their own; to a reader that is one form.
 */
import { hash } from "node:crypto";
import type { Failure } from "../../core/errors.ts";
import { asArray, asObject, asText, asTexts, parseJson } from "../../core/json.ts";
import type { Reply } from "../../core/ports.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { ImageCache } from "../cache.ts";
import { readConfigFile } from "../config-file.ts";
import { normaliseImageName } from "../reference.ts";
import {
  imagesFor,
  invalidImage,
  noImages,
  type ImageLayer,
  type ImageView,
  type OpenImage,
  type OpenOptions,
  type PlatformImage,
} from "../view.ts";
import type { Archive } from "./archive.ts";
import { archiveFiles, blobName, storedIndexes, type StoredImage } from "./layout.ts";

const mostDocument = 4 * 1024 * 1024;
const mostImages = 1_000;

/** One image of an archive, by the names of its files. */
export interface ArchiveItem {
  readonly config: string;
  readonly names: readonly string[];
  readonly layers: readonly string[];
}

/** Which image of an archive: by name or number; all of them without either. */
export interface ArchiveChoice {
  readonly name?: string;
  readonly index?: number;
}

/** Opens the images of an archive. */
export async function openDockerArchive(
  archive: Archive,
  target: string,
  choice: ArchiveChoice,
  options: OpenOptions,
  cache: ImageCache,
): Reply<ImageView> {
  const items = await readItems(archive, target);
  if (!items.ok) return items;
  const chosen = chooseItems(items.value, choice, target);
  if (!chosen.ok) return chosen;
  const isOne = chosen.value.length === 1;
  const platformsOf = await savedPlatforms(archive, target, cache);
  const images = chosen.value.flatMap((item): readonly PlatformImage[] => {
    const name = isOne ? {} : { name: item.names[0] ?? `@${items.value.indexOf(item)}` };
    const own = { platform: undefined, digest: null, open: () => openItem(archive, item, target, cache) };
    const platforms = platformsOf(item).map(({ image }) => image);
    return (platforms.length > 1 ? platforms : [own]).map((image) => ({ ...image, ...name }));
  });
  const view = { target, source: archive.describe, digest: null, skipped: 0 };
  const { platform } = options;
  const wanted = platform === undefined ? ok(images) : await imagesFor(images, platform, target);
  return wanted.ok ? ok({ ...view, images: wanted.value }) : wanted;
}

/**
 * Tells the platforms of an item: Docker 29 saves all that it has as a layout, and names a single one in `manifest.json`.
 * None where the archive is not such a layout too.
 */
export async function savedPlatforms(
  archive: Archive,
  target: string,
  cache: ImageCache,
): Promise<(item: ArchiveItem) => readonly StoredImage[]> {
  const indexes = archive.has("index.json") ? await storedIndexes(archiveFiles(archive), target, cache) : [];
  // Of several that have it the first is its.
  const byConfig = new Map(
    indexes
      .flatMap((images) => images.map(({ manifest }) => [blobName(manifest.config.digest), images] as const))
      .toReversed(),
  );
  return ({ config }) => byConfig.get(config) ?? [];
}

/** What `manifest.json` names. */
export async function readItems(archive: Archive, target: string): Reply<readonly ArchiveItem[]> {
  const bytes = await archive.small("manifest.json", mostDocument);
  if (!bytes.ok) return bytes;
  if (bytes.value === undefined)
    return err(
      archive.has("index.json")
        ? noImages(target, "it is an archive of an OCI layout", "name it with oci-archive:PATH")
        : noImages(target, "it is no archive of images: it has no manifest.json"),
    );
  const value = parseJson(Buffer.from(bytes.value).toString("utf8"));
  const listed = asArray(value);
  if (listed.length === 0) return err(invalidImage(target, "its manifest.json names no image"));
  if (listed.length > mostImages) return err(invalidImage(target, `its manifest.json names ${listed.length} images`));
  return ok(
    listed.map(asObject).map((item) => ({
      config: asText(item["Config"]),
      names: asTexts(item["RepoTags"]).map(normaliseImageName),
      layers: asTexts(item["Layers"]),
    })),
  );
}

/** The items that a choice leaves; without one, all. */
export function chooseItems(
  items: readonly ArchiveItem[],
  { name, index }: ArchiveChoice,
  target: string,
): Result<readonly ArchiveItem[], Failure> {
  if (index !== undefined) {
    const at = items[index];
    return at === undefined ? err(invalidImage(target, `it holds ${items.length} images, counted from 0`)) : ok([at]);
  }
  if (name === undefined) return ok(items);
  const found = items.find(({ names }) => names.includes(name));
  if (found !== undefined) return ok([found]);
  const names = items.flatMap((item) => item.names);
  return err({
    code: "IMAGE_NOT_FOUND",
    reference: target,
    message:
      names.length === 0
        ? "the archive names no images"
        : `the archive has no image of that name; it has ${names.slice(0, 10).join(", ")}`,
  });
}

async function openItem(archive: Archive, item: ArchiveItem, target: string, cache: ImageCache): Reply<OpenImage> {
  const bytes = await archive.small(item.config, mostDocument);
  if (!bytes.ok) return bytes;
  if (bytes.value === undefined) return err(invalidImage(target, `its configuration ${item.config} is missing`));
  // The name is the digest of the content, in every form of the archive.
  const named = /(?:^|\/)([0-9a-f]{64})(?:\.json)?$/.exec(item.config)?.[1];
  if (named !== undefined && named !== hash("sha256", bytes.value))
    return err(invalidImage(target, `its configuration ${item.config} is not what its name says`));
  const config = readConfigFile(parseJson(Buffer.from(bytes.value).toString("utf8")));
  if (config === undefined) return err(invalidImage(target, `its configuration ${item.config} is none of an image`));
  if (config.diffIds.length !== item.layers.length)
    return err(
      invalidImage(
        target,
        `its configuration names ${config.diffIds.length} layers, manifest.json ${item.layers.length}`,
      ),
    );
  return ok({
    digest: null,
    platform: config.platform,
    config,
    layers: item.layers.map((name, at) => layerOf(archive, name, config.diffIds[at] ?? "", target, cache)),
  });
}

/** A layer of an archive, which is known by the digest of its content. */
function layerOf(archive: Archive, name: string, diffId: string, target: string, cache: ImageCache): ImageLayer {
  return {
    digest: diffId,
    size: undefined,
    read: (contents = new Set()) =>
      cache.layer(diffId, contents, (inTurn) =>
        inTurn(async () => {
          const read = await archive.layer(name, contents, { digest: diffId, diffId });
          if (!read.ok) return read;
          return read.value === undefined ? err(invalidImage(target, `layer ${name} is missing`)) : ok(read.value);
        }),
      ),
  };
}
