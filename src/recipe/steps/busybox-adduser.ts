/** Alpine's and BusyBox's `adduser` and `addgroup`. */
import { isSystemFolder } from "../../facts/paths.ts";
import type { AccountRequest } from "./account-request.ts";
import { byToolOrLines } from "./append-passwd.ts";

/**
 * Commands that make the account. Without `-G` BusyBox makes a group of the account's name with the uid as its gid,
 * which is what a person writes when both are the same.
 */
export function busyboxAdduser(request: AccountRequest): readonly string[] {
  const { uid, gid, name, home, group, groupName } = request;
  const user = `adduser -u ${uid} -h ${home}`;
  const make =
    group !== undefined
      ? [`${user} -G ${group} -D ${name}`]
      : gid === uid && groupName === name
        ? [`${user} -D ${name}`]
        : [`addgroup -g ${gid} ${groupName}`, `${user} -G ${groupName} -D ${name}`];
  // adduser makes the home, but no folder above it, and ends well without (BusyBox `adduser.c`: mkdir).
  const above = home.slice(0, home.lastIndexOf("/"));
  const parents = above === "/srv" || isSystemFolder(above || "/") ? [] : [`mkdir -p ${above}`];
  return byToolOrLines(request, [...parents, ...make], "/sbin/nologin");
}
