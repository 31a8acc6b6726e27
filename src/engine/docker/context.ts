/** The build context as the classic builder wants it: a tar stream with the Containerfile inside. */
import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { Readable } from "node:stream";
import { byteChunks } from "../byte-chunks.ts";
import { tarEnd, tarHeader, tarPadding } from "../../image/tar.ts";
import { readIgnoreRules, type IgnoreRules } from "./ignore.ts";

export interface ContextArchive {
  readonly stream: Readable;
  /** Name of the Containerfile inside the archive. */
  readonly dockerfile: string;
}

/**
 * Streams a folder, less what its `.dockerignore` (else `.containerignore`) leaves out.
 *
 * A Containerfile outside of the folder goes in under a random name, which is added to the ignore file inside the
 * archive: the builder reads it and then hides it from COPY, so that the image is the same as with a file in place.
 */
export async function contextArchive(context: string, containerfile: string): Promise<ContextArchive> {
  const ignoreFile = await firstThere(context, [".dockerignore", ".containerignore"]);
  const rules = readIgnoreRules(ignoreFile?.text ?? "");
  const inside = relative(context, containerfile).split(sep).join("/");
  const isInside = inside !== "" && !inside.startsWith("../") && inside !== ".." && !inside.startsWith("/");
  if (isInside && !(await lstat(containerfile)).isSymbolicLink()) {
    // Sent whatever the rules say, as Docker does; the builder then applies them.
    const always = new Set([inside, ...(ignoreFile === undefined ? [] : [ignoreFile.name])]);
    const extra =
      ignoreFile?.name === ".containerignore"
        ? new Map([[".dockerignore", `${ignoreFile.text}\n.dockerignore\n`]])
        : new Map<string, string>();
    return { stream: Readable.from(archive(context, rules, always, extra)), dockerfile: inside };
  }
  const dockerfile = `.image-fix-${randomBytes(8).toString("hex")}`;
  const hidden = ignoreFile?.name === ".dockerignore" ? dockerfile : `${dockerfile}\n.dockerignore`;
  const extra = new Map([
    [dockerfile, await readFile(containerfile, "utf8")],
    [".dockerignore", `${ignoreFile?.text ?? ""}\n${hidden}\n`],
  ]);
  return { stream: Readable.from(archive(context, rules, new Set(), extra)), dockerfile };
}

async function firstThere(
  folder: string,
  names: readonly string[],
): Promise<{ readonly name: string; readonly text: string } | undefined> {
  for (const name of names) {
    const text = await readFile(join(folder, name), "utf8").catch(() => undefined);
    if (text !== undefined) return { name, text };
  }
  return undefined;
}

async function* archive(
  context: string,
  rules: IgnoreRules,
  always: ReadonlySet<string>,
  extra: ReadonlyMap<string, string>,
): AsyncGenerator<Uint8Array> {
  for (const [path, text] of extra) {
    const content = new TextEncoder().encode(text);
    yield tarHeader({ path, type: "file", mode: 0o644, size: content.length });
    yield content;
    yield tarPadding(content.length);
  }
  yield* filesOf(context, "", { rules, always, extra });
  yield tarEnd();
}

interface Selection {
  readonly rules: IgnoreRules;
  readonly always: ReadonlySet<string>;
  readonly extra: ReadonlyMap<string, string>;
}

async function* filesOf(context: string, place: string, selection: Selection): AsyncGenerator<Uint8Array> {
  // Sorted, so that the same folder gives the same archive.
  const names = (await readdir(join(context, place))).toSorted();
  for (const name of names) {
    const path = place === "" ? name : `${place}/${name}`;
    if (selection.extra.has(path)) continue;
    const full = join(context, path);
    const state = await lstat(full);
    const ignored = selection.rules.ignores(path) && !selection.always.has(path);
    const entry = {
      path,
      mode: state.mode & 0o7777,
      mtime: Math.floor(state.mtimeMs / 1000),
      size: 0,
    };
    if (state.isDirectory()) {
      if (
        ignored &&
        selection.rules.skipsFolder(path) &&
        ![...selection.always].some((kept) => kept.startsWith(`${path}/`))
      )
        continue;
      if (!ignored) yield tarHeader({ ...entry, type: "directory" });
      yield* filesOf(context, path, selection);
    } else if (ignored) continue;
    else if (state.isSymbolicLink()) yield tarHeader({ ...entry, type: "symlink", linkTarget: await readlink(full) });
    else if (state.isFile()) yield* file(full, { ...entry, type: "file", size: state.size });
    // Sockets and devices have no place in an image.
  }
}

async function* file(full: string, entry: Parameters<typeof tarHeader>[0]): AsyncGenerator<Uint8Array> {
  yield tarHeader(entry);
  if (entry.size === 0) return;
  let sent = 0;
  // No more than the header says: a file that grows meanwhile would spoil the archive.
  for await (const bytes of byteChunks(createReadStream(full, { end: entry.size - 1 }))) {
    sent += bytes.length;
    yield bytes;
  }
  if (sent !== entry.size) throw new Error(`${entry.path} changed while it was read`);
  yield tarPadding(entry.size);
}
