/** Manifests and indexes of images, read from bytes that anybody may have written. */
import { asArray, asNumber, asObject, asText, isObject, parseJson, type JsonObject } from "../core/json.ts";
import { err, ok, type Result } from "../core/result.ts";
import { platformText } from "./config-file.ts";
import { isDigest } from "./reference.ts";

/** Media types of images and indexes. */
const mediaTypes = {
  ociIndex: "application/vnd.oci.image.index.v1+json",
  ociManifest: "application/vnd.oci.image.manifest.v1+json",
  ociConfig: "application/vnd.oci.image.config.v1+json",
  dockerList: "application/vnd.docker.distribution.manifest.list.v2+json",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerConfig: "application/vnd.docker.container.image.v1+json",
} as const;

/** What a manifest says of a blob or of another manifest. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

/** A manifest of one platform. */
export interface Manifest {
  readonly kind: "manifest";
  readonly config: Descriptor;
  /** Oldest first. */
  readonly layers: readonly Descriptor[];
}

/** One image of an index. */
export interface IndexEntry extends Descriptor {
  /** `linux/amd64`; `undefined` when the index does not say. */
  readonly platform: string | undefined;
  readonly osVersion?: string;
  /** `org.opencontainers.image.ref.name`: the tags of a layout. */
  readonly refName?: string;
  /** `io.containerd.image.name`: the whole name, of whose tag alone containerd (Docker, BuildKit) makes the one above. */
  readonly imageName?: string;
}

/** An index of manifests; what is no image is left out and counted. */
export interface ImageIndex {
  readonly kind: "index";
  readonly manifests: readonly IndexEntry[];
  /** Attestations, signatures and other artifacts that it also names. */
  readonly skipped: number;
}

/** Why bytes give no manifest and no index. */
export interface ManifestFault {
  /** A sentence without a full stop that says what it is instead. */
  readonly message: string;
  /** It is whole, and something else than an image. */
  readonly isOther: boolean;
}

/** More platforms than this has no image. */
const mostManifests = 500;
/** The engines refuse more than 127 layers at build; registries hold a few images with more. */
const mostLayers = 1_000;

const broken = (message: string): Result<never, ManifestFault> => err({ message, isOther: false });
const other = (message: string): Result<never, ManifestFault> => err({ message, isOther: true });

/**
 * Reads a manifest or an index.
 * @param mediaType What it was called where it was found; `""` when nobody said.
 */
export function readManifest(bytes: Uint8Array, mediaType: string): Result<Manifest | ImageIndex, ManifestFault> {
  const value = parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
  if (!isObject(value)) return broken("the manifest is no JSON object");
  const said = asText(value["mediaType"]);
  const outside = (mediaType.split(";", 1)[0] ?? "").trim();
  if (
    value["schemaVersion"] === 1 ||
    (/\.v1\+(?:json|prettyjws)$/.test(outside) && outside.includes("docker.distribution.manifest"))
  )
    return broken(
      "it is a schema 1 manifest, which has no image configuration; push the image again with a current client",
    );
  if (said !== "" && outside !== "" && said !== outside && isKnown(outside))
    return broken(`its manifest calls itself ${said} but came as ${outside}`);
  const hasManifests = value["manifests"] !== undefined;
  const hasLayers = value["layers"] !== undefined || value["config"] !== undefined;
  // Read as an index by one client and as an image by another: CVE-2021-41190.
  if (hasManifests && hasLayers)
    return broken("its manifest is an image and an index at once, which no client should run");
  const type = said || outside;
  if (hasManifests) {
    if (type === mediaTypes.ociManifest || type === mediaTypes.dockerManifest)
      return broken(`its manifest calls itself ${type} but is an index`);
    return readIndex(value);
  }
  if (type === mediaTypes.ociIndex || type === mediaTypes.dockerList)
    return broken(hasLayers ? `its manifest calls itself ${type} but is an image` : "its index names no manifests");
  if (!hasLayers) return other(`it is no image${type === "" ? "" : ` (${type})`}`);
  return readImage(value);
}

/** Whether a media type is one of an index. */
export const isIndexType = (type: string): boolean => /\.(?:image\.index|manifest\.list)\./.test(type);

const isKnown = (type: string): boolean => Object.values(mediaTypes).some((one) => one === type);

function readImage(value: JsonObject): Result<Manifest, ManifestFault> {
  const config = readDescriptor(value["config"]);
  if (config === undefined) return broken("its manifest names no valid configuration");
  const artifactType = asText(value["artifactType"]);
  if (!isImageConfig(config.mediaType))
    return other(`it is no image but an artifact (${artifactType || config.mediaType})`);
  const listed = asArray(value["layers"]);
  if (listed.length > mostLayers) return broken(`its manifest names ${listed.length} layers`);
  const layers: Descriptor[] = [];
  for (const item of listed) {
    const layer = readDescriptor(item);
    if (layer === undefined) return broken(`layer ${layers.length + 1} of its manifest has no valid digest and size`);
    if (layer.mediaType.startsWith("application/vnd.in-toto"))
      return other("it is no image but an attestation (in-toto)");
    // Signatures, attestations and lists of what is in an image have a configuration like one's.
    if (/^text\/|[/+]json$/.test(layer.mediaType)) return other(`it is no image but an artifact (${layer.mediaType})`);
    layers.push(layer);
  }
  if (listed.length > 0 && listed.every(isTektonResource)) return other("it is no image but a Tekton bundle");
  return ok({ kind: "manifest", config, layers });
}

/**
 * Whether a layer holds a Task or a Pipeline, as each of a bundle does.
 * @see https://github.com/tektoncd/pipeline/blob/main/docs/tekton-bundle-contracts.md
 */
const isTektonResource = (layer: unknown): boolean =>
  asText(asObject(asObject(layer)["annotations"])["dev.tekton.image.kind"]) !== "";

/**
 * Whether an `artifactType` in an index says that there is no image. go-containerregistry (crane, ko, apko) writes the type
 * of the configuration there, which for an image is an image's.
 */
export const isArtifactType = (type: string): boolean => !isImageConfig(type);

/** Some builders leave the type out, and old ones call it octet-stream. */
const isImageConfig = (type: string): boolean =>
  type === "" ||
  type === mediaTypes.ociConfig ||
  type === mediaTypes.dockerConfig ||
  type === "application/octet-stream" ||
  type === "application/vnd.oci.image.config.v1";

function readIndex(value: JsonObject): Result<ImageIndex, ManifestFault> {
  const listed = asArray(value["manifests"]);
  if (listed.length > mostManifests) return broken(`its index names ${listed.length} manifests`);
  const manifests: IndexEntry[] = [];
  let skipped = 0;
  for (const item of listed) {
    const descriptor = readDescriptor(item);
    if (descriptor === undefined)
      return broken(`entry ${manifests.length + skipped + 1} of its index has no valid digest and size`);
    if (isArtifact(asObject(item))) {
      skipped++;
      continue;
    }
    const platform = asObject(item)["platform"];
    const osVersion = asText(asObject(platform)["os.version"]);
    manifests.push({
      platform: isObject(platform) ? platformText(platform) : undefined,
      ...descriptor,
      ...(osVersion === "" ? {} : { osVersion }),
      ...readNames(asObject(item)),
    });
  }
  return ok({ kind: "index", manifests, skipped });
}

/**
 * What an entry of an index calls its image.
 * @see https://github.com/containerd/containerd/blob/main/core/images/annotations.go
 */
export function readNames(item: JsonObject): Pick<IndexEntry, "refName" | "imageName"> {
  const annotations = asObject(item["annotations"]);
  const refName = asText(annotations["org.opencontainers.image.ref.name"]);
  const imageName = asText(annotations["io.containerd.image.name"]);
  return { ...(refName === "" ? {} : { refName }), ...(imageName === "" ? {} : { imageName }) };
}

/** Attestations of BuildKit (`unknown/unknown`), signatures and whatever names an artifact's type. */
function isArtifact(item: JsonObject): boolean {
  const platform = asObject(item["platform"]);
  const type = asText(item["mediaType"]);
  return (
    (asText(platform["os"]) === "unknown" && asText(platform["architecture"]) === "unknown") ||
    asText(asObject(item["annotations"])["vnd.docker.reference.type"]) !== "" ||
    isArtifactType(asText(item["artifactType"])) ||
    (type !== "" && !isKnown(type))
  );
}

/** A descriptor with a digest that can be checked and a size that can be; `undefined` for anything else. */
function readDescriptor(value: unknown): Descriptor | undefined {
  const item = asObject(value);
  const digest = asText(item["digest"]);
  const size = asNumber(item["size"]);
  if (!isDigest(digest) || !Number.isSafeInteger(size) || size < 0 || typeof item["size"] !== "number")
    return undefined;
  return { mediaType: asText(item["mediaType"]), digest, size };
}
