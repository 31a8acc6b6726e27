import { constants } from "node:fs";
import { lstat, open, readlink } from "node:fs/promises";
import { join } from "node:path";
import type { Failure } from "../../core/errors.ts";
import type { CallOptions, ImageFile } from "../../core/ports.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { fileSizeLimit, resolveInside, type Step } from "../resolve-inside.ts";
import { readTar } from "../../image/tar.ts";
import { copyOutArgs, createArgs, removeContainersArgs } from "./args.ts";
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
  paths: readonly string[],
  options: CallOptions,
  container: ReadContainer,
): Promise<Files> {
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

/**
 * Reads files through a container that is created and never started: for rootless podman and for remote engines.
 * podman itself follows links, inside the container's root.
 */
export async function readCopied(
  client: PodmanClient,
  image: string,
  paths: readonly string[],
  options: CallOptions,
  container: ReadContainer,
): Promise<Files> {
  return await withContainer(client, image, options, container, async () => {
    const files = new Map<string, ImageFile>();
    for (const path of paths) {
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
