/** What a container starts and its user may not execute, read or reach, or what is not there. Pure. */
import { isWithin } from "../../facts/paths.ts";
import { rootHome } from "../../rules/root-home.ts";
import type { MissingFile, Started, StartedFile } from "./started-files.ts";

interface RefusedFile {
  readonly rule: "entrypoint-needs-root" | "uses-root-home";
  readonly message: string;
  /** What to do about it. */
  readonly title: string;
}

/**
 * Each of them; all that lies in root's home is one, as one change mends it.
 * @param who the user, in words
 */
export function refusedFiles({ files, rootHomeWord }: Started, who: string): readonly RefusedFile[] {
  const refused = files.filter((file) => file.refused !== undefined || file.closedAt !== undefined);
  const inRootHome = refused.find(isInRootHome);
  const found: RefusedFile[] = refused
    .filter((file) => file === inRootHome || !isInRootHome(file))
    .map((file) => ({
      rule: file === inRootHome ? "uses-root-home" : "entrypoint-needs-root",
      message: `${nameOf(file)}, which the container starts, cannot ${whyNot(file, who)}`,
      title: adviceFor(file),
    }));
  if (rootHomeWord !== undefined && inRootHome === undefined)
    found.push({
      rule: "uses-root-home",
      message: `The container starts with ${rootHomeWord}, and ${rootHome} is closed to ${who}`,
      title: elsewhere,
    });
  return found;
}

/** What to say of a program that no layer has. */
export function missingMessage({ path, by }: MissingFile): string {
  if (by === undefined)
    return `The image has no ${path}, which the container starts: it does so only where something is mounted there`;
  if (path.endsWith("\r"))
    return `The first line of ${by}, which the container starts, ends in a carriage return, which the kernel takes for part of the interpreter's name: there is no such file, and the container does not start`;
  return `The image has no ${path}, which the first line of ${by} names: the container starts only where something is mounted there`;
}

const elsewhere = "Install it outside /root, for instance in /opt or the working directory";

const isInRootHome = ({ closedAt }: StartedFile): boolean => closedAt !== undefined && isWithin(rootHome, closedAt);

const nameOf = ({ path, place }: StartedFile): string => (path === place ? path : `${path} (${place})`);

function whyNot({ closedAt, refused, mode, owner }: StartedFile, who: string): string {
  if (closedAt !== undefined) return `be reached by ${who}: ${closedAt} is closed to it`;
  const done = refused === "read" ? "read" : "executed";
  return `be ${done} by ${who}: its mode is 0${mode.toString(8)} and its owner uid ${owner}`;
}

function adviceFor(file: StartedFile): string {
  const { closedAt, refused, place } = file;
  if (isInRootHome(file)) return elsewhere;
  if (closedAt !== undefined) return `Let everybody enter the folder: chmod a+x ${closedAt}`;
  return refused === "read"
    ? `Let everybody read it: chmod a+r ${place}`
    : `Let everybody read and execute it: chmod 755 ${place}`;
}
