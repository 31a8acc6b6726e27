/**
 * Appends lines to /etc/passwd and /etc/group with POSIX sh alone: for bases without account tools, and where a tool
 * might refuse (BusyBox's adduser refuses uids above 60000 in some builds).
 */
import type { AccountRequest } from "./account-request.ts";

/** The commands that append the lines, joined. */
export const appendLines = (request: AccountRequest, shell: string): string => lines(request, shell).join(" && ");

function lines({ uid, gid, name, home, group, groupName }: AccountRequest, shell: string): readonly string[] {
  const user = `echo '${name}:x:${uid}:${gid}::${home}:${shell}' >> /etc/passwd`;
  return group === undefined ? [`echo '${groupName}:x:${gid}:' >> /etc/group`, user] : [user];
}

/** Commands that make the account and its home; they can run any number of times unless nothing is in the way. */
export function appendPasswd(request: AccountRequest, shell: string): readonly string[] {
  const { uid, gid, home, certain } = request;
  const make = lines(request, shell);
  const homeCommands = [`mkdir -p ${home}`, `chown ${uid}:${gid} ${home}`];
  if (certain) return [...make, ...homeCommands];
  // Without grep the test fails, and the lines are appended: right for a base that small.
  const test = `grep -q '^[^:]*:[^:]*:${uid}:' /etc/passwd 2>/dev/null`;
  return [`${test} || { ${make.join(" && ")}; }`, ...homeCommands];
}
