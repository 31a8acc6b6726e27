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

/** Lines trimmed, empty ones and comments kept out, as libcontainer's scanner does. */
function* records(text: string): Generator<{ fields: string[]; line: number }> {
  const lines = text.split("\n");
  for (let index = 0; index < lines.length; index++) {
    const line = (lines[index] ?? "").trim();
    if (line === "") continue;
    yield { fields: line.split(":"), line: index + 1 };
  }
}

/** Reads `/etc/passwd`. Never throws; every non-empty line gives an entry. */
export function parsePasswd(text: string): readonly PasswdEntry[] {
  return [...records(text)].map(({ fields, line }) => ({
    name: fields[0] ?? "",
    uid: runtimeId(fields[2]),
    gid: runtimeId(fields[3]),
    home: fields[5] ?? "",
    shell: fields[6] ?? "",
    line,
  }));
}

/** Reads `/etc/group`. Never throws. */
export function parseGroup(text: string): readonly GroupEntry[] {
  return [...records(text)].map(({ fields, line }) => ({
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
