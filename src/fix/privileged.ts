/** Which COPYs bring a file that gets a setuid bit or capabilities. */
import type { Word } from "../containerfile/model.ts";
import type { CopyEffect, Effects } from "../facts/effects.ts";
import { isWithin, resolvePath } from "../facts/paths.ts";
import { basename } from "../shell/launch.ts";

/** Tools that make a file of their own where they are told to. */
const makers: ReadonlySet<string> = new Set([
  "cp", "mv", "install", "curl", "wget", "gcc", "g++", "cc", "c++", "clang", "go", "ld", "tar", "unzip",
]); // prettier-ignore

/**
 * Whether files of a COPY may be among those that get a setuid bit or capabilities behind it: a new owner would take
 * them away, so they are left alone. What a RUN makes itself is none of them.
 */
export function bringsPrivileged({ at, destination }: CopyEffect, effects: Effects): boolean {
  const { index, sources } = at.instruction;
  const folder = resolvePath("/", destination ?? "/");
  const changes = [...effects.capabilities, ...effects.modes.filter(({ privileged }) => privileged)];
  const files = singleFiles(sources, folder);
  const isMade = (path: string): boolean =>
    effects.writes.some(
      (write) =>
        write.at.instruction.index > index &&
        write.path !== folder &&
        isWithin(folder, write.path) &&
        isWithin(write.path, path) &&
        makers.has(basename(write.command.words[0]?.value ?? "")),
    );
  return changes.some(
    (change) =>
      change.at.instruction.index > index &&
      change.paths.some(
        ({ path }) =>
          path !== undefined &&
          isWithin(folder, path) &&
          (files === undefined || files.includes(path)) &&
          !isMade(path),
      ),
  );
}

/** Where sources go that are single files by their names; `undefined` where one may be a folder or several files. */
function singleFiles(sources: readonly Word[], destination: string): readonly string[] | undefined {
  const names = sources.map(({ value }) => basename(value));
  if (!names.every((name) => /^[^*?[\]$]+\.[A-Za-z0-9]+$/.test(name))) return undefined;
  return [destination, ...names.map((name) => resolvePath(destination, name))];
}
