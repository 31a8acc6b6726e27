/** Files and folders that hold images, named as if they held a Containerfile. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Failure } from "../core/errors.ts";

/** What a file is by its name, and how it is named instead; `undefined` where it may be a Containerfile. */
export const archiveFault = (file: string): Failure | undefined =>
  /\.(?:tar|tgz|tar\.(?:gz|zst|xz|bz2))$/i.test(file)
    ? {
        code: "UNREADABLE",
        file,
        message: "it is an archive by its name, not a Containerfile",
        hint: `an image in it is read with docker-archive:${file} (docker save, podman save) or oci-archive:${file}`,
      }
    : undefined;

/** How a folder without a Containerfile is named where it is a layout. */
export const layoutHint = (folder: string): string | undefined =>
  existsSync(join(folder, "oci-layout")) ? `it is an OCI layout; its images are read with oci:${folder}` : undefined;
