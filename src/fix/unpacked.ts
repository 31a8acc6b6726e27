/**
 * ADDs that unpack an archive. `--chown` is not for what is in it everywhere: podman and the classic builder keep the
 * archive's owners.
 */
import type { BuildModel } from "../containerfile/build-model.ts";
import type { CopyInstruction } from "../containerfile/model.ts";
import type { Effects } from "../facts/effects.ts";
import { isWithin, resolvePath } from "../facts/paths.ts";
import type { Owner } from "./handover-text.ts";
import type { WritableFolder } from "./ownership.ts";

const archive = /\.(?:tar(?:\.(?:gz|bz2|xz|zst))?|tgz|tbz2?|txz|tzst)$/i;
const remote = /^(?:[a-z][a-z0-9+.-]*:\/\/|git@)/i;

/** Whether an ADD unpacks something, as the names of its sources tell: builders look at what is in a file. */
function unpacks(model: BuildModel, add: CopyInstruction): boolean {
  const flag = add.flags.find(({ name }) => name === "unpack");
  const asked = flag === undefined ? undefined : !/^(?:false|0|f)$/i.test(flag.value ?? "");
  return add.sources.some((source) => {
    const { value } = model.expand(add, source.value);
    return remote.test(value) ? asked === true : asked !== false && archive.test(value);
  });
}

/** Places below the folders into which archives are unpacked that their author gave nobody else. */
export function unpackedPaths(
  model: BuildModel,
  effects: Effects,
  folders: readonly WritableFolder[],
  owner: Owner,
): readonly { readonly path: string; readonly at: number }[] {
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
