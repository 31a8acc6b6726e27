/**
 * Who owns what without storing anything twice: COPY and ADD get `--chown`, a RUN hands over what it makes in the same
 * layer, and folders are chowned one by one, never recursively.
 */
import { insertFlag } from "../containerfile/edits.ts";
import type { BuildModel } from "../containerfile/build-model.ts";
import type { RunInstruction } from "../containerfile/model.ts";
import type { Edit } from "../core/finding.ts";
import type { CopyEffect, Effects, TreeWrite } from "../facts/effects.ts";
import { isSystemPath, isWithin, resolvePath } from "../facts/paths.ts";
import { workdirs } from "../facts/workdirs.ts";
import { basename } from "../shell/launch.ts";
import { mountsOf } from "./mounts.ts";
import { runsAsRoot } from "./placement.ts";
import { bringsPrivileged } from "./privileged.ts";
import { takenAway } from "./removals.ts";
import type { WritableFolder } from "./model.ts";

/**
 * The folders to hand over: the WORKDIR chain of what ships, VOLUMEs that this file declares, the HOME that it sets, and
 * what the author asked for. System folders stay root's.
 */
export function writableFolders(model: BuildModel, asked: readonly string[]): readonly WritableFolder[] {
  const folders = new Map<string, WritableFolder>();
  const add = (folder: WritableFolder): void => {
    if (!folders.has(folder.path)) folders.set(folder.path, folder);
  };
  const final = model.after(model.graph.target);
  const workdir = final.workdir.value;
  if (workdir.unknown.length === 0 && workdir.error === undefined && final.workdir.at !== undefined) {
    for (const { instruction, path } of workdirs(model))
      if (!isSystemPath(path) && isWithin(path, workdir.value)) add({ path, why: "workdir", at: instruction.index });
    // That of an ONBUILD trigger of this file.
    const path = resolvePath("/", workdir.value);
    if (!isSystemPath(path)) add({ path, why: "workdir", at: final.workdir.at.index });
  }
  for (const volume of final.volumes) {
    const path = resolvePath("/", volume.value);
    // A folder that is both may have to be made above its VOLUME, where no WORKDIR has made it yet.
    if (volume.at !== undefined && !isSystemPath(path)) folders.set(path, { path, why: "volume" });
  }
  for (const path of asked) add({ path: resolvePath("/", path), why: "asked" });
  const home = homeHere(model);
  if (home !== undefined) add({ path: home, why: "home" });
  return [...folders.values()];
}

/**
 * The folder that the file itself says HOME is, which wins over the account's (runc `libcontainer/env.go`). In a VOLUME of
 * the base image nothing can be given away.
 */
function homeHere(model: BuildModel): string | undefined {
  const [last] = model.shipped
    .flatMap(({ instruction }) =>
      instruction.keyword === "ENV"
        ? instruction.pairs
            .filter(({ key }) => key.value === "HOME")
            .map(({ value }) => model.expand(instruction, value.value))
        : [],
    )
    .slice(-1);
  if (last === undefined || last.unknown.length > 0 || !last.value.startsWith("/")) return undefined;
  const path = resolvePath("/", last.value);
  const { volumes } = model.after(model.graph.target);
  const isFixed = volumes.some(({ value, at }) => at === undefined && isWithin(resolvePath("/", value), path));
  return isFixed || isSystemPath(path) ? undefined : path;
}

export interface CopyHandover {
  readonly copy: CopyEffect;
  readonly edit: Edit;
  /** `--chown` stands where `--link` did. */
  readonly replacesLink: boolean;
}

/**
 * `--chown` for every COPY and ADD that puts files below one of the folders as root's.
 * @param others that have to change their owner wherever their files are.
 */
export function copyHandovers(
  effects: Effects,
  folders: readonly WritableFolder[],
  owner: string,
  others: readonly CopyEffect[] = [],
): readonly CopyHandover[] {
  return effects.copies.flatMap((copy): readonly CopyHandover[] => {
    const destination = copy.destination === undefined ? undefined : resolvePath("/", copy.destination);
    if (destination === undefined || copy.chown !== undefined) return [];
    // Into a folder, or a whole tree around one (`COPY . /srv` under `WORKDIR /srv/app`).
    const concerns = ({ path, why }: WritableFolder): boolean =>
      isWithin(path, destination) ||
      // What lies around a folder of the base image's software is mostly not the application's.
      (why !== "software" && isWithin(destination, path) && !isSystemPath(destination));
    if (!folders.some(concerns) && !others.includes(copy)) return [];
    if (bringsPrivileged(copy, effects)) return [];
    const chown = `--chown=${owner}`;
    const { instruction } = copy.at;
    const link = copy.link ? instruction.flags.find(({ name }) => name === "link") : undefined;
    if (link === undefined || !givesFoldersAbove(destination, folders))
      return [{ copy, edit: insertFlag(instruction, chown), replacesLink: false }];
    return [{ copy, edit: { span: link.span, text: chown }, replacesLink: true }];
  });
}

/**
 * Whether a linked copy with `--chown` would give away more than the folders: BuildKit makes all folders above the
 * destination anew in the layer of its own, as the owner's, and they replace those that were there (`WORKDIR
 * /usr/src/app` would make /usr the account's; tried with BuildKit 0.34).
 */
function givesFoldersAbove(destination: string, folders: readonly WritableFolder[]): boolean {
  const end = destination.indexOf("/", 1);
  return end !== -1 && !folders.some(({ path }) => isWithin(path, destination.slice(0, end)));
}

/** What one RUN makes below the folders. */
export interface RunHandover {
  readonly run: RunInstruction;
  /** Folders to look through, outermost first. */
  readonly paths: readonly string[];
}

/**
 * The RUNs that make files as root below one of the folders, as far as their commands tell.
 * @param isGiven tells what its RUN itself gives to the account.
 */
export function runHandovers(
  model: BuildModel,
  effects: Effects,
  folders: readonly WritableFolder[],
  isGiven: (write: TreeWrite) => boolean,
): readonly RunHandover[] {
  const found = new Map<RunInstruction, { readonly paths: Set<string>; makesFolders: boolean }>();
  const untouchable = new Set(effects.capabilities.map(({ at }) => at.instruction));
  const isTakenAwayBehind = takenAway(effects.commands);
  for (const write of effects.writes) {
    const { instruction, stage } = write.at;
    if (untouchable.has(instruction)) continue;
    const target = write.path;
    const folder = folders.find(({ path }) => isWithin(path, target));
    // A folder that is only made here, or a link to one, is handed over with the account.
    if (folder === undefined || (folder.path === target && makesOnly(write))) continue;
    // Nothing says that it is where the application works.
    if (folder.why === "start" && !write.certain) continue;
    if (mountsOf(model, instruction)?.some((mount) => isWithin(mount.path, target)) === true) continue;
    // Of what stands deeper, the folders that were made for it have to go with it.
    const entry = target.slice(folder.path.length).split("/").find(Boolean) ?? "";
    const gone = resolvePath(folder.path, entry);
    if (!runsAsRoot(model, instruction, stage) || isTakenAwayBehind(gone, write)) continue;
    if (isGiven(write)) continue;
    const one = found.get(instruction) ?? { paths: new Set<string>(), makesFolders: true };
    one.paths.add(folder.path);
    one.makesFolders &&= makesOnly(write);
    found.set(instruction, one);
  }
  const all = [...found].map(([run, { paths, makesFolders }]) => ({ run, makesFolders, paths: outermost([...paths]) }));
  // Folders cost nothing in a later layer: whoever looks through them there hands them over too.
  return all.filter(
    ({ run, makesFolders, paths }) =>
      !makesFolders ||
      !all.some((other) => other.run.index > run.index && paths.every((path) => other.paths.includes(path))),
  );
}

const makesOnly = ({ command, isUnnamed }: TreeWrite): boolean =>
  !isUnnamed && /^(?:mkdir|ln)$/.test(basename(command.words[0]?.value ?? ""));

/** Drops paths that lie below another one. */
export const outermost = (paths: readonly string[]): readonly string[] =>
  [...new Set(paths)].filter((path, _, all) => !all.some((other) => other !== path && isWithin(other, path)));
