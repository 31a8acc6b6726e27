/**
 * Reading and replacing a text file without losing a byte: what is not valid UTF-8 is read byte by byte (latin1) and
 * written back the same way, since inserted text is ASCII.
 */
import { constants, readFileSync, realpathSync, statSync } from "node:fs";
import {
  access,
  chmod,
  chown,
  lstat,
  mkdtemp,
  open,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileReasonOf } from "../core/file-reason.ts";
import type { Failure } from "../core/errors.ts";
import { err, ok, type Result } from "../core/result.ts";
import { interruption } from "./interruption.ts";

export interface TextFile {
  /** As the user named it. */
  readonly name: string;
  /** Where the bytes are, links resolved; `-` for what was read once and is nowhere: standard input, a pipe. */
  readonly path: string;
  readonly text: string;
  readonly encoding: "utf8" | "latin1";
}

/** A Containerfile larger than this is none. */
const maxBytes = 16 * 1024 * 1024;

/** Decodes bytes so that encoding the text again gives the same bytes. */
export function decodeLossless(bytes: Uint8Array): { readonly text: string; readonly encoding: "utf8" | "latin1" } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString("utf8");
  return Buffer.from(text, "utf8").equals(buffer)
    ? { text, encoding: "utf8" }
    : { text: buffer.toString("latin1"), encoding: "latin1" };
}

/**
 * Reads what a command line names: a file, a pipe, or `-` for standard input.
 * @param stdin what standard input held; bytes where no byte may be lost
 */
export async function readTarget(
  name: string,
  stdin: string | Uint8Array | undefined,
  signal: AbortSignal,
): Promise<Result<TextFile, Failure>> {
  if (name !== "-") return readTextFile(name, signal);
  const decoded =
    typeof stdin === "string" ? { text: stdin, encoding: "utf8" as const } : decodeLossless(stdin ?? none);
  return ok({ name, path: "-", ...decoded });
}

const none = new Uint8Array();

/**
 * Reads a file (or what a link leads to). Regular ones without waiting: of the time that a small file takes by promises,
 * most goes into the promises, and a folder may hold thousands.
 */
export async function readTextFile(name: string, signal: AbortSignal): Promise<Result<TextFile, Failure>> {
  const refused = (message: string, hint?: string): Result<never, Failure> =>
    err({ code: "UNREADABLE", file: name, message, ...(hint === undefined ? {} : { hint }) });
  const tooLarge = (size: string): Result<never, Failure> =>
    refused(`it has ${size} bytes; at most ${maxBytes} are read`);
  try {
    const info = statSync(name);
    if (info.isDirectory()) return refused("it is a folder");
    if (info.isFIFO()) {
      const { readPipe } = await import("./read-pipe.ts");
      const bytes = await readPipe(name, maxBytes, signal);
      if (bytes === undefined) return tooLarge(`more than ${maxBytes}`);
      return ok({ name, path: "-", ...decodeLossless(bytes) });
    }
    if (!info.isFile()) return refused("it is a device or a socket and no file", "name - for standard input");
    if (info.size > maxBytes) return tooLarge(String(info.size));
    const path = realpathSync.native(name);
    return ok({ name, path, ...decodeLossless(readFileSync(path)) });
  } catch (error) {
    if (signal.aborted) return err(interruption(signal));
    return refused(
      fileReasonOf(error),
      "name a file that can be read, a folder that holds some, or - for standard input",
    );
  }
}

/**
 * Replaces a file's content in one step: a temporary file in the same folder, synced, given the old mode and owner, and
 * renamed over the target of the link. Whatever goes wrong, the old file is there and the temporary one is not.
 */
export async function replaceTextFile(file: TextFile, text: string): Promise<Result<void, Failure>> {
  const { randomBytes } = await import("node:crypto");
  const temporary = temporaryName(file.path, randomBytes(6));
  try {
    const [info, now] = await Promise.all([stat(file.path), readFile(file.path)]);
    if (!now.equals(Buffer.from(file.text, file.encoding))) {
      return err({
        code: "WRITE_FAILED",
        file: file.name,
        message: "it changed while image-fix was working",
        hint: "run image-fix again",
      });
    }
    await access(file.path, constants.W_OK);
    const handle = await open(temporary, "wx", 0o600);
    try {
      await handle.writeFile(Buffer.from(text, file.encoding));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await chmod(temporary, info.mode & 0o7777);
    const made = await lstat(temporary);
    if (made.uid !== info.uid || made.gid !== info.gid) await chown(temporary, info.uid, info.gid);
    // chown clears setuid bits, so the mode goes on once more.
    await chmod(temporary, info.mode & 0o7777);
    await rename(temporary, file.path);
    return ok(undefined);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    return err({
      code: "WRITE_FAILED",
      file: file.name,
      message: fileReasonOf(error, "write"),
      hint: "the file is as it was; write elsewhere with -o FILE, or -o - for standard output",
    });
  }
}

/** A name beside a file for what is to replace it; short, as the file's own may be as long as names can be. */
const temporaryName = (path: string, random: Uint8Array): string =>
  join(dirname(path), `.${basename(path).slice(0, 40)}.${Buffer.from(random).toString("hex")}.tmp`);

/** Writes a new file (or over one) for `-o`, in one step. */
export async function writeNewFile(
  name: string,
  text: string,
  encoding: "utf8" | "latin1",
): Promise<Result<void, Failure>> {
  const there = await realpath(name).catch(() => undefined);
  const path = there ?? name;
  const { randomBytes } = await import("node:crypto");
  const temporary = temporaryName(path, randomBytes(6));
  try {
    const info = there === undefined ? undefined : await stat(there);
    if (info?.isFile() === false) {
      // A device or a pipe takes the text; a file in its place would be the end of it.
      await writeFile(path, Buffer.from(text, encoding));
      return ok(undefined);
    }
    const mode = info === undefined ? undefined : info.mode & 0o7777;
    const handle = await open(temporary, "wx", 0o666);
    try {
      await handle.writeFile(Buffer.from(text, encoding));
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (mode !== undefined) await chmod(temporary, mode);
    await rename(temporary, path);
    return ok(undefined);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    return err({
      code: "WRITE_FAILED",
      file: name,
      message: fileReasonOf(error, "write"),
      hint: "name a file in a folder that can be written",
    });
  }
}

/** Whether a path leads to the file that was read. */
export const isSameFile = async (file: TextFile, path: string): Promise<boolean> =>
  (await realpath(path).catch(() => undefined)) === file.path;

/** A private folder for candidates, removed by `dispose`. */
export interface TemporaryFolder {
  readonly path: string;
  readonly dispose: () => Promise<void>;
}

/** Makes a {@link TemporaryFolder} in `root`. */
export async function temporaryFolder(root: string): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(root, "image-fix-"));
  return { path, dispose: () => rm(path, { recursive: true, force: true }) };
}
