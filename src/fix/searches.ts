/** The searches for files to hand over: where each stands and what it certainly does. */
import type { RunInstruction } from "../containerfile/model.ts";
import type { Effects } from "../facts/effects.ts";
import { pathOf } from "../facts/ownership-commands.ts";
import { isWithin } from "../facts/paths.ts";
import { programOf } from "../rules/shell-words.ts";
import { findMayBeMissing, type Owner, type Search } from "./handover-text.ts";
import { mayHideSetuid } from "./hidden-setuid.ts";
import { isAskedLater, mayAskGit, needsGit } from "./git-work.ts";
import { keptBelow } from "./kept-paths.ts";
import { mountsOf } from "./mounts.ts";
import { outermost, type WritableFolder } from "./ownership.ts";
import type { PlanInput } from "./plan.ts";

/** Behind all RUNs of the file: in the account's RUN, which goes above a VOLUME, or behind everything that builds. */
export type Late = "volume" | "last";

export interface PlacedSearch extends Search {
  /** The place of its RUN in the file, or later. */
  readonly at: number | Late;
}

/** The search through folders at the end of a RUN, or later; `undefined` where there is none that can be. */
export function searchIn(
  { model, effects, base }: PlanInput,
  paths: readonly string[],
  owner: Owner,
  place: RunInstruction | Late,
): PlacedSearch | undefined {
  const run = typeof place === "string" ? undefined : place;
  const mounts = run === undefined ? [] : mountsOf(model, run)?.map(({ path }) => path);
  const kept = keptBelow(paths, effects, owner, run);
  if (paths.length === 0 || mounts === undefined || kept === undefined) return undefined;
  const asks = findMayBeMissing(base) ? needsGit : mayAskGit;
  const onlyFiles = run !== undefined && isAskedLater(paths, run, { model, effects }, asks);
  // `chown` alone cannot leave the folders out.
  if (onlyFiles && findMayBeMissing(base)) return undefined;
  return {
    paths,
    kept: { ...kept, setuid: mayHideSetuid(model, effects, paths, run) },
    mounts: outermost(mounts.filter((mount) => paths.some((path) => isWithin(path, mount)))),
    links: paths.filter((path) => isLink(effects, path)),
    onlyFiles,
    at: typeof place === "string" ? place : place.index,
  };
}

/** Whether a command makes a symbolic link there, which `find` and `chown -R` do not follow of their own accord. */
const isLink = ({ commands }: Effects, path: string): boolean =>
  commands.some(({ command }) => {
    const target = command.words.at(-1);
    return programOf(command) === "ln" && target !== undefined && pathOf(command, target) === path;
  });

/** Whether a search comes by everything that was below a path before it. */
export const reaches = (
  { paths, mounts, at }: PlacedSearch,
  before: { readonly path: string; readonly at: number },
): boolean =>
  typeof at === "number" &&
  at > before.at &&
  paths.some((path) => isWithin(path, before.path)) &&
  !mounts.some((mount) => isWithin(mount, before.path) || isWithin(before.path, mount));

/** Whether a search certainly gives a folder itself to the account. */
export const isCovered = (searches: readonly PlacedSearch[], folder: WritableFolder): boolean =>
  searches.some((search) => covers(search, folder));

function covers({ paths, kept, mounts, at }: PlacedSearch, { path, why, at: madeAt }: WritableFolder): boolean {
  // What is changed behind the VOLUME is lost.
  if (why === "volume" && at !== "volume") return false;
  if (paths.includes(path)) return why === "workdir" || kept.users.length === 0;
  const isBehind = typeof at === "string" || (madeAt !== undefined && at >= madeAt);
  const around = [...mounts, ...kept.paths.map((one) => one.replace(/\/\*$/, ""))];
  return (
    isBehind &&
    kept.users.length === 0 &&
    paths.some((one) => isWithin(one, path)) &&
    !around.some((one) => isWithin(one, path))
  );
}
