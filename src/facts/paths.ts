/**
 * Absolute paths inside an image: joining, covering, and which belong to the system. POSIX only; Windows images are
 * not applicable.
 */

/** A part of a path that normalising takes out. */
const needless = /\/(?:\.{0,2}(?:\/|$))/;

/** Joins and normalises: `.` and `..` resolved inside the root, doubled and trailing slashes gone. */
export function resolvePath(base: string, path: string): string {
  if (path.startsWith("/") && !needless.test(path)) return path;
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : `${base}/${path}`).split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") parts.pop();
    else parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** Whether `path` is `folder` or lies below it. Both absolute and normalised. */
export const isWithin = (folder: string, path: string): boolean =>
  folder === "/" || path === folder || path.startsWith(`${folder}/`);

/** Whether a path has only characters that no shell, and no terminal, takes for anything else. */
export const isPlainPath = (path: string): boolean => /^[\w@%+=:,./~-]+$/.test(path);

/** Folders that stay root's together with everything below them. */
const systemTrees = [
  "/bin",
  "/boot",
  "/dev",
  "/etc",
  "/lib",
  "/lib32",
  "/lib64",
  "/libx32",
  "/proc",
  "/root",
  "/sbin",
  "/sys",
  "/usr/bin",
  "/usr/include",
  "/usr/lib",
  "/usr/lib32",
  "/usr/lib64",
  "/usr/libexec",
  "/usr/sbin",
  "/usr/share",
  "/usr/local/bin",
  "/usr/local/etc",
  "/usr/local/include",
  "/usr/local/lib",
  "/usr/local/sbin",
  "/usr/local/share",
];

/** Folders that stay root's themselves, while applications have their own folders below them. */
const systemFolders = [
  "/",
  "/home",
  "/media",
  "/mnt",
  "/opt",
  "/run",
  "/tmp",
  "/usr",
  "/usr/local",
  "/usr/src",
  "/var",
  "/var/cache",
  "/var/lib",
  "/var/log",
  "/var/run",
  "/var/spool",
  "/var/tmp",
];

/** Whether a path is a folder in every image that has it. */
export const isSystemFolder = (path: string): boolean => systemFolders.includes(path) || systemTrees.includes(path);

/** Whether a path is a whole folder of the system's programs or settings (`/etc`, `/usr/bin`), which nobody else should have. */
export const isSystemTree = (path: string): boolean => systemTrees.includes(path);

/**
 * Whether a path belongs to the operating system, so that a fix never changes its owner. `/usr/src/app` and `/opt/app`
 * are the application's; `/usr`, `/usr/bin` and anything below `/etc` are not.
 */
export const isSystemPath = (path: string): boolean =>
  systemFolders.includes(path) || systemTrees.some((tree) => isWithin(tree, path));

/** What package managers, the system and sshd, which wants it to be root's, keep for themselves below /var and /run. */
const systemState =
  /^\/(?:var\/)?(?:lib|cache|log|spool|run)\/(?:apt|apk|dpkg|rpm|yum|dnf|pacman|zypp|debconf|ldconfig|man|fontconfig|systemd|dbus|lock|secrets|shm|alternatives|ucf|sshd)(?:\/|$)/;

/** Whether a path is where the system keeps its state, which no application is given. */
export const isSystemState = (path: string): boolean => systemState.test(path);
