/** `groupadd` and `useradd` of the shadow tools. */
import type { AccountRequest } from "./account-request.ts";
import { byToolOrLines } from "./append-passwd.ts";

/**
 * Commands that make the account. `-l` keeps the uid out of lastlog and faillog, which would become large sparse files;
 * the group is made first because `useradd -U` gives a gid above GID_MAX to nobody (shadow's find_new_gid).
 */
export function shadowUseradd(request: AccountRequest, shell: string): readonly string[] {
  const { uid, gid, name, home, group, groupName } = request;
  const user = `useradd -l -u ${uid} -g ${gid} -m -d ${home} -s ${shell} ${name}`;
  const make = group === undefined ? [`groupadd -g ${gid} ${groupName}`, user] : [user];
  return byToolOrLines(request, make, shell);
}
