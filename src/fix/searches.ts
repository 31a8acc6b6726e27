/** The searches for files to hand over: where each stands and what it certainly does. */
import type { RunInstruction } from "../containerfile/model.ts";
import type { Effects } from "../facts/effects.ts";
import { pathOf } from "../facts/ownership-commands.ts";
import { isWithin } from "../facts/paths.ts";
import { programOf } from "../rules/shell-words.ts";
import { findMayBeMissing, type Owner, type Search } from "./handover-text.ts";
import { setuidHiders } from "./hidden-setuid.ts";
import { isAskedLater, mayAskGit, needsGit, repositoriesOf } from "./git-work.ts";
import { keptBelow } from "./kept-paths.ts";
import { mountsOf } from "./mounts.ts";
import type { PlanInput, WritableFolder } from "./model.ts";
import { outermost } from "./ownership.ts";

/** Behind all RUNs of the file: in the account's RUN, which goes above a VOLUME, or behind everything that builds. */
export type Late = "volume" | "last";

export interface PlacedSearch extends Search {
  /** The place of its RUN in the file, or later. */
  readonly at: number | Late;
}

/** The search through folders at the end of a RUN, or later; `undefined` where there is none that can be. */
type SearchIn = (paths: readonly string[], owner: Owner, place: RunInstruction | Late) => PlacedSearch | undefined;

/** Makes the searches of a file, which is gone through but once for all of them. */
export function searcher({ model, effects, base }: Pick<PlanInput, "model" | "effects" | "base">): SearchIn {
  const hidesSetuid = setuidHiders(model, effects);
  const repositories = repositoriesOf(effects);
  const links = linksOf(effects);
  const asks = findMayBeMissing(base) ? needsGit : mayAskGit;
  return (paths, owner, place) => {
    const run = typeof place === "string" ? undefined : place;
    const mounts = run === undefined ? [] : mountsOf(model, run)?.map(({ path }) => path);
    const kept = keptBelow(paths, effects, owner, run);
    if (paths.length === 0 || mounts === undefined || kept === undefined) return undefined;
    const onlyFiles = run !== undefined && isAskedLater(paths, run, repositories, { model, effects }, asks);
    // `chown` alone cannot leave the folders out.
    if (onlyFiles && findMayBeMissing(base)) return undefined;
    return {
      paths,
      kept: { ...kept, setuid: hidesSetuid(paths, run) },
      mounts: outermost(mounts.filter((mount) => paths.some((path) => isWithin(path, mount)))),
      links: paths.filter((path) => links.has(path)),
      onlyFiles,
      at: typeof place === "string" ? place : place.index,
    };
  };
}

/** Where commands make symbolic links, which `find` and `chown -R` do not follow of their own accord. */
function linksOf({ commands }: Effects): ReadonlySet<string> {
  const links = new Set<string>();
  for (const { command } of commands) {
    const target = programOf(command) === "ln" ? command.words.at(-1) : undefined;
    const path = target && pathOf(command, target);
    if (path !== undefined) links.add(path);
  }
  return links;
}

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
