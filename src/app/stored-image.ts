/** Files and folders that hold images, named without the transport that reads them. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Failure } from "../core/errors.ts";

/** Whether a file is an archive by its name. */
export const isArchiveName = (file: string): boolean => /\.(?:tar|tgz|tar\.(?:gz|zst|xz|bz2))$/i.test(file);

/** What a file is by its name, and how it is named instead; `undefined` where it may be a Containerfile. */
export const archiveFault = (file: string): Failure | undefined =>
  isArchiveName(file)
    ? {
        code: "UNREADABLE",
        file,
        message: "it is an archive by its name, not a Containerfile",
        hint: archiveHint(file),
      }
    : undefined;

const archiveHint = (file: string): string =>
  `an image in it is read with docker-archive:${file} (docker save, podman save) or oci-archive:${file}`;

/** How a folder without a Containerfile is named where it is a layout. */
export const layoutHint = (folder: string): string | undefined =>
  existsSync(join(folder, "oci-layout")) ? `it is an OCI layout; its images are read with oci:${folder}` : undefined;

/** How the archive or layout at a path is named; `undefined` where none is there. */
export const storedHint = (path: string): string | undefined =>
  isArchiveName(path) && existsSync(path) ? archiveHint(path) : layoutHint(path);
