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
  const make =
    group !== undefined
      ? [`${user} -G ${group} -D ${name}`]
      : gid === uid && groupName === name
        ? [`${user} -D ${name}`]
        : [`addgroup -g ${gid} ${groupName}`, `${user} -G ${groupName} -D ${name}`];
  if (certain) return make;
  // Whatever name or gid an unknown base has taken, and whatever uid its adduser refuses, the account comes to be.
  const fallback = `{ ${appendLines(request, "/sbin/nologin")} && mkdir -p ${home} && chown ${uid}:${gid} ${home}; }`;
  const attempt = make.length === 1 ? make.join("") : `{ ${make.join(" && ")}; }`;
  return unlessThere(request, [`${attempt} 2>/dev/null || ${fallback}`]);
}
