/**
 * Images that hold several platforms under one id, as Docker's containerd image store has them (its default since 29).
 *
 * The daemon takes its own platform where nobody names one: an inspection also where that one is only listed and was never
 * pulled, and then gives a configuration without anything in it; `docker run` one that is there.
 */
import type Dockerode from "dockerode";
import type { ImageRecord } from "../../core/ports.ts";
import { isPlatform } from "../../image/view.ts";
import { asArray, asObject, asText, platformText, readImageJson, type JsonObject } from "../image-json.ts";
import { inspectImage } from "./image-requests.ts";

export interface Variants {
  /**
   * Reads an image; of one for several platforms the wanted one, else Docker's own, else one that is there. It is that one
   * from then on: see `of`.
   * @returns `undefined` where the store has nothing of the image but its name
   * @throws what the connection throws
   */
  inspect(docker: Dockerode, reference: string, wanted: string | undefined): Promise<ImageRecord | undefined>;
  /** The platform that must be named whenever the daemon is asked for the image; `undefined` for most. */
  of(id: string): string | undefined;
}

export function createVariants(): Variants {
  const chosen = new Map<string, string>();
  return {
    async inspect(docker, reference, wanted) {
      const answer = asObject(await inspectImage(docker, reference));
      const own = hasContent(answer) ? readImageJson(answer) : undefined;
      const id = asText(answer["Id"]);
      const platform = wanted ?? chosen.get(id);
      if (own !== undefined && (platform === undefined || isPlatform(own.platform, platform))) return own;
      const present = presentPlatforms(asObject(await inspectImage(docker, reference, { manifests: true })));
      const variant = present.find((one) => platform === undefined || isPlatform(one, platform));
      if (variant === undefined) return own;
      const record = readImageJson(await inspectImage(docker, reference, { platform: variant }));
      if (record === undefined) return own;
      chosen.set(id, variant);
      // The id of a platform's own manifest names no image.
      return { ...record, id };
    },
    of: (id) => chosen.get(id),
  };
}

/** An image has an architecture, and one without layers has it too. */
const hasContent = (image: JsonObject): boolean =>
  asText(image["Architecture"]) !== "" || asArray(asObject(image["RootFS"])["Layers"]).length > 0;

/** The platforms of an image that can be run and exported: those whose content is there. Attestations are none. */
const presentPlatforms = (image: JsonObject): string[] =>
  asArray(image["Manifests"])
    .map(asObject)
    .filter((manifest) => manifest["Kind"] === "image" && manifest["Available"] === true)
    .map((manifest) => asObject(asObject(manifest["ImageData"])["Platform"]))
    .map((platform) => platformText(platform["os"], platform["architecture"], platform["variant"]));
