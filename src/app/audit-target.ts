/** What a word of the command line is: a file, a folder, standard input, or an image. */
import { lstat } from "node:fs/promises";
import { basename } from "node:path";
import type { Failure } from "../core/errors.ts";
import { err, ok, type Result } from "../core/result.ts";
import { parseImageReference, type ImageReference } from "../image/reference.ts";
import { findTargets, isContainerfileName, type FoundTarget } from "./find-targets.ts";
import { archiveFault, layoutHint } from "./stored-image.ts";

/** One thing to audit. */
export type AuditTarget =
  | ({ readonly kind: "file" } & FoundTarget)
  | { readonly kind: "image"; readonly name: string; readonly reference: ImageReference };

/**
 * Expands what the command line names, in its order. A path that exists is a file or a folder, whatever else it could be,
 * and a name that only files have is a file's.
 */
export async function findAuditTargets(
  names: readonly string[],
  signal: AbortSignal,
): Promise<Result<readonly AuditTarget[], Failure>> {
  const found = new Map<string, AuditTarget>();
  for (const name of names) {
    const isFile = name === "-" || isContainerfileName(basename(name)) || (await isThere(name));
    const image = isFile ? undefined : parseImageReference(name);
    if (image?.ok === true) {
      found.set(name, { kind: "image", name, reference: image.value });
      continue;
    }
    if (image !== undefined && !looksLikePath(name))
      return err({
        code: "UNREADABLE",
        file: name,
        message: `there is no such file, and it is no image either: ${image.error}`,
        hint: "name a Containerfile, a folder that holds one, - for standard input, or an image such as docker://alpine:3.20",
      });
    const files = await findTargets([name], signal);
    if (!files.ok) {
      const hint = files.error.code === "UNREADABLE" ? layoutHint(name) : undefined;
      return hint === undefined ? files : err({ ...files.error, hint });
    }
    for (const file of files.value) found.set(file.name, { kind: "file", ...named(file) });
  }
  return ok([...found.values()]);
}

/** A file that was named or found: no archive is read as a Containerfile. */
function named(file: FoundTarget): FoundTarget {
  const failure = isContainerfileName(basename(file.name)) ? undefined : archiveFault(file.name);
  return failure === undefined ? file : { ...file, failure };
}

/** Nobody names an image like this. */
const looksLikePath = (name: string): boolean => /^(?:\.{0,2}\/|\.{1,2}$)/.test(name) || name === "";

const isThere = async (path: string): Promise<boolean> =>
  await lstat(path).then(
    () => true,
    // What is there and may not be read is still there, as is a link that leads nowhere.
    (error: unknown) =>
      !(error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")),
  );
