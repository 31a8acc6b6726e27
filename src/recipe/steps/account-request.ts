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
  /** The accounts of the base are known, so that nothing is in the way. */
  readonly certain: boolean;
  readonly tools: ReadonlySet<string> | undefined;
}

/** What is asked before an account is made, so that a base that brings it later does no harm. */
export function unlessThere({ uid, tools }: AccountRequest, make: string): string {
  const hasGetent = tools === undefined || tools.has("getent");
  const test = hasGetent ? `getent passwd ${uid} >/dev/null` : `grep -q '^[^:]*:[^:]*:${uid}:' /etc/passwd`;
  return `${test} || ${make}`;
}
