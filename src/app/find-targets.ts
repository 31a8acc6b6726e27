/** Finds the Containerfiles that a command line names: files as they are, folders searched. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Failure } from "../core/errors.ts";
import { err, ok, type Result } from "../core/result.ts";
import { interruption } from "./interruption.ts";
import { fileReasonOf } from "../core/file-reason.ts";

/** Folders that hold other people's files or none of interest. */
const skipped = new Set([
  ".git",
  ".hg",
  ".svn",
  "node_modules",
  ".venv",
  "venv",
  "__pycache__",
  ".terraform",
  ".cache",
  "lost+found",
]);

/**
 * Whether a file name is that of a Containerfile: `Containerfile`, `Dockerfile`, `Dockerfile.dev`, `app.Containerfile`,
 * `Dockerfile-alpine`; not their ignore files, nor templates and programs (`Dockerfile.j2`, `dockerfile.go`).
 */
export function isContainerfileName(name: string): boolean {
  if (
    /\.(?:dockerignore|containerignore|md|txt|j2|jinja2?|tmpl|tpl|template|erb|mustache|go|py|js|ts|json|ya?ml|sh|bak|orig|rej|swp)$/i.test(
      name,
    )
  )
    return false;
  return /^(?:containerfile|dockerfile)(?:[._-].+)?$/i.test(name) || /\.(?:containerfile|dockerfile)$/i.test(name);
}

/** What a folder is searched for. */
export interface Wanted {
  readonly isName: (name: string) => boolean;
  /** Said of a folder that holds none. */
  readonly none: string;
  /** What to name instead of something that cannot be read. */
  readonly hint: string;
}

const containerfiles: Wanted = {
  isName: isContainerfileName,
  none: "the folder holds no Containerfile or Dockerfile",
  hint: "name a Containerfile, a folder that holds one, or - for standard input",
};

/** A file to read, or a folder below one that was named which cannot be read: what is in it must not pass for clean. */
export interface FoundTarget {
  readonly name: string;
  /** Why a folder could not be searched. */
  readonly failure?: Failure;
}

/**
 * Expands what the command line names. Order is that of the command line; inside a folder by name, so that the same
 * tree gives the same output. `-` stays `-`.
 */
export async function findTargets(
  names: readonly string[],
  signal: AbortSignal,
  wanted: Wanted = containerfiles,
): Promise<Result<readonly FoundTarget[], Failure>> {
  const found = new Map<string, FoundTarget>();
  for (const name of names) {
    try {
      if (name === "-" || !(await stat(name)).isDirectory()) {
        found.set(name, { name });
        continue;
      }
      let isEmpty = true;
      for await (const target of walk(name, signal, wanted)) {
        isEmpty = false;
        found.set(target.name, target);
      }
      if (isEmpty) {
        return err({
          code: "UNREADABLE",
          file: name,
          message: wanted.none,
          hint: "name the file itself when it is called otherwise",
        });
      }
    } catch (error) {
      if (signal.aborted) return err(interruption(signal));
      return err({
        code: "UNREADABLE",
        file: name,
        message: fileReasonOf(error),
        hint: wanted.hint,
      });
    }
  }
  return ok([...found.values()]);
}

async function* walk(folder: string, signal: AbortSignal, wanted: Wanted): AsyncGenerator<FoundTarget> {
  signal.throwIfAborted();
  const entries = await readdir(folder, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  for (const entry of entries) {
    if (entry.isFile() && wanted.isName(entry.name)) yield { name: join(folder, entry.name) };
  }
  for (const entry of entries) {
    if (!entry.isDirectory() || skipped.has(entry.name)) continue;
    const name = join(folder, entry.name);
    // A folder below that cannot be read does not stop the others; the one that was named does.
    try {
      yield* walk(name, signal, wanted);
    } catch (error) {
      if (signal.aborted) throw error;
      yield { name, failure: unsearched(name, error) };
    }
  }
}

const unsearched = (folder: string, error: unknown): Failure => ({
  code: "UNREADABLE",
  file: folder,
  message: `the folder cannot be searched: ${fileReasonOf(error)}`,
  hint: "run image-fix as a user who may read it, or name the other files and folders one by one",
});
