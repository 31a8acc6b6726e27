/** Mounts of a RUN: what is written there is not in the image, and nobody's owner there is ours to change. */
import type { BuildModel } from "../containerfile/build-model.ts";
import type { RunInstruction } from "../containerfile/model.ts";
import { readMount } from "../containerfile/run-mounts.ts";
import { isSystemPath, isWithin, resolvePath } from "../facts/paths.ts";
import type { WritableFolder } from "./model.ts";

export interface Mount {
  readonly path: string;
  /** Certainly mounted on a folder, which may stay in the image. */
  readonly isFolder: boolean;
}

const targetKeys: ReadonlySet<string> = new Set(["target", "dst", "destination"]);

/** The mounts of a RUN that have a target of their own; `undefined` where one cannot be known. */
export function mountsOf(model: BuildModel, run: RunInstruction): readonly Mount[] | undefined {
  const mounts: Mount[] = [];
  for (const { name, value } of run.flags) {
    if (name !== "mount") continue;
    const fields = readMount(value ?? "");
    if (fields === undefined) return undefined;
    const target = fields.findLast(({ key }) => targetKeys.has(key))?.value;
    // Secrets and agents lie below /run where nothing else is said.
    if (target === undefined) continue;
    const { value: path, unknown, error } = model.expand(run, target);
    const folder = model.before(run).workdir.value;
    if (unknown.length > 0 || error !== undefined || (!path.startsWith("/") && folder.unknown.length > 0))
      return undefined;
    const type = fields.findLast(({ key }) => key === "type")?.value?.toLowerCase();
    mounts.push({ path: resolvePath(folder.value, path), isFolder: type === "cache" || type === "tmpfs" });
  }
  return mounts;
}

/**
 * Folders that were made below the application's to mount something on. They are root's where the builder leaves them in
 * the image, and made anew where it does not.
 */
export function mountPoints(model: BuildModel, folders: readonly WritableFolder[]): readonly WritableFolder[] {
  const points = new Map<string, WritableFolder>();
  for (const { instruction } of model.shipped) {
    if (instruction.keyword !== "RUN") continue;
    const mounts = mountsOf(model, instruction) ?? [];
    for (const { path, isFolder } of mounts) {
      if (!isFolder || isSystemPath(path) || folders.some((folder) => folder.path === path)) continue;
      // On a folder of another mount.
      if (mounts.some((other) => other.path !== path && isWithin(other.path, path))) continue;
      if (folders.some((folder) => isWithin(folder.path, path)))
        points.set(path, { path, why: "mount", at: instruction.index });
    }
  }
  return [...points.values()];
}
