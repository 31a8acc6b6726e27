import { asNumber, asObject, asText, asTexts } from "../core/json.ts";
import type { ImageRecord } from "../core/ports.ts";
import { readImageConfig } from "../image/config-file.ts";
import { normaliseImageName } from "../image/reference.ts";

export { asArray, asNumber, asObject, asText, asTexts, parseJson, type JsonObject } from "../core/json.ts";

/**
 * Reads what `podman image inspect` and Docker's `GET /images/{name}/json` say of one image; both use Docker's field
 * names. Fields that are absent, null or of another type count as empty: what an engine leaves out has no effect.
 */
export function readImageJson(value: unknown): ImageRecord | undefined {
  const image = asObject(value);
  const id = asText(image["Id"]);
  if (id === "") return undefined;
  const config = asObject(image["Config"]);
  const layers = asTexts(asObject(image["RootFS"])["Layers"]);
  const digest = asText(image["Digest"]) || /@(sha256:[0-9a-f]{64})$/.exec(asTexts(image["RepoDigests"])[0] ?? "")?.[1];
  return {
    id: withAlgorithm(id),
    names: asTexts(image["RepoTags"])
      .filter((name) => !name.includes("<none>"))
      .map(normaliseImageName),
    repoDigests: asTexts(image["RepoDigests"])
      .filter((name) => !name.includes("<none>"))
      .map(normaliseImageName),
    platform: platformText(image["Os"], image["Architecture"], image["Variant"]),
    config: readImageConfig(config),
    sizeBytes: asNumber(image["Size"]),
    ...(layers.length === 0 ? {} : { layers }),
    ...(digest === undefined || digest === "" ? {} : { digest }),
  };
}

/** `linux/arm64/v8`, of what JSON has in its place. */
export function platformText(os: unknown, architecture: unknown, variant: unknown): string {
  const last = asText(variant);
  return `${asText(os) || "linux"}/${asText(architecture)}${last === "" ? "" : `/${last}`}`;
}

/** podman gives ids without their algorithm in places. */
export const withAlgorithm = (id: string): string => (id.includes(":") ? id : `sha256:${id}`);
