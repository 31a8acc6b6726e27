/** What lies where in the image when a RUN changes owners: for rules that look at layers. */
import type { BuildModel } from "../containerfile/build-model.ts";
import type { CopyEffect, Effect, Effects } from "../facts/effects.ts";
import { wordsOf } from "../facts/ownership-commands.ts";
import { resolvePath } from "../facts/paths.ts";
import type { ShellCommand, ShellWord } from "../shell/model.ts";
import { basename } from "../shell/launch.ts";
import { programOf } from "./shell-words.ts";

/** Something that an instruction put into the image. */
export interface Content {
  /** Absolute, normalised: the destination, or the folder written below. */
  readonly path: string;
  /** Place of its instruction in the file. */
  readonly index: number;
  /** Paths of single files where the sources tell them (`COPY proxy /srv/` → `/srv/proxy`). */
  readonly files: readonly string[];
  /** Nothing says that the sources are single files, so folders may lie below `path`. */
  readonly hasFolders: boolean;
}

/** Whether a source word of COPY names a folder or may do so. A name with an extension is taken for a file. */
export const mayBeFolder = (source: string): boolean =>
  /(?:^|\/)\.{0,2}\/?$/.test(source) || source.endsWith("/") || !/\.[A-Za-z0-9]+$/.test(source);

function contentOf({ destination, at }: CopyEffect, model: BuildModel): Content | undefined {
  if (destination === undefined) return undefined;
  const path = resolvePath("/", destination);
  const sources = at.instruction.sources.map(({ value }) => model.expand(at.instruction, value).value);
  const into = destination.endsWith("/") || sources.length > 1;
  const files = sources.flatMap((source) => {
    const name = basename(source.replace(/\/+$/, ""));
    if (name === "" || name === "." || name === ".." || /[*?[$]/.test(name)) return [];
    return into ? [resolvePath(path, name)] : [path, resolvePath(path, name)];
  });
  return { path, index: at.instruction.index, files, hasFolders: sources.some(mayBeFolder) };
}

/** Commands that make folders, links or a few bytes: nothing that a second copy would cost. */
const small: ReadonlySet<string> = new Set([
  "mkdir", "install", "touch", "truncate", "ln", "echo", "printf", "cat", "tee", "sed", "envsubst", "mktemp", "id", "date",
]); // prettier-ignore

/** Content that COPY, ADD and known writing commands left in the image, in order. */
export function contents({ copies, writes }: Effects, model: BuildModel): readonly Content[] {
  const copied = copies.map((copy) => contentOf(copy, model)).filter((content) => content !== undefined);
  const written = writes.flatMap(({ at, command, path, certain }) =>
    !certain || small.has(programOf(command))
      ? []
      : [{ path: resolvePath("/", path), index: at.instruction.index, files: [], hasFolders: true }],
  );
  return [...copied, ...written].toSorted((a, b) => a.index - b.index);
}

/** A folder that a `mkdir` or `install -d` makes, with its command and the instruction's place. */
export interface MadeFolder {
  readonly path: string;
  readonly command: ShellCommand;
  readonly at: Effect["at"];
  readonly index: number;
}

/** Whether a command makes folders and nothing else. */
export const makesFolders = (command: ShellCommand): boolean => {
  const program = programOf(command);
  if (program === "mkdir") return true;
  return (
    program === "install" &&
    command.words.some(({ value }) => value !== undefined && /^(?:-[a-z]*d[a-z]*|--directory)$/.test(value))
  );
};

/** Folders made by literal commands of shipped RUNs. */
export function madeFolders({ commands }: Effects): readonly MadeFolder[] {
  const made: MadeFolder[] = [];
  for (const { command, at } of commands) {
    if (!makesFolders(command)) continue;
    for (const { value: path } of command.words.slice(1).flatMap((word) => wordsOf(word, command.conditional))) {
      if (path === undefined || path.startsWith("-") || (!path.startsWith("/") && command.cwd === undefined)) continue;
      made.push({ path: resolvePath(command.cwd ?? "/", path), command, at, index: at.instruction.index });
    }
  }
  return made;
}

/** A path that a command changes something of. */
export interface ChangedPath {
  readonly path: string | undefined;
  readonly word: ShellWord;
}

/** The known paths of a change of owner, mode or capabilities; that of a glob is the folder it looks in. */
export const pathsOf = (change: { readonly paths: readonly ChangedPath[] }): readonly string[] =>
  change.paths.flatMap(({ path }) => (path === undefined ? [] : [path]));

/** Whether a path was written as a glob (`/srv/*`), so that it means what is in the folder and not the folder. */
export const isGlob = ({ word }: ChangedPath): boolean => /[*?[]/.test(word.raw) && !/^['"]/.test(word.raw);

/** What the segments of a glob's absolute path match; `undefined` for a path that is none, or is not absolute. */
export function globSegments(one: ChangedPath): readonly RegExp[] | undefined {
  const { value } = one.word;
  if (!isGlob(one) || value?.startsWith("/") !== true) return undefined;
  return value
    .split("/")
    .filter((segment) => segment !== "")
    .map(segmentPattern);
}

/** `*.js`, `app?`, `[ab]*` as the shell reads them, near enough: a class in brackets matches any character. */
export function segmentPattern(segment: string): RegExp {
  const parts = segment
    .replace(/\[[^\]]*\]/g, "?")
    .split(/\*+/)
    .map((part) => part.replace(/[.+^${}()|\\[\]]/g, String.raw`\$&`).replaceAll("?", "."));
  // Each star more makes a failing match dearer; nobody writes four.
  return parts.length > 4 ? /^/ : new RegExp(`^${parts.join(".*")}$`, "s");
}

/** Groups things by a key, in the order the keys first appear. */
export function groupBy<K, T>(things: Iterable<T>, keyOf: (thing: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const thing of things) {
    const key = keyOf(thing);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [thing]);
    else group.push(thing);
  }
  return groups;
}
