/** What starts with the container writes, as far as its text tells. */
import { ownershipEffects } from "../facts/ownership-commands.ts";
import { isPlainPath, isSystemFolder, isWithin, resolvePath } from "../facts/paths.ts";
import { redirectedFiles, writtenFolders } from "../facts/tree-writes.ts";
import type { ShellCommand } from "../shell/model.ts";
import { readShell } from "../shell/read-shell.ts";
import { ownSource } from "../shell/source.ts";
import { reachedByAll } from "./non-root-run.ts";
import { optionPlaces } from "./option-places.ts";
import type { RuleInput } from "./rule.ts";
import { programOf } from "./shell-words.ts";
import { readStarted } from "./started.ts";
import { lineOf } from "./started-scripts.ts";
import { startedTexts, type StartedText } from "./started-texts.ts";
import { unsetVariables } from "./unset-tests.ts";

/** The places that a text certainly writes, and where it does so first. */
export interface StartedWrites extends StartedText {
  readonly line: number;
  /** Folders, and files right in a folder that stays the system's; absolute, each once, in the order of the text. */
  readonly places: readonly string[];
  /** Files that are written over where they are, whoever they belong to: those of a redirection and of `tee`. */
  readonly files: readonly string[];
}

interface Write {
  readonly place: string;
  readonly file: string | undefined;
  readonly command: ShellCommand;
}

/** Places of the kernel's, of which nobody gives any away. */
const kernelFolders = ["/", "/dev", "/proc", "/sys"];
/** More than any start writes: each of them is asked for by itself. */
const mostWrites = 100;

/**
 * The places that have to be a user's for the start to do what it does, whoever it is; what only root does, or stands
 * behind a condition, or may fail, is none of it.
 */
export function startedWrites(input: RuleInput): readonly StartedWrites[] {
  const { env } = input.model.after(input.model.graph.target);
  const texts = startedTexts(input);
  const isUnset = unsetVariables(
    env,
    texts.map(({ text }) => text),
  );
  const inTexts = texts.flatMap((one): readonly StartedWrites[] => {
    if (one.isCalled) return [];
    const { commands } = readShell(ownSource(one.text));
    const writes = commands.flatMap(writesOf);
    if (writes.length === 0) return [];
    const reached = reachedByAll(one.text, writes.slice(0, mostWrites), isUnset);
    const [first] = reached;
    if (first === undefined) return [];
    const line = lineOf(one.text, first.command.span.start);
    const places = [...new Set(reached.map(({ place }) => place))];
    const files = [...new Set(reached.flatMap(({ file }) => file ?? []))];
    return [{ ...one, line, places, files }];
  });
  return [...inTexts, ...inWords(input)];
}

/** What options say that no shell reads. */
const inWords = (input: RuleInput): readonly StartedWrites[] =>
  readStarted(input).commands.flatMap(({ at, script, words }) => {
    const places = [...new Set(optionPlaces(words.map(({ value }) => value)).filter(isToGive))];
    if (script !== undefined || places.length === 0) return [];
    return [{ by: at.keyword, text: "", at, isScript: false, isCalled: false, line: 1, places, files: [] }];
  });

/** Neither the kernel's nor of a name that advice cannot have typed. */
const isToGive = (place: string): boolean =>
  place !== "/" && isPlainPath(place) && !kernelFolders.slice(1).some((folder) => isWithin(folder, place));

/** What a `chmod` changes that ends the script where it is refused, as it is to all but the owner. */
const changedModes = (command: ShellCommand): readonly string[] =>
  command.onFailure !== "stops"
    ? []
    : ownershipEffects(command).flatMap((change) =>
        change.kind === "mode"
          ? change.effect.paths.flatMap(({ path }) => (path === undefined ? [] : [resolvePath("/", path)]))
          : [],
      );

/** The folders that a command makes, or puts something into; the file where the folder is nobody's to have. */
function writesOf(command: ShellCommand): readonly Write[] {
  if (command.conditional || command.onFailure === "caught") return [];
  const program = programOf(command);
  const makes = program === "mkdir";
  const redirected = redirectedFiles(command).map(({ path }) => path);
  const told = [...optionPlaces(command.words.map(({ value }) => value)), ...changedModes(command)].filter(isToGive);
  const writes = writtenFolders(command).flatMap(({ path, certain, isUnnamed }) => {
    const target = resolvePath("/", path);
    if (!certain || kernelFolders.slice(1).some((folder) => isWithin(folder, target))) return [];
    const isFile = !isUnnamed && !(makes && command.redirections.length === 0);
    const folder = isFile ? resolvePath(target, "..") : target;
    // The advice that names it is to be typed.
    const isOver = isFile && (program === "tee" || redirected.includes(path));
    const place = isOver && isSystemFolder(folder) ? target : folder;
    if (kernelFolders.includes(place) || !isPlainPath(target)) return [];
    return [{ place, file: isOver ? target : undefined, command }];
  });
  return [...writes, ...told.map((place) => ({ place, file: undefined, command }))];
}
