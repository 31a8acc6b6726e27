/**
 * Commands that run something which nobody here has read: scripts, installers, configuration managers, an account tool
 * that another program starts. As root they may make accounts and folders, so what they leave is not known.
 */
import { basename, shellTextAt, shells } from "../shell/launch.ts";
import type { ShellCommand } from "../shell/model.ts";

const systemFolders = /^\/(?:usr\/)?s?bin\//;
/** Programs that do what a file tells them, or what another package brings. */
const runners = new Set([
  ".", "source", "eval", "make", "gmake", "ninja", "ansible", "ansible-playbook", "puppet", "chef-client", "chef-solo", "salt-call",
  "cloud-init", "install_packages", "dpkg-reconfigure", "npx",
]); // prettier-ignore

/** Programs that run another, which their words name. */
const starters = new Set([
  "su", "runuser", "setpriv", "setsid", "unshare", "nsenter", "chroot", "flock", "script", "xargs", "parallel", "find", "capsh",
  "gosu", "su-exec",
]); // prettier-ignore
const makesAccounts = /\b(?:useradd|adduser|newusers)\b/;

/** Whether a command runs a program of somebody's own. What `sh -c` is told is read like any other command. */
export function runsUnread({ words }: ShellCommand): boolean {
  const [program, ...operands] = words;
  if (program === undefined) return false;
  if (program.value === undefined) return true;
  const name = basename(program.value);
  if (program.value.includes("/") && !systemFolders.test(program.value)) return true;
  if (runners.has(name) || /\s/.test(name)) return true;
  if (starters.has(name)) return operands.some(({ raw }) => makesAccounts.test(raw));
  return shells.has(name) && shellTextAt(words, 0) === -1;
}
