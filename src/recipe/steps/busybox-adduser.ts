/** Alpine's and BusyBox's `adduser` and `addgroup`. */
import { unlessThere, type AccountRequest } from "./account-request.ts";
import { appendLines } from "./append-passwd.ts";

/**
 * Commands that make the account. Without `-G` BusyBox makes a group of the account's name with the uid as its gid,
 * which is what a person writes when both are the same.
 */
export function busyboxAdduser(request: AccountRequest): readonly string[] {
  const { uid, gid, name, home, group, groupName, certain } = request;
  const user = `adduser -u ${uid} -h ${home}`;
  const plain = group === undefined && gid === uid && groupName === name;
  if (plain && certain) return [unlessThere(request, `${user} -D ${name}`)];
  if (plain) {
    const fallback = `{ ${appendLines(request, "/sbin/nologin")} && mkdir -p ${home} && chown ${uid}:${gid} ${home}; }`;
    return [unlessThere(request, `${user} -D ${name} 2>/dev/null || ${fallback}`)];
  }
  if (group !== undefined) return [unlessThere(request, `${user} -G ${group} -D ${name}`)];
  return [unlessThere(request, `{ addgroup -g ${gid} ${groupName} && ${user} -G ${groupName} -D ${name}; }`)];
}
