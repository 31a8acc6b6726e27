/** The configuration of an image: the OCI image config, which Docker's and the engines' JSON share. */
import { asArray, asObject, asText, asTexts, isObject, type JsonObject } from "../core/json.ts";
import type { HistoryStep, ImageConfig } from "../core/ports.ts";

/** A whole image config file. */
export interface ConfigFile {
  readonly config: ImageConfig;
  /** `linux/amd64`, `linux/arm64/v8`. */
  readonly platform: string;
  /** Of Windows images: `10.0.20348.2113`. */
  readonly osVersion?: string;
  /** Oldest first. */
  readonly history: readonly HistoryStep[];
  /** Digests of the layers' tar archives, oldest first. */
  readonly diffIds: readonly string[];
}

/** The most steps that are kept; no builder makes more layers than 127. */
const mostSteps = 2_000;

/**
 * Reads `Config` of an engine or `config` of an image: both use Docker's field names. Fields that are absent, null or of
 * another type count as empty, as they do for the runtimes.
 */
export function readImageConfig(value: unknown): ImageConfig {
  const config = asObject(value);
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

/**
 * Reads a config file, which runtimes read in the same way: a missing `config` is an image without any settings.
 * `undefined` when the JSON is no config of an image: neither an operating system nor layers.
 */
export function readConfigFile(value: unknown): ConfigFile | undefined {
  if (!isObject(value)) return undefined;
  const rootfs = asObject(value["rootfs"]);
  const os = asText(value["os"]);
  const architecture = asText(value["architecture"]);
  if (os === "" && architecture === "" && !Array.isArray(rootfs["diff_ids"])) return undefined;
  const osVersion = asText(value["os.version"]);
  return {
    config: readImageConfig(value["config"]),
    platform: platformText(value),
    ...(osVersion === "" ? {} : { osVersion }),
    history: asArray(value["history"]).slice(0, mostSteps).map(asObject).map(readStep),
    diffIds: asTexts(rootfs["diff_ids"]),
  };
}

/** Reads a step of `history`, of a configuration or of podman. */
export const readStep = (step: JsonObject): HistoryStep => ({
  createdBy: asText(step["created_by"]),
  isEmptyLayer: step["empty_layer"] === true,
});

/** `linux/amd64` of an object with `os`, `architecture` and `variant`. */
export function platformText(value: JsonObject): string {
  const variant = asText(value["variant"]);
  return `${asText(value["os"]) || "linux"}/${asText(value["architecture"]) || "unknown"}${variant === "" ? "" : `/${variant}`}`;
}
