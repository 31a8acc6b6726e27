/** A layout that is a folder. */
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileReasonOf } from "../../core/file-reason.ts";
import type { Reply } from "../../core/ports.ts";
import { err, ok } from "../../core/result.ts";
import { readLayerStream } from "../layer/read-layer.ts";
import { invalidImage } from "../view.ts";
import type { LayoutFiles } from "./layout.ts";
import { verified } from "./verified.ts";

/** Why a path is no folder that a layout could be in. */
export async function folderFault(
  path: string,
): Promise<{ readonly message: string; readonly hint?: string } | undefined> {
  const state = await stat(path).catch((error: unknown) =>
    error instanceof Error && "code" in error && error.code === "ENOENT"
      ? "there is no such folder"
      : fileReasonOf(error),
  );
  if (typeof state === "string") return { message: state };
  if (state.isDirectory()) return undefined;
  return { message: "it is a file, not a folder", hint: `an archive of a layout is read with oci-archive:${path}` };
}

/** Opens a folder. */
export async function openFolder(path: string, target: string): Reply<LayoutFiles> {
  const fault = await folderFault(path);
  return fault === undefined ? ok(folderFiles(path, target)) : err({ code: "UNREADABLE", file: path, ...fault });
}

/** The files of a folder. What is no regular file is not there: a pipe would never end. */
function folderFiles(path: string, target: string): LayoutFiles {
  const sizeOf = async (name: string): Promise<number | undefined> => {
    const state = await stat(join(path, name)).catch(() => undefined);
    return state?.isFile() === true ? state.size : undefined;
  };
  return {
    describe: `layout ${path}`,
    small: async (name, most) => {
      const size = await sizeOf(name);
      if (size === undefined) return ok(undefined);
      if (size > most) return err(invalidImage(target, `${name} has ${size} bytes; at most ${most} are read`));
      try {
        const file = await open(join(path, name));
        try {
          const buffer = Buffer.alloc(size);
          const { bytesRead } = await file.read(buffer, 0, size, 0);
          return ok(buffer.subarray(0, bytesRead));
        } finally {
          await file.close();
        }
      } catch (error) {
        return err(invalidImage(target, `${name} cannot be read (${codeOf(error)})`));
      }
    },
    layer: async (name, descriptor, contents) => {
      if ((await sizeOf(name)) === undefined) return ok(undefined);
      const stream = createReadStream(join(path, name));
      try {
        return await readLayerStream(verified(stream, descriptor), descriptor, contents, target);
      } catch (error) {
        return err(invalidImage(target, `${name} cannot be read (${codeOf(error)})`));
      }
    },
  };
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : String(error);
