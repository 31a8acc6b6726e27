/** Files that the start writes over, in folders that the author asked for or as what was asked for. */
import { isSystemPath, resolvePath } from "../facts/paths.ts";
import { startedWrites } from "../rules/started-writes.ts";
import type { PlanInput, WritableFolder } from "./model.ts";

/**
 * In a folder of the system the base image may have such a file already, as root's: `envsubst > /etc/nginx/conf.d/default.conf`
 * fails in a folder that is the account's. What a COPY brings is handed over by itself.
 */
export function withFilesOfStart(input: PlanInput, folders: readonly WritableFolder[]): readonly WritableFolder[] {
  if (!folders.some(({ why }) => why === "asked")) return folders;
  const copied = input.effects.copies.map(({ destination }) => destination && resolvePath("/", destination));
  const written = new Set(startedWrites(input).flatMap(({ files }) => files));
  return folders.map((folder) => {
    const { path, why } = folder;
    if (why !== "asked") return folder;
    if (written.has(path)) return { ...folder, files: [path] };
    if (!isSystemPath(path)) return folder;
    const files = [...written].filter((file) => resolvePath(file, "..") === path && !copied.includes(file));
    return files.length === 0 ? folder : { ...folder, files: files.toSorted() };
  });
}
