/**
 * Appends lines to /etc/passwd and /etc/group with POSIX sh alone: for bases without account tools, and where a tool
 * might refuse (BusyBox's adduser refuses uids above 60000 in some builds).
 */
import { grouped, unlessThere, type AccountRequest } from "./account-request.ts";

/**
 * An account tool's commands; where its place is not known well enough, lines are appended when the tool fails, so that
 * the account comes to be whatever name, uid or gid is taken or refused.
 */
export function byToolOrLines(request: AccountRequest, make: readonly string[], shell: string): readonly string[] {
  if (request.certain) return make;
  const byHand = [...lines(request, shell), ...homeCommands(request)];
  return unlessThere(request, [`${grouped(make)} 2>/dev/null || ${grouped(byHand)}`]);
}

const homeCommands = ({ uid, gid, home }: AccountRequest): readonly string[] => [
  `mkdir -p ${home}`,
  `chown ${uid}:${gid} ${home}`,
];

function lines({ uid, gid, name, home, group, groupName }: AccountRequest, shell: string): readonly string[] {
  const user = `echo '${name}:x:${uid}:${gid}::${home}:${shell}' >> /etc/passwd`;
  return group === undefined ? [`echo '${groupName}:x:${gid}:' >> /etc/group`, user] : [user];
}

/** Commands that make the account and its home; they can run any number of times unless nothing is in the way. */
export function appendPasswd(request: AccountRequest, shell: string): readonly string[] {
  const { uid, certain } = request;
  const make = lines(request, shell);
  const home = homeCommands(request);
  if (certain) return [...make, ...home];
  // Without grep the test fails, and the lines are appended: right for a base that small.
  const test = `grep -q '^[^:]*:[^:]*:${uid}:' /etc/passwd 2>/dev/null`;
  return [`${test} || { ${make.join(" && ")}; }`, ...home];
}
