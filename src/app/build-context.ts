/** The author's build context as rules see it: files below one folder, minus what the ignore file keeps out. */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
} from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { readIgnoreRules } from "../engine/docker/ignore.ts";
import { decodeLossless, type TextFile } from "./text-file.ts";

const maxScript = 256 * 1024;
/** More than any folder of settings has. */
const maxNames = 200;

/** The context folder: what the author said, else the file's own folder (the working directory for standard input). */
export const contextFolder = ({ name, path }: Pick<TextFile, "name" | "path">, given: string | undefined): string =>
  resolve(given ?? (path === "-" ? "." : dirname(name)));

/** The ignore file that a build of this Containerfile would use, as BuildKit looks for it; `undefined` without one. */
function ignoreFileOf(containerfile: string, context: string): string | undefined {
  const candidates = [
    ...(containerfile === "-" ? [] : [`${containerfile}.dockerignore`, `${containerfile}.containerignore`]),
    join(context, ".containerignore"),
    join(context, ".dockerignore"),
  ];
  return candidates.find((path) => readSmall(path) !== undefined);
}

/**
 * A reader of text files in the context. Links may not lead out of it; large files and what the ignore file keeps out
 * are not there.
 */
export function contextReader(containerfile: string, context: string): (path: string) => string | undefined {
  let keeps: ((path: string) => boolean) | undefined;
  return (path) => {
    const full = resolve(context, path.replace(/^\/+/, ""));
    const inside = relative(context, full);
    if (inside === "" || inside.startsWith("..")) return undefined;
    // Most files that are asked for are not there, and so no ignore file has to be read.
    if (!existsSync(full)) return undefined;
    keeps ??= keptBy(ignoreFileOf(containerfile, context));
    if (!keeps(inside.split(sep).join("/"))) return undefined;
    try {
      const real = realpathSync(full);
      if (relative(realpathSync(context), real).startsWith("..")) return undefined;
      return readSmall(real);
    } catch {
      return undefined;
    }
  };
}

/** Tells what is right in a folder of the context, sorted; whether it may be read is the reader's concern. */
export function contextLister(context: string): (folder: string) => readonly string[] {
  return (folder) => {
    const named = resolve(context, folder.replace(/^\/+/, ""));
    // Most are not there, and an exception costs more than all the rest.
    if (!existsSync(named)) return [];
    try {
      const full = realpathSync(named);
      if (relative(realpathSync(context), full).startsWith("..")) return [];
      return readdirSync(full).toSorted().slice(0, maxNames);
    } catch {
      return [];
    }
  };
}

function keptBy(ignoreFile: string | undefined): (path: string) => boolean {
  if (ignoreFile === undefined) return () => true;
  const rules = readIgnoreRules(readFileSync(ignoreFile, "utf8"));
  return (path) => !rules.ignores(path);
}

function readSmall(path: string): string | undefined {
  let handle: number | undefined;
  try {
    // A pipe that nobody writes to would be waited for.
    handle = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const info = fstatSync(handle);
    if (!info.isFile() || info.size > maxScript) return undefined;
    const bytes = Buffer.alloc(info.size);
    const read = readSync(handle, bytes, 0, info.size, 0);
    return decodeLossless(bytes.subarray(0, read)).text;
  } catch {
    return undefined;
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}
