/** `groupadd` and `useradd` of the shadow tools. */
import { unlessThere, type AccountRequest } from "./account-request.ts";
import { appendLines } from "./append-passwd.ts";

/**
 * Commands that make the account. `-l` keeps the uid out of lastlog and faillog, which would become large sparse files;
 * the group is made first because `useradd -U` gives a gid above GID_MAX to nobody (shadow's find_new_gid).
 */
export function shadowUseradd(request: AccountRequest, shell: string): readonly string[] {
  const { uid, gid, name, home, group, groupName, certain } = request;
  const user = `useradd -l -u ${uid} -g ${gid} -m -d ${home} -s ${shell} ${name}`;
  const make = group === undefined ? [`groupadd -g ${gid} ${groupName}`, user] : [user];
  if (certain) return make;
  // Whatever name or gid an unknown base has taken, the account comes to be.
  const fallback = `{ ${appendLines(request, shell)} && mkdir -p ${home} && chown ${uid}:${gid} ${home}; }`;
  const attempt = make.length === 1 ? make.join("") : `{ ${make.join(" && ")}; }`;
  return unlessThere(request, [`${attempt} 2>/dev/null || ${fallback}`]);
}
