/** Writes fixed manifests, each file in one step. */
import type { Failure } from "../core/errors.ts";
import { ok, type Result } from "../core/result.ts";
import { replaceTextFile, writeNewFile, type TextFile } from "./text-file.ts";

/**
 * Writes a fixed text where it is wanted.
 * @param output a file, or `-` for standard output, which the caller prints to; the file itself without it
 */
export async function writeFixed(
  file: TextFile,
  text: string,
  output: string | undefined,
): Promise<Result<void, Failure>> {
  if (output === "-" || (output === undefined && file.name === "-")) return ok(undefined);
  if (output !== undefined) return writeNewFile(output, text, file.encoding);
  return replaceTextFile(file, text);
}
