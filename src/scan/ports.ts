/** What a scan asks of the places that hold images. */
import type { Failure } from "../core/errors.ts";
import type { Result } from "../core/result.ts";

export interface Lister {
  /** The repositories of a registry, a page at a time; ends after the first failure. */
  catalogue(host: string, signal: AbortSignal): AsyncIterable<Result<readonly string[], Failure>>;
  /** The tags of a repository as the registry lists them: unsorted, perhaps none. */
  tags(host: string, repository: string, signal: AbortSignal): Promise<Result<readonly string[], Failure>>;
  /** References of the images in an OCI layout: `oci:folder:name`, `oci:folder@sha256:…` for those without a name. */
  layout(path: string, signal: AbortSignal): Promise<Result<readonly string[], Failure>>;
  /** The lines of a list; `-` is standard input. Throws nothing: what cannot be read is a failure. */
  lines(file: string, signal: AbortSignal): AsyncIterable<Result<string, Failure>>;
}
