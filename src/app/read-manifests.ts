/** Finds and reads the manifests that a command line names. */
import { basename } from "node:path";
import type { Failure } from "../core/errors.ts";
import { ok, type Result } from "../core/result.ts";
import { isList, isMapping, readYaml, type YamlFile } from "../manifest/yaml/read.ts";
import { findTargets, isContainerfileName, type Wanted } from "./find-targets.ts";
import { chartsTogether, type UnreadManifest } from "./helm-charts.ts";
import { interruption } from "./interruption.ts";
import type { RunOptions } from "./requests.ts";
import { readTarget, type TextFile } from "./text-file.ts";

const manifests: Wanted = {
  isName: (name) => /\.(?:ya?ml|json)$/i.test(name),
  none: "the folder holds no YAML or JSON file",
  hint: "name a manifest, a folder that holds some, or - for standard input",
};

/** A file that was read, or why not. */
export type ReadManifest = { readonly name: string; readonly file: TextFile; readonly yaml: YamlFile } | UnreadManifest;

/** Reads what the request names, in order. Files of a folder that are no manifests at all are passed over. */
export async function readManifests(
  { targets, stdin }: { readonly targets: readonly string[]; readonly stdin?: string | Uint8Array },
  { signal }: RunOptions,
): Promise<Result<readonly ReadManifest[], Failure>> {
  const found = await findTargets(targets, signal, manifests);
  if (!found.ok) return found;
  const named = new Set(targets);
  const read: ReadManifest[] = [];
  for (const { name, failure } of found.value) {
    if (signal.aborted) {
      read.push({ name, failure: interruption(signal), text: null });
      break;
    }
    if (failure !== undefined) {
      read.push({ name, failure, text: null });
      continue;
    }
    const file = await readTarget(name, stdin, signal);
    if (!file.ok) {
      read.push({ name, failure: file.error, text: null });
      continue;
    }
    const { text } = file.value;
    if (!named.has(name) && !looksLikeManifest(text)) continue;
    const yaml = readYaml(name, text);
    if (!yaml.ok) read.push({ name, failure: yaml.error, text });
    else if (yaml.value.documents.some((value) => isMapping(value) || isList(value))) {
      read.push({ name, file: file.value, yaml: yaml.value });
    } else read.push({ name, failure: noManifest(name, text), text: null });
  }
  const searched = found.value.flatMap(({ name }) => (named.has(name) ? [] : [name]));
  return ok(chartsTogether(read, new Set(searched)));
}

/** Of a file that was named and is no manifest; those of a folder have been passed over. */
const noManifest = (name: string, text: string): Failure => ({
  code: "UNREADABLE",
  file: name,
  message: text.trim() === "" ? "it is empty" : "it is no manifest: it holds no YAML or JSON object",
  hint: isContainerfileName(basename(name)) ? "image-fix audit judges Containerfiles" : manifests.hint,
});

/** Whether a text has the two fields that every object has, without reading it whole; in UTF-16 too, which is then refused. */
function looksLikeManifest(text: string): boolean {
  const letters = text.includes("\0") ? text.replaceAll("\0", "") : text;
  return /\bapiVersion["']?\s*:/.test(letters) && /\bkind["']?\s*:/.test(letters);
}
