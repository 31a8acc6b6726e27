/** File capabilities and setuid bits that shipped RUNs set, and the chown that takes them away again. */
import type { CapabilityChange, Effects, ModeChange, OwnerChange } from "../facts/effects.ts";
import { resolvePath } from "../facts/paths.ts";
import { isGlob, pathsOf } from "./layers.ts";
import { indexPaths } from "./path-index.ts";
import { operandsOf, programOf } from "./shell-words.ts";

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

interface Event {
  readonly kind: FilePrivilege["kind"];
  readonly by: CapabilityChange | ModeChange | undefined;
  readonly start: number;
  readonly paths: readonly string[];
}

/** Everything that gives or takes a privilege, in file order; `by` is undefined for what takes one. */
function eventsOf({ capabilities, modes, commands }: Effects): readonly Event[] {
  const events: Event[] = capabilities.map((by) => ({
    kind: "capabilities",
    by,
    start: by.command.span.start,
    paths: pathsOf(by),
  }));
  for (const by of modes) {
    const sets = setsSetuid(by.mode);
    if (sets || takesSetuid(by.mode)) {
      events.push({ kind: "setuid", by: sets ? by : undefined, start: by.command.span.start, paths: pathsOf(by) });
    }
  }
  for (const { command } of commands) {
    if (programOf(command) !== "setcap" || !command.words.some(({ value }) => value === "-r")) continue;
    const paths = operandsOf(command).map((path) => resolvePath(command.cwd ?? "/", path));
    events.push({ kind: "capabilities", by: undefined, start: command.span.start, paths });
  }
  return events.toSorted((a, b) => a.start - b.start);
}

/** Every file privilege that the shipped RUNs set, in order; a path set twice counts with the last one. */
export function filePrivileges(effects: Effects): readonly FilePrivilege[] {
  const set = new Map<string, Omit<FilePrivilege, "lostTo">>();
  for (const { kind, by, paths } of eventsOf(effects)) {
    for (const path of paths) {
      if (by === undefined) set.delete(`${kind} ${path}`);
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
      const reaches = path === privilege.path || change.recursive || globReaches(change, path, privilege.path);
      if (reaches && change.command.span.start > privilege.by.command.span.start)
        return { ...privilege, lostTo: change };
    }
    return { ...privilege, lostTo: undefined };
  });
}

/** `chmod 755` and `chmod u-s` take setuid away, `chmod +x` does not. */
const takesSetuid = (mode: string | undefined): boolean =>
  mode !== undefined && (/^[0-7]+$/.test(mode) || /(?:^|,)[ugoa]*-[rwxX]*s/.test(mode));

/** `chown app /srv/*` reaches what lies directly in /srv. */
const globReaches = (change: OwnerChange, folder: string, path: string): boolean =>
  path.slice(0, path.lastIndexOf("/")) === folder && change.paths.some((one) => one.path === folder && isGlob(one));
