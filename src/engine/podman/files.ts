import { constants } from "node:fs";
import { lstat, open, readlink } from "node:fs/promises";
import { join } from "node:path";
import type { Failure } from "../../core/errors.ts";
import type { CallOptions, ImageFile, WantedFiles } from "../../core/ports.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { fileSizeLimit, resolveInside, type Step } from "../resolve-inside.ts";
import { ImageFiles } from "../../image/layer/image-files.ts";
import { readLayerStream } from "../../image/layer/read-layer.ts";
import { readTar } from "../../image/tar.ts";
import { asArray, asNumber, asObject, parseJson } from "../image-json.ts";
import { copyOutArgs, createArgs, inspectArgs, removeContainersArgs } from "./args.ts";
import { engineFailed, imageFailure, messageOf, type PodmanClient } from "./client.ts";

type Files = Result<ReadonlyMap<string, ImageFile>, Failure>;

/** A container that is made for reading: its name, and the label of what a run makes. */
export interface ReadContainer {
  readonly name: string;
  readonly label: string;
}

/**
 * Reads files through a mount, which only root on the engine's own machine can use. An image of an additional, read-only
 * store cannot be mounted itself; a container of it, which is never started, can.
 */
export async function readMounted(
  client: PodmanClient,
  image: string,
  wanted: WantedFiles,
  options: CallOptions,
  container: ReadContainer,
): Promise<Files> {
  const paths = pathsOf(wanted);
  const mounted = await client.expect(["image", "mount", "--", image], options);
  if (mounted.ok) {
    const files = await readAllBelow(mounted.value.stdout.trim(), paths);
    // Mounts are counted: this takes back ours only.
    await client.tidy(["image", "unmount", "--", image]);
    return files;
  }
  if (mounted.error.code !== "ENGINE_FAILED") return mounted;
  return await withContainer(client, image, options, container, async () => {
    const root = await client.expect(["mount", "--", container.name], options);
    return root.ok ? await readAllBelow(root.value.stdout.trim(), paths) : root;
  });
}

async function readAllBelow(root: string, paths: readonly string[]): Promise<Files> {
  const files = new Map<string, ImageFile>();
  try {
    for (const path of paths) {
      const content = await readBelow(root, path);
      if (content !== undefined) files.set(path, { path, content });
    }
    return ok(files);
  } catch (error) {
    return err({
      code: "ENGINE_FAILED",
      engine: "podman",
      message: `cannot read the mounted image: ${String(error)}`,
    });
  }
}

/** Makes a container that is never started, has something done with it, and removes it. */
async function withContainer(
  client: PodmanClient,
  image: string,
  options: CallOptions,
  { name, label }: ReadContainer,
  act: () => Promise<Files>,
): Promise<Files> {
  const created = await client.call(createArgs(image, name, label), options);
  if (created.ok && created.value.exitCode !== 0) return err(imageFailure("podman create", image, created.value));
  // Ended early, podman may have made it all the same.
  const files = created.ok ? await act() : created;
  await client.tidy(removeContainersArgs([name]));
  return files;
}

async function readBelow(root: string, path: string): Promise<Uint8Array | undefined> {
  const found = await resolveInside(path, async (place): Promise<Step> => {
    const full = join(root, place);
    const state = await lstat(full).catch(() => undefined);
    if (state === undefined) return { kind: "absent" };
    if (state.isSymbolicLink()) return { kind: "link", target: await readlink(full) };
    return { kind: state.isDirectory() ? "directory" : state.isFile() ? "file" : "other" };
  });
  if (found === undefined) return undefined;
  const file = await open(join(root, found), constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { size } = await file.stat();
    const buffer = new Uint8Array(Math.min(size, fileSizeLimit));
    let filled = 0;
    while (filled < buffer.length) {
      const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  } finally {
    await file.close();
  }
}

const pathsOf = ({ contents, present = [] }: WantedFiles): readonly string[] => [...contents, ...present];

/** One file takes a tenth of a second or more, thirty as long as all of an image of this size. */
const fewFiles = 4;
const largeImage = 256 * 1024 * 1024;

/** Whether all files of an image come sooner than the wanted ones one by one. */
export async function isSoonerWhole(
  client: PodmanClient,
  image: string,
  wanted: WantedFiles,
  options: CallOptions,
): Promise<boolean> {
  if (pathsOf(wanted).length <= fewFiles) return false;
  const inspected = await client.expect(inspectArgs(image), options);
  return inspected.ok && asNumber(asObject(asArray(parseJson(inspected.value.stdout))[0])["Size"]) <= largeImage;
}

/**
 * Reads files out of one stream of all that is in a container, which is created and never started: for rootless podman
 * and for remote engines. Links are followed inside the container's root. Not `podman export`, which cannot write to the
 * sockets that Node gives its children.
 * @param exported what a podman command writes to standard output
 */
export async function readWhole(
  client: PodmanClient,
  image: string,
  { contents, present = [] }: WantedFiles,
  options: CallOptions,
  container: ReadContainer,
  exported: (args: readonly string[], options: CallOptions) => AsyncIterable<Uint8Array>,
): Promise<Files> {
  return await withContainer(client, image, options, container, async () => {
    const digest = "as podman copies it";
    const whole = {
      digest,
      size: undefined,
      read: async (more: ReadonlySet<string> = new Set()) =>
        await readLayerStream(exported(copyOutArgs(container.name, "/"), options), { digest }, more, image),
    };
    const all = new ImageFiles([whole], contents);
    const files = new Map<string, ImageFile>();
    for (const path of contents) {
      const content = await all.content(path);
      if (!content.ok) return content;
      if (content.value?.isCut === true) return err(tooLong(path));
      if (content.value !== undefined) files.set(path, { path, content: content.value.bytes });
    }
    if (files.size === 0) return err(notThere);
    for (const path of present) {
      const found = await all.find(path);
      if (!found.ok) return found;
      if (found.value?.entry.kind === "file") files.set(path, { path, content: new Uint8Array() });
    }
    return ok(files);
  });
}

/** Of an image without any, or because podman names them in a way that we do not know. */
const notThere: Failure = { code: "ENGINE_FAILED", engine: "podman", message: "no file that was asked for came" };

const tooLong = (path: string): Failure => ({
  code: "ENGINE_FAILED",
  engine: "podman",
  message: `${path} is too long to be read on the way`,
});

/**
 * Reads files through a container that is created and never started, one by one: where there are few, or the image is large.
 * podman itself follows links, inside the container's root.
 */
export async function readCopied(
  client: PodmanClient,
  image: string,
  wanted: WantedFiles,
  options: CallOptions,
  container: ReadContainer,
): Promise<Files> {
  return await withContainer(client, image, options, container, async () => {
    const files = new Map<string, ImageFile>();
    for (const path of pathsOf(wanted)) {
      const copied = await client.call(copyOutArgs(container.name, path), options, {
        binary: true,
        limit: 2 * fileSizeLimit,
      });
      if (!copied.ok) return copied;
      if (copied.value.exitCode !== 0) {
        if (/could not be found|no such file|not a directory|too many levels/i.test(messageOf(copied.value.stderr)))
          continue;
        return err(engineFailed("podman cp", copied.value));
      }
      // A folder comes as itself, and then what is in it.
      const entry = readTar(copied.value.bytes)[0];
      if (entry?.type === "file") files.set(path, { path, content: entry.content.subarray(0, fileSizeLimit) });
    }
    return ok(files);
  });
}
