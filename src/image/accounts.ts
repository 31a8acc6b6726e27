/**
 * `/etc/passwd` and `/etc/group` as the container runtimes read them (moby/sys/user, libcontainer), which is not what
 * passwd(5) says: see REGISTRY facts in docs/semantics.md. A missing or broken id is 0, the first matching line wins,
 * ids are cut to 32 bits.
 */
export interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
  /** 1-based. */
  readonly line: number;
}
export interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
  readonly line: number;
}
export interface Accounts {
  readonly passwd: readonly PasswdEntry[];
  readonly group: readonly GroupEntry[];
}

/** No accounts at all: `scratch`. */
export const noAccounts: Accounts = { passwd: [], group: [] };

/**
 * A number as `strconv.Atoi` plus the runtimes' `uint32` cut read it: anything that is not an optional sign and
 * decimal digits, or does not fit int64, is 0 (the error is ignored).
 * @see https://github.com/moby/sys/blob/main/user/user.go parseParts
 */
function runtimeId(field: string | undefined): number {
  if (field === undefined || !/^[+-]?[0-9]+$/.test(field)) return 0;
  const value = BigInt(field);
  // Atoi saturates and reports ErrRange; the runtimes ignore the error but keep the saturated value.
  const bounded =
    value > 9223372036854775807n ? 9223372036854775807n : value < -9223372036854775808n ? -9223372036854775808n : value;
  return Number(bounded < 0n ? bounded : BigInt.asUintN(32, bounded));
}

/** A longer line of `/etc/passwd` is not read, and no container starts: `bufio.Scanner: token too long`. Bytes. */
export const longestAccountLine = 65_535;

/** White space as Go's `bytes.TrimSpace` takes it: U+0085 is in it, U+FEFF is not. */
const outerSpace =
  /^[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/g;

/** Lines trimmed and empty ones left out, as the runtimes do. */
function* records(lines: readonly string[]): Generator<{ fields: string[]; line: number }> {
  for (const [index, line] of lines.entries()) {
    const trimmed = line.replace(outerSpace, "");
    if (trimmed !== "") yield { fields: trimmed.split(":"), line: index + 1 };
  }
}

const isTooLong = (line: string): boolean =>
  line.length > longestAccountLine / 3 && new TextEncoder().encode(line).length > longestAccountLine;

/** The first line (1-based) of `/etc/passwd` that is longer than the runtimes read: with it no container starts. */
export function unreadableLine(text: string): number | undefined {
  const index = text.split("\n").findIndex(isTooLong);
  return index === -1 ? undefined : index + 1;
}

/** Reads `/etc/passwd` up to a line that is too long. Never throws; every non-empty line gives an entry. */
export function parsePasswd(text: string): readonly PasswdEntry[] {
  const lines = text.split("\n");
  const long = lines.findIndex(isTooLong);
  return [...records(long === -1 ? lines : lines.slice(0, long))].map(({ fields, line }) => ({
    name: fields[0] ?? "",
    uid: runtimeId(fields[2]),
    gid: runtimeId(fields[3]),
    home: fields[5] ?? "",
    shell: fields[6] ?? "",
    line,
  }));
}

/** Reads `/etc/group`, whose lines may have any length: large directories list their members in one. Never throws. */
export function parseGroup(text: string): readonly GroupEntry[] {
  return [...records(text.split("\n"))].map(({ fields, line }) => ({
    name: fields[0] ?? "",
    gid: runtimeId(fields[2]),
    members: (fields[3] ?? "").split(",").filter((member) => member !== ""),
    line,
  }));
}

/** The first entry of that name, which is the one runtimes take. */
export const byName = <T extends { readonly name: string }>(entries: readonly T[], name: string): T | undefined =>
  entries.find((entry) => entry.name === name);
/** The first passwd entry of that uid, which is the one runtimes take. */
export const byUid = (accounts: Accounts, uid: number): PasswdEntry | undefined =>
  accounts.passwd.find((entry) => entry.uid === uid);
/** The first group entry of that gid. */
export const byGid = (accounts: Accounts, gid: number): GroupEntry | undefined =>
  accounts.group.find((entry) => entry.gid === gid);
