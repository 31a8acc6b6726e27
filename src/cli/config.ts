/** The configuration file `.image-fix.yaml`: found, read and validated. Options of the command line win over it. */
import { access, readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Failure } from "../core/errors.ts";
import { fileReasonOf } from "../core/file-reason.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { Config } from "./config-schema.ts";

const configName = ".image-fix.yaml";
/** What people call it too; it is not read, and settings must not be lost without a word. */
const otherName = ".image-fix.yml";

/**
 * Reads the configuration: the file named by `--config`, else `.image-fix.yaml` in this folder or one above it, up to
 * the root of the git checkout. Folders in it are relative to the file.
 */
export async function loadConfig(named: string | undefined, cwd: string): Promise<Result<Config, Failure>> {
  const found = named === undefined ? await findConfig(cwd) : ok(named);
  if (!found.ok) return found;
  const file = found.value;
  if (file === undefined) return ok({});
  const text = await readText(resolve(cwd, file));
  if (!text.ok) {
    return invalid(
      file,
      "the configuration file cannot be read",
      `${text.error}; name a readable one with --config FILE`,
    );
  }
  const { readConfig } = await import("./config-schema.ts");
  const config = readConfig(file, text.value);
  if (!config.ok || config.value.recipes === undefined) return config;
  return ok({ ...config.value, recipes: resolve(dirname(file), config.value.recipes) });
}

const isThere = async (path: string): Promise<boolean> => access(path).then(() => true, isPresent);

async function findConfig(cwd: string): Promise<Result<string | undefined, Failure>> {
  const here = resolve(cwd);
  for (let folder = here; ; folder = dirname(folder)) {
    const called = (name: string): string => (folder === here ? name : join(folder, name));
    if (await isThere(join(folder, configName))) return ok(called(configName));
    if (await isThere(join(folder, otherName))) {
      return invalid(called(otherName), "a configuration file of this name is not read", `rename it to ${configName}`);
    }
    const isRoot = dirname(folder) === folder || (await isThere(join(folder, ".git")));
    if (isRoot) return ok(undefined);
  }
}

/** Whether a failed look at a file leaves open what is there; to be told, rather than to go on without its settings. */
const isPresent = (error: unknown): boolean =>
  !(error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"));

const readText = async (path: string): Promise<Result<string, string>> =>
  readFile(path, "utf8").then(ok, (error: unknown) => err(fileReasonOf(error)));

const invalid = (file: string, message: string, hint: string): Result<never, Failure> =>
  err({ code: "CONFIG_INVALID", file, message, hint });
