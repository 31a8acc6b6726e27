/** File capabilities and setuid bits that shipped RUNs set, and the chown that takes them away again. */
import type { CapabilityChange, Effects, ModeChange, OwnerChange } from "../facts/effects.ts";
import { pathsOf } from "./layers.ts";
import { indexPaths } from "./path-index.ts";

export interface FilePrivilege {
  readonly kind: "capabilities" | "setuid";
  readonly path: string;
  /** The command that sets it. */
  readonly by: CapabilityChange | ModeChange;
  /** A chown behind it that clears it; `undefined` when it ships. */
  readonly lostTo: OwnerChange | undefined;
}

/** Whether a mode gives the setuid bit: `4755`, `u+s`, `+s`, `u=rwxs`. setgid alone is for folders mostly. */
export function setsSetuid(mode: string | undefined): boolean {
  if (mode === undefined) return false;
  if (/^[0-7]+$/.test(mode)) return mode.length >= 4 && (Number.parseInt(mode.slice(-4, -3), 8) & 4) !== 0;
  return mode.split(",").some((clause) => /^(?:[ugo]*[ua][ugo]*)?[+=][rwxX]*s/.test(clause));
}

const removesCapabilities = ({ command }: CapabilityChange): boolean =>
  command.words.some(({ value }) => value === "-r" || value === "--remove");

/** Every file privilege that the shipped RUNs set, in order; a path set twice counts with the last one. */
export function filePrivileges(effects: Effects): readonly FilePrivilege[] {
  const set = new Map<string, Omit<FilePrivilege, "lostTo">>();
  const events = [
    ...effects.capabilities.map((by) => ({ kind: "capabilities" as const, by, clears: removesCapabilities(by) })),
    ...effects.modes.map((by) => ({ kind: "setuid" as const, by, clears: !setsSetuid(by.mode) })),
  ].toSorted((a, b) => a.by.command.span.start - b.by.command.span.start);
  for (const { kind, by, clears } of events) {
    if (kind === "setuid" && clears && !isAbsoluteMode(by)) continue;
    for (const path of pathsOf(by)) {
      if (clears) set.delete(`${kind} ${path}`);
      else set.set(`${kind} ${path}`, { kind, path, by });
    }
  }
  // Of several chowns of one path, the last one tells whether the privilege is there in the end.
  const last = new Map<string, { change: OwnerChange; path: string }>();
  for (const change of effects.owners) {
    for (const path of pathsOf(change)) last.set(`${change.recursive} ${path}`, { change, path });
  }
  const owners = indexPaths(last.values(), ({ path }) => path);
  return [...set.values()].map((privilege) => {
    for (const { change, path } of owners.around(privilege.path)) {
      const reaches = path === privilege.path || change.recursive || globReaches(change, privilege.path);
      if (reaches && change.command.span.start > privilege.by.command.span.start) return { ...privilege, lostTo: change };
    }
    return { ...privilege, lostTo: undefined };
  });
}

/** `chmod 755` takes setuid away, `chmod +x` does not. */
const isAbsoluteMode = (by: CapabilityChange | ModeChange): boolean =>
  "mode" in by && (/^[0-7]+$/.test(by.mode ?? "") || /(?:^|,)[ugoa]*-[rwxX]*s/.test(by.mode ?? ""));

/** `chown app /srv/*` reaches what lies directly in /srv. */
const globReaches = (change: OwnerChange, path: string): boolean =>
  change.paths.some((one) => one.path?.endsWith("/*") === true && path.slice(0, path.lastIndexOf("/")) === one.path.slice(0, -2));
