/**
 * One view of an image, wherever it is: its platforms, each with a configuration and with layers that are read when a
 * fact needs them. `sources/` makes views; nothing here knows where the bytes come from.
 */
import type { Failure } from "../core/errors.ts";
import type { Reply } from "../core/ports.ts";
import { err, ok } from "../core/result.ts";
import type { ConfigFile } from "./config-file.ts";
import type { LayerIndex } from "./layer/layer-index.ts";
import type { ManifestFault } from "./manifest.ts";

/** What a reference names: an image, or the images of an index. */
export interface ImageView {
  /** As the user named it. */
  readonly target: string;
  /** Where it was found, for people: `registry localhost:5000`, `podman`, `layout ./image`. */
  readonly source: string;
  /** Digest of the manifest or index that the reference names; `null` where the source has none. */
  readonly digest: string | null;
  /** At least one, in the order of the index. */
  readonly images: readonly PlatformImage[];
  /** Attestations, signatures and other artifacts beside them. */
  readonly skipped: number;
}

/** The image of one platform, which nothing was read of yet. */
export interface PlatformImage {
  /** Which image of an archive or layout it is, where the reference left that open: its name, or `@0`. */
  readonly name?: string;
  /** As the index says; `undefined` before the configuration is read. */
  readonly platform: string | undefined;
  /** Of its manifest; `null` where the source has none. */
  readonly digest: string | null;
  /** Reads manifest and configuration. */
  open(): Reply<OpenImage>;
}

/** The image of one platform with its configuration. */
export interface OpenImage {
  readonly digest: string | null;
  /** Of the configuration, or of the index where that says more. */
  readonly platform: string;
  readonly config: ConfigFile;
  /** Oldest first; nothing of them was read. */
  readonly layers: readonly ImageLayer[];
}

/** A layer that can be read. */
export interface ImageLayer {
  /** Of the blob, or of its content where only that is known. */
  readonly digest: string;
  /** Of the blob, in bytes; `undefined` when unknown. */
  readonly size: number | undefined;
  /**
   * Reads it to its end, verified, without unpacking anything.
   * @param contents Paths (`etc/passwd`) whose content is wanted beside that of the account files.
   * @param signal Ends the reading where the source could go on for as long as it likes; the reason is the failure.
   */
  read(contents?: ReadonlySet<string>, signal?: AbortSignal): Reply<LayerIndex>;
}

/** How a reference is opened. */
export interface OpenOptions {
  /** `linux/arm64`, `linux/arm/v7`: only this platform. */
  readonly platform?: string;
}

/** Whether an image's platform is the wanted one; a variant counts only where it was asked for. */
export function isPlatform(platform: string, wanted: string): boolean {
  const [os, architecture, variant] = platform.split("/");
  const [wantedOs, wantedArchitecture, wantedVariant] = wanted.split("/");
  return (
    os === wantedOs &&
    architecture === normalArchitecture(wantedArchitecture) &&
    (wantedVariant === undefined ||
      variant === wantedVariant ||
      // arm64 has no other version in use, and is written with and without it.
      (architecture === "arm64" && variant === undefined && wantedVariant === "v8"))
  );
}

/**
 * Of several images those for a platform. Where nothing beside an image says which it is for, its configuration does; one
 * that cannot be read is kept, as whoever opens it is told why.
 */
export async function imagesFor(
  images: readonly PlatformImage[],
  wanted: string,
  target: string,
): Reply<readonly PlatformImage[]> {
  const kept: PlatformImage[] = [];
  const others = new Set<string>();
  for (const image of images) {
    const opened = image.platform === undefined ? await image.open() : undefined;
    const platform = opened?.ok === true ? opened.value.platform : image.platform;
    if (platform === undefined || isPlatform(platform, wanted)) kept.push(image);
    else others.add(platform);
  }
  return kept.length === 0
    ? err(noImage(target, `it has no image for ${wanted}; it has ${[...others].join(", ")}`))
    : ok(kept);
}

const normalArchitecture = (architecture: string | undefined): string | undefined =>
  architecture === "x86_64" ? "amd64" : architecture === "aarch64" ? "arm64" : architecture;

/** A file or folder of the user's that holds no images at all; what is wrong with an image in it is {@link invalidImage}. */
export const noImages = (file: string, message: string, hint?: string): Failure => ({
  code: "UNREADABLE",
  file,
  message,
  ...(hint === undefined ? {} : { hint }),
});

/** A failure that names what is there in place of an image, or of the one that was wanted. */
export const noImage = (reference: string, message: string): Failure => ({ code: "NO_IMAGE", reference, message });

/** A failure that says why bytes give no manifest. */
export const manifestFailure = (reference: string, { message, isOther }: ManifestFault): Failure =>
  (isOther ? noImage : invalidImage)(reference, message);

/** A failure that says what is wrong with an image. */
export const invalidImage = (reference: string, message: string, hint?: string): Failure => ({
  code: "IMAGE_INVALID",
  reference,
  message,
  ...(hint === undefined ? {} : { hint }),
});
