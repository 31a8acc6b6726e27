/** What account is wanted, after names and ids that the base has taken were looked at. */
export interface AccountRequest {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
  readonly home: string;
  /** A group that has the gid already; its name is then the primary group. */
  readonly group: string | undefined;
  /** Name for a group that has to be made. */
  readonly groupName: string;
  /** The accounts at this place are known and leave uid, gid and name free, so that nothing needs to be asked first. */
  readonly certain: boolean;
  readonly tools: ReadonlySet<string> | undefined;
}

/** Commands as one: a brace group where there are several. */
export const grouped = (commands: readonly string[]): string =>
  commands.length === 1 ? commands.join("") : `{ ${commands.join(" && ")}; }`;

/**
 * The commands as they are where nothing can be in the way; else one that first asks whether the uid has an account, so
 * that a base that brings it later does no harm.
 */
export function unlessThere({ uid, tools, certain }: AccountRequest, commands: readonly string[]): readonly string[] {
  if (certain) return commands;
  const hasGetent = tools === undefined || tools.has("getent");
  const test = hasGetent ? `getent passwd ${uid} >/dev/null` : `grep -q '^[^:]*:[^:]*:${uid}:' /etc/passwd`;
  return [`${test} || ${grouped(commands)}`];
}
