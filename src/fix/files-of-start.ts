/** Files that the start writes over in folders that the author asked for. */
import { isSystemPath, isWithin, resolvePath } from "../facts/paths.ts";
import { startedWrites } from "../rules/started-writes.ts";
import type { PlanInput, WritableFolder } from "./model.ts";

const isOfSystem = ({ why, path }: WritableFolder): boolean => why === "asked" && isSystemPath(path);

/**
 * In a folder of the system the base image may have such a file already, as root's: `envsubst > /etc/nginx/conf.d/default.conf`
 * fails in a folder that is the account's. What a COPY brings is handed over by itself.
 */
export function withFilesOfStart(input: PlanInput, folders: readonly WritableFolder[]): readonly WritableFolder[] {
  if (!folders.some(isOfSystem)) return folders;
  const copied = input.effects.copies.map(({ destination }) => destination && resolvePath("/", destination));
  const written = startedWrites(input).flatMap(({ files }) => files.filter((file) => !copied.includes(file)));
  return folders.map((folder) => {
    const files = isOfSystem(folder) ? written.filter((file) => isIn(folder.path, file)) : [];
    return files.length === 0 ? folder : { ...folder, files: [...new Set(files)].toSorted() };
  });
}

/** Directly: folders between the two are not made. */
const isIn = (folder: string, file: string): boolean => isWithin(folder, file) && resolvePath(file, "..") === folder;
