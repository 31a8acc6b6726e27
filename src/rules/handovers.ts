/** What the file gives to the user that the image runs as. */
import type { Instruction } from "../containerfile/model.ts";
import type { Stage } from "../containerfile/build-model.ts";
import type { Span } from "../core/finding.ts";
import { FinalAccounts } from "../facts/final-accounts.ts";
import { resolvePath } from "../facts/paths.ts";
import { isGlob } from "./layers.ts";
import { indexPaths, type PathIndex } from "./path-index.ts";
import type { RuleInput } from "./rule.ts";

/** A path that an instruction makes the final user's, or writable for everybody. */
export interface Handover {
  /** Absolute, normalised. */
  readonly path: string;
  readonly recursive: boolean;
  /** By giving it to the user (chown) or by opening it to all (chmod). */
  readonly by: "owner" | "mode";
  readonly instruction: Instruction;
  readonly stage: Stage;
  readonly span: Span;
}

/** The names and numbers that mean the final user in a chown, or may: a package's account that nobody here can number. */
function namesOf({ user, base, effects }: RuleInput): ReadonlySet<string> {
  const names = new Set<string>();
  if (user.userPart !== null && user.userPart !== "") names.add(user.userPart);
  if (!user.uid.known) return names;
  const uid = user.uid.value;
  names.add(String(uid));
  if (user.account.known) {
    if (user.account.value !== undefined) names.add(user.account.value.name);
    return names;
  }
  const accounts = new FinalAccounts(base, effects);
  const owners = [...effects.owners.map(({ owner }) => owner), ...effects.copies.map(({ chown }) => chown)];
  for (const owner of owners) {
    const name = owner?.split(":")[0] ?? "";
    if (name === "" || name === "root" || /^\d+$/.test(name)) continue;
    const account = accounts.byName(name);
    if (!account.known || account.value?.uid === uid) names.add(name);
  }
  return names;
}

/** Whether a mode lets everybody write: `777`, `1777`, `a+w`, `o+rwx`. */
export const opensToAll = (mode: string | undefined): boolean =>
  mode !== undefined &&
  (/^[0-7]{3,4}$/.test(mode)
    ? (Number.parseInt(mode.slice(-1), 8) & 2) !== 0
    : /(?:^|,)[ug]*[oa][ugoa]*[+=][rxXst]*w/.test(mode));

/** Whether a mode lets the group write: `775`, `g+w`, `g=u`. */
const opensToGroup = (mode: string): boolean =>
  /^[0-7]{3,4}$/.test(mode)
    ? (Number.parseInt(mode.slice(-2, -1), 8) & 2) !== 0
    : /(?:^|,)[uo]*[ga][ugoa]*[+=](?:[rxXst]*w|u)/.test(mode);

/** Whether a mode may let the final user write what is root's: as somebody else, or with root's group. */
export function mayOpen({ user }: RuleInput, mode: string | undefined): boolean {
  const isRootGroup = !user.kubernetesGid.known || user.kubernetesGid.value === 0;
  return mode === undefined || opensToAll(mode) || (isRootGroup && opensToGroup(mode));
}

/** Everything that shipped instructions hand to the final user, in file order. */
export function handovers(input: RuleInput): readonly Handover[] {
  const { effects } = input;
  const names = namesOf(input);
  const isUser = (owner: string | undefined): boolean => owner !== undefined && names.has(owner.split(":")[0] ?? "");
  const found: Handover[] = [];
  for (const { tool, owner, paths, recursive, at, command } of [...effects.owners, ...effects.completed]) {
    if (tool !== "chown" || !isUser(owner)) continue;
    for (const one of paths) {
      if (one.path === undefined) continue;
      // `chown app /srv/*` gives what is in /srv.
      found.push({ path: one.path, recursive: recursive || isGlob(one), by: "owner", ...at, span: command.span });
    }
  }
  for (const { mode, paths, recursive, at, command } of effects.modes) {
    if (!opensToAll(mode)) continue;
    for (const { path } of paths) {
      if (path !== undefined) found.push({ path, recursive, by: "mode", ...at, span: command.span });
    }
  }
  for (const { destination, chown, at } of effects.copies) {
    if (destination === undefined || !isUser(chown)) continue;
    found.push({ path: resolvePath("/", destination), recursive: true, by: "owner", ...at, span: at.instruction.span });
  }
  return found.toSorted((a, b) => a.span.start - b.span.start);
}

/** Handovers by path. */
export const indexHandovers = (found: readonly Handover[]): PathIndex<Handover> =>
  indexPaths(found, ({ path }) => path);

/** The handover that reaches a path: of the path itself, or a recursive one of a folder around it. */
export function handoverOf(index: PathIndex<Handover>, path: string, behind = -1): Handover | undefined {
  for (const one of index.around(path)) {
    if ((one.path === path || one.recursive) && one.span.start > behind) return one;
  }
  return undefined;
}

/** The home of the final user's account where it is one that an application may use. */
export function usableHome({ user }: RuleInput): string | undefined {
  const home = user.account.known ? user.account.value?.home : undefined;
  if (home === undefined || !home.startsWith("/")) return undefined;
  const path = resolvePath("/", home);
  return path === "/" || path === "/root" || path === "/nonexistent" || path.startsWith("/dev") ? undefined : path;
}
