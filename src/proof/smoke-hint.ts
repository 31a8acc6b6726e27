/** What to change so that a command is no longer refused, by how programs report the refusal. */
import type { SmokeTest } from "../results/run-report.ts";

/** The refusal came before the program had a say. */
const startHint =
  "the program, its interpreter or a folder on the way is closed to its user, or it has file capabilities: image-fix audit IMAGE says which";

const folderHint = "give it folders that its user owns (image-fix fix --writable PATH), or have it write elsewhere";

/** By the first line that fits; what is refused otherwise is mostly a folder. */
const hints: readonly (readonly [said: RegExp, hint: string])[] = [
  [
    // nginx, HAProxy and Apache; Node; Go. A socket in a folder (`bind() to unix:/run/x`) names no port.
    /\b(?:bind|listen EACCES)\b.*?[:\]]\d{1,3}\b|\blisten (?:tcp|udp)[46]? \S*:\d{1,3}: bind\b/i,
    "have it listen on a port of 1024 or more, and map that in the Service",
  ],
  [
    /read-only file ?system|\bEROFS\b|\bno usable temporary directory\b/i,
    "mount a volume (emptyDir) where it writes, or have it write to one; image-fix verify --empty-dir PATH tries it",
  ],
  [
    /\bset(?:e|re|res)?[ug]id\b|\b(?:set|chang|dropp?)(?:ting|ing|e)? (?:supplementary )?(?:groups|group-id|privileges)\b|\b(?:set|init)groups\b|\bch(?:own|grp)\b|\b(?:as|by|be|are you) (?:the )?(?:root|superuser)\b/i,
    "have it leave out what only root may (giving files away, becoming another user) where id -u is not 0",
  ],
];

/** @returns `undefined` where no permission was refused. */
export function smokeHint({ outcome, permissionErrors }: SmokeTest): string | undefined {
  const [first] = permissionErrors;
  if (first === undefined) return undefined;
  if (outcome === "not-started") return startHint;
  return hints.find(([said]) => said.test(first))?.[1] ?? folderHint;
}
