import { stripVTControlCharacters } from "node:util";

/** How libraries, shells and runtimes say that the kernel refused something, and how programs ask for root. */
const refusals = [
  /permission denied/i,
  /operation not permitted/i,
  /read-only file ?system/i,
  // Python's tempfile, which tries /tmp and what else it knows, and says no more.
  /\bno usable temporary directory\b/i,
  /\b(?:EACCES|EPERM|EROFS)\b/,
  /\bAccessDeniedException\b|\bAccess is denied\b|\bUnauthorizedAccessException\b/,
  /\b(?:must|has to|needs? to|should) be (?:run|started|executed|invoked)? ?(?:as|by) (?:the )?(?:root|superuser)\b/i,
  /\b(?:must|need to|have to) be (?:the )?(?:root|superuser)\b/i,
  /\brequires? (?:root|superuser)\b|\bare you root\?/i,
];

/**
 * A pid file that may not be removed, as servers say it when they are stopped (`unlink() "/run/nginx.pid" failed`): its
 * folder is root's, though the file itself was written. Nobody reads it once the container has ended.
 */
const keptPidFile = /^(?=.*\b(?:unlink|remov|delet)).*(?:\.pid\b|\bpid[ -]?file\b)/i;

/** More lines than this say nothing more. */
const mostLines = 5;
const longestLine = 300;

/** The lines of a command's output that speak of refused permissions: the first few, each once, without colours. */
export function permissionErrors(output: string): readonly string[] {
  const found = new Set<string>();
  for (const raw of output.split("\n")) {
    if (found.size === mostLines) break;
    const line = stripVTControlCharacters(raw).trim();
    if (refusals.some((refusal) => refusal.test(line)) && !keptPidFile.test(line))
      found.add(line.slice(0, longestLine));
  }
  return [...found];
}
