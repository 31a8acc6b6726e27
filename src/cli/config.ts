/** The configuration file `.image-fix.yaml`: found, read and validated. Options of the command line win over it. */
import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Failure } from "../core/errors.ts";
import type { Severity } from "../core/finding.ts";
import { err, ok, type Result } from "../core/result.ts";

const configName = ".image-fix.yaml";

/** What the file may say; keys are those of the options. `schemas/config.schema.json` describes it for editors. */
export interface Config {
  readonly engine?: "auto" | "podman" | "docker" | "none";
  readonly platform?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly "user-name"?: string;
  readonly home?: string;
  readonly writable?: readonly string[];
  readonly openshift?: boolean;
  readonly comments?: boolean;
  readonly recipes?: string;
  readonly timeout?: number;
  readonly "build-args"?: Readonly<Record<string, string>>;
  readonly "fail-on"?: "error" | "warning";
  readonly "allow-unknown"?: boolean;
  readonly rules?: Readonly<Record<string, "off" | Severity>>;
}

/**
 * Reads the configuration: the file named by `--config`, else `.image-fix.yaml` in this folder or one above it, up to
 * the root of the git checkout. Folders in it are relative to the file.
 */
export async function loadConfig(named: string | undefined, cwd: string): Promise<Result<Config, Failure>> {
  const found = named === undefined ? await findConfig(cwd) : { file: named, text: await readText(named) };
  if (found === undefined) return ok({});
  if (found.text === undefined) {
    return err({
      code: "CONFIG_INVALID",
      file: found.file,
      message: "the configuration file cannot be read",
      hint: "name an existing file with --config FILE",
    });
  }
  const { readConfig } = await import("./config-schema.ts");
  const config = readConfig(found.file, found.text);
  if (!config.ok || config.value.recipes === undefined) return config;
  return ok({ ...config.value, recipes: resolve(dirname(found.file), config.value.recipes) });
}

async function findConfig(cwd: string): Promise<{ file: string; text: string } | undefined> {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const file = join(folder, configName);
    const text = await readText(file);
    if (text !== undefined) return { file: folder === resolve(cwd) ? configName : file, text };
    const isRoot = dirname(folder) === folder || (await exists(join(folder, ".git")));
    if (isRoot) return undefined;
  }
}

const readText = (file: string): Promise<string | undefined> => readFile(file, "utf8").catch(() => undefined);

async function exists(path: string): Promise<boolean> {
  const { access } = await import("node:fs/promises");
  return access(path).then(
    () => true,
    () => false,
  );
}
