/**
 * What is unpacked in places that no later line gives to anybody: by ADD, whose `--chown` is not for what is in an archive
 * everywhere (podman and the classic builder keep the archive's owners), and by RUNs, beside a folder that only a later
 * WORKDIR names.
 */
import type { BuildModel } from "../containerfile/build-model.ts";
import type { CopyInstruction } from "../containerfile/model.ts";
import type { Effects } from "../facts/effects.ts";
import { isWithin, resolvePath } from "../facts/paths.ts";
import { basename } from "../shell/launch.ts";
import type { Owner } from "./handover-text.ts";
import type { WritableFolder } from "./model.ts";

const archive = /\.(?:tar(?:\.(?:gz|bz2|xz|zst))?|tgz|tbz2?|txz|tzst)$/i;
const remote = /^(?:[a-z][a-z0-9+.-]*:\/\/|git@)/i;

/** Whether an ADD unpacks something, as the names of its sources tell: builders look at what is in a file. */
export function unpacks(model: BuildModel, add: CopyInstruction): boolean {
  const flag = add.flags.find(({ name }) => name === "unpack");
  const asked = flag === undefined ? undefined : !/^(?:false|0|f)$/i.test(flag.value ?? "");
  return add.sources.some((source) => {
    const { value } = model.expand(add, source.value);
    return remote.test(value) ? asked === true : asked !== false && archive.test(value);
  });
}

interface Unpacked {
  readonly path: string;
  /** Place of the instruction. */
  readonly at: number;
}

/** Places below the folders into which archives are unpacked that their author gave nobody else. */
export const unpackedPaths = (
  model: BuildModel,
  effects: Effects,
  folders: readonly WritableFolder[],
  owner: Owner,
): readonly Unpacked[] => [
  ...unpackedByAdd(model, effects, folders, owner),
  ...folders.flatMap((folder) => unpackedAround(effects, folder)),
];

/** Commands that make a folder of a name that only the archive, or the repository, knows. */
const unpackers: ReadonlySet<string> = new Set(["tar", "bsdtar", "unzip", "git"]);

/** RUNs in which a folder may come to be that a later WORKDIR names: `tar -xf app-1.0.tar.gz`, `WORKDIR /opt/app-1.0`. */
function unpackedAround({ writes }: Effects, { path, why, at: place }: WritableFolder): readonly Unpacked[] {
  if (why !== "workdir" || place === undefined) return [];
  // One that a command makes by its name is not the archive's.
  if (writes.some((write) => write.path === path && !write.isUnnamed)) return [];
  const name = path.slice(path.lastIndexOf("/") + 1);
  return writes.flatMap(({ at: { instruction }, command, path: into, certain }) => {
    if (!certain || instruction.index > place || into === path || !isWithin(into, path)) return [];
    if (!unpackers.has(basename(command.words[0]?.value ?? ""))) return [];
    // Into / go whole file systems too.
    if (into === "/" && !command.words.some(({ raw }) => raw.includes(name))) return [];
    return [{ path, at: instruction.index }];
  });
}

function unpackedByAdd(
  model: BuildModel,
  effects: Effects,
  folders: readonly WritableFolder[],
  owner: Owner,
): readonly Unpacked[] {
  return effects.copies.flatMap(({ at: { instruction }, destination, chown }) => {
    if (instruction.keyword !== "ADD" || destination === undefined || !unpacks(model, instruction)) return [];
    if (chown !== undefined && chown.split(":")[0] !== String(owner.uid)) return [];
    const into = resolvePath("/", destination);
    return folders.flatMap(({ path }) =>
      isWithin(path, into) || isWithin(into, path)
        ? [{ path: isWithin(path, into) ? into : path, at: instruction.index }]
        : [],
    );
  });
}
