import type { ImageConfig, ImageRecord } from "../core/ports.ts";
import { normaliseImageName } from "../image/reference.ts";

/**
 * Reads what `podman image inspect` and Docker's `GET /images/{name}/json` say of one image; both use Docker's field
 * names. Fields that are absent, null or of another type count as empty: what an engine leaves out has no effect.
 */
export function readImageJson(value: unknown): ImageRecord | undefined {
  const image = asObject(value);
  const id = asText(image["Id"]);
  if (id === "") return undefined;
  const config = asObject(image["Config"]);
  const variant = asText(image["Variant"]);
  return {
    id: withAlgorithm(id),
    names: asTexts(image["RepoTags"])
      .filter((name) => !name.includes("<none>"))
      .map(normaliseImageName),
    platform: `${asText(image["Os"]) || "linux"}/${asText(image["Architecture"])}${variant === "" ? "" : `/${variant}`}`,
    config: readConfig(config),
    sizeBytes: asNumber(image["Size"]),
  };
}

function readConfig(config: JsonObject): ImageConfig {
  return {
    user: asText(config["User"]),
    workingDir: asText(config["WorkingDir"]),
    env: asTexts(config["Env"]),
    entrypoint: asTexts(config["Entrypoint"]),
    cmd: asTexts(config["Cmd"]),
    volumes: Object.keys(asObject(config["Volumes"])),
    exposedPorts: Object.keys(asObject(config["ExposedPorts"])),
    onBuild: asTexts(config["OnBuild"]),
    shell: asTexts(config["Shell"]),
  };
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** Parses JSON text; `undefined` when it is none. */
export function parseJson(text: string): unknown {
  try {
    // What JSON.parse gives back is typed `any`; here it becomes what it is.
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** An object as it is, anything else as `{}`. */
export const asObject = (value: unknown): JsonObject => (isObject(value) ? value : {});

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** An array as it is, anything else as `[]`. */
export const asArray = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
/** A string as it is, anything else as `""`. */
export const asText = (value: unknown): string => (typeof value === "string" ? value : "");
/** The strings of an array. */
export const asTexts = (value: unknown): string[] => asArray(value).filter((item) => typeof item === "string");
/** A number as it is, anything else as 0. */
export const asNumber = (value: unknown): number => (typeof value === "number" ? value : 0);

/** podman gives ids without their algorithm in places. */
export const withAlgorithm = (id: string): string => (id.includes(":") ? id : `sha256:${id}`);
