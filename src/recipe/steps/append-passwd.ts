/**
 * Appends lines to /etc/passwd and /etc/group with POSIX sh alone: for bases without account tools, and where a tool
 * might refuse (BusyBox's adduser refuses uids above 60000 in some builds).
 */
import type { AccountRequest } from "./account-request.ts";

/** One command that appends the lines. */
export function appendLines({ uid, gid, name, home, group, groupName }: AccountRequest, shell: string): string {
  const user = `echo '${name}:x:${uid}:${gid}::${home}:${shell}' >> /etc/passwd`;
  return group === undefined ? `echo '${groupName}:x:${gid}:' >> /etc/group && ${user}` : user;
}

/** The home of an account that was appended. */
const homeCommands = ({ uid, gid, home }: AccountRequest): readonly string[] => [
  `mkdir -p ${home}`,
  `chown ${uid}:${gid} ${home}`,
];

/** Commands that make the account; they can run any number of times. */
export function appendPasswd(request: AccountRequest, shell: string): readonly string[] {
  const { uid } = request;
  // Without grep the test fails, and the lines are appended: right for a base that small.
  return [
    `grep -q '^[^:]*:[^:]*:${uid}:' /etc/passwd 2>/dev/null || { ${appendLines(request, shell)}; }`,
    ...homeCommands(request),
  ];
}
