/**
 * The shell lines that hand folders and files over, and how they are put behind what a RUN already says.
 */
import { appendLineToHeredocBody, appendToShellCommand } from "../containerfile/edits.ts";
import type { Containerfile, RunInstruction } from "../containerfile/model.ts";
import type { Edit, Span } from "../core/finding.ts";
import type { BaseFacts } from "../image/base-facts.ts";
import type { ShellCommand } from "../shell/model.ts";
import { readShell } from "../shell/read-shell.ts";
import { quoteWord, type Spell } from "./spelling.ts";

export interface Owner {
  readonly uid: number;
  readonly gid: number;
  /** OpenShift: the group gets the owner's permissions. */
  readonly groupWritable: boolean;
}

/** `uid:gid`, always numeric, so that no order of lines matters. */
export const ownerText = ({ uid, gid }: Owner): string => `${uid}:${gid}`;

/**
 * Hands over single folders, not what is in them.
 * @param own those whose owner is still another one. The group's permissions are given to all: a COPY that handed a
 * folder over has left its mode, and a search for files of other owners passes it by.
 */
export const folderCommands = (
  all: readonly string[],
  own: readonly string[],
  owner: Owner,
  spell: Spell,
): readonly string[] => [
  ...(own.length > 0 ? [`chown ${ownerText(owner)} ${own.map(spell).join(" ")}`] : []),
  ...(owner.groupWritable && all.length > 0 ? [`chmod g=u ${all.map(spell).join(" ")}`] : []),
];

const list = (paths: readonly string[]): string => paths.map(quoteWord).join(" ");

/** Hands over whole small trees that a package just made (in the layer that made them). */
export function treeCommands(folders: readonly string[], files: readonly string[], owner: Owner): readonly string[] {
  const all = [...folders, ...files];
  if (all.length === 0) return [];
  return [
    ...(folders.length > 0 ? [`mkdir -p ${list(folders)}`] : []),
    ...(files.length > 0 ? [`touch ${list(files)}`] : []),
    ...ownerCommands(all, owner, folders.length > 0),
  ];
}

/** Gives paths that are there to the account, with what is in them where `isTree` says so. */
export function ownerCommands(paths: readonly string[], owner: Owner, isTree: boolean): readonly string[] {
  const depth = isTree ? "-R " : "";
  return [
    `chown ${depth}${ownerText(owner)} ${list(paths)}`,
    ...(owner.groupWritable ? [`chmod ${depth}g=u ${list(paths)}`] : []),
  ];
}

/** Owners and paths that a search leaves alone. */
export interface Kept {
  /** Names or numbers, as the author wrote them. */
  readonly users: readonly string[];
  /** Absolute; may end in `/*`. */
  readonly paths: readonly string[];
  /** Earlier layers hold files there, which a command that touches all of them would store again. */
  readonly earlier: boolean;
  /** Files may have the setuid bit that no path here names. */
  readonly setuid: boolean;
}

/** Folders to look through for files that belong to somebody else. */
export interface Search {
  readonly paths: readonly string[];
  readonly kept: Kept;
  /** Absolute: what lies there while the command runs is not in the image. */
  readonly mounts: readonly string[];
  /** Those of the folders that may be symbolic links. */
  readonly links: readonly string[];
  /** Folders, and the files that stand for a repository's, are left to a later search. */
  readonly onlyFiles: boolean;
}

/** Families whose smallest images have no `find`, but a `chown` that knows `--from`. */
export const findMayBeMissing = (base: BaseFacts): boolean =>
  base.tools.known
    ? !base.tools.value.has("find")
    : base.family.known && !["alpine", "wolfi", "busybox", "debian", "ubuntu"].includes(base.family.value);

/**
 * Hands over what is below the folders and belongs to somebody else. Files that have the right owner are not touched:
 * a chown that changes nothing still copies a file into the new layer (overlayfs copies up on any setattr).
 * `undefined` where a mount is in the way of a command that cannot go round it.
 */
export function searchCommands(
  search: Search,
  owner: Owner,
  base: BaseFacts,
  spell: Spell,
): readonly string[] | undefined {
  const { paths, kept, mounts, links, onlyFiles } = search;
  if (paths.length === 0) return [];
  // With a slash a link is the folder that it leads to, for `find` and for the `chown -h` of what it finds.
  const where = paths.map((path) => spell(links.includes(path) ? `${path}/` : path)).join(" ");
  if (findMayBeMissing(base)) {
    if (mounts.length > 0) return undefined;
    return [
      `chown -hR --from=0 ${ownerText(owner)} ${where}`,
      ...(owner.groupWritable && !kept.earlier ? [`chmod -R g=u ${where}`] : []),
    ];
  }
  const around = mounts.map((mount) => `-path ${spell(mount)} -prune -o `).join("");
  const files = onlyFiles ? "! -type d ! -name .git " : "";
  const whose = `find ${where} ${around}${files}! -user ${owner.uid}${keptTests(kept, spell)}`;
  return [
    ...(owner.groupWritable ? [`${whose} ! -type l -exec chmod g=u {} +`] : []),
    `${whose} -exec chown -h ${ownerText(owner)} {} +`,
  ];
}

/** The tests of a `find` that leave these alone; empty when there is nothing. */
const keptTests = ({ users, paths, setuid }: Kept, spell: Spell): string =>
  [
    ...users.map((user) => ` ! -user ${user}`),
    ...paths.map((path) => ` ! -path ${spell(path)}`),
    ...(setuid ? [" ! -perm -4000"] : []),
  ].join("");

/** Joins commands for a new RUN, broken over lines where one line would be long. */
export function runText(file: Containerfile, run: string, commands: readonly string[]): string {
  const merged = mergeChowns(commands);
  const line = `${run} ${merged.join(" && ")}`;
  if (line.length <= 100) return line;
  const breakLine = ` ${file.escape}${file.eol}    `;
  return `${run} ${merged.map((command) => command.replaceAll(" || {", ` ||${breakLine}{`)).join(` &&${breakLine}`)}`;
}

/** `chown O A` and `chown O B` behind it become `chown O A B`. */
function mergeChowns(commands: readonly string[]): readonly string[] {
  const merged: string[] = [];
  for (const command of commands) {
    const [, owner, paths] = /^chown ([0-9]+:[0-9]+) (["'/][^&|;]*)$/.exec(command) ?? [];
    const last = merged.at(-1);
    if (
      owner !== undefined &&
      /^chown [0-9:]+ ["'/]/.test(last ?? "") &&
      last?.startsWith(`chown ${owner} `) === true
    ) {
      merged[merged.length - 1] = `${last} ${paths}`;
    } else {
      merged.push(command);
    }
  }
  return merged;
}

/**
 * Puts commands behind a RUN's own, in the same layer. `undefined` where that cannot be done safely: exec form, a
 * trailing comment, a script that may exit by itself or leaves something running, a here-document for another
 * interpreter.
 */
export function appendCommands(
  file: Containerfile,
  run: RunInstruction,
  commands: readonly string[],
): readonly Edit[] | undefined {
  if (run.command.form !== "shell" || commands.length === 0) return undefined;
  const text = run.command.command.trimEnd();
  if (run.heredocs.length > 0) {
    const [only] = run.heredocs;
    const isScript = run.heredocs.length === 1 && /^<<-?\s*(["']?)[A-Za-z_][A-Za-z0-9_]*\1$/.test(text.trim());
    if (!isScript || only === undefined || /^\s*#!(?!.*\/(?:ba|da|a)?sh\b)/.test(only.body)) return undefined;
    if (!endsOpen(only.body.trimEnd(), "\n", commands[0] ?? "")) return undefined;
    const edit = appendLineToHeredocBody(file, run, commands.join(" && "));
    return edit === undefined ? undefined : [edit];
  }
  const joiner = text.endsWith(";") ? " " : " && ";
  if (!endsOpen(text, joiner, commands[0] ?? "")) return undefined;
  const edit = appendToShellCommand(file, run, layOut(file, run, joiner, commands));
  return edit === undefined ? undefined : [edit];
}

const identity = (offset: number): number => offset;

const read = (source: string) =>
  readShell({ text: source, toSource: identity }, { variables: new Map<string, string>(), cwd: undefined });

/** Whether a command put behind `text` would be read as a command of its own that is reached when all of it is done. */
function endsOpen(text: string, joiner: string, command: string): boolean {
  const before = read(text);
  if (endsItself(before.commands) || leavesRunning(text, before.commands)) return false;
  const after = read(`${text}${joiner}${command}`);
  if (!before.parsed || !after.parsed) return false;
  const own = read(command).commands.length;
  if (after.commands.length !== before.commands.length + own) return false;
  const added = after.commands.at(-own);
  return added !== undefined && !added.conditional && added.span.start >= text.length;
}

/** Whether a script in which nothing fails may end before its end; what `sh -c` runs ends only itself. */
const endsItself = (commands: readonly ShellCommand[]): boolean =>
  commands.some((one) => isEnd(one) && !commands.some((other) => other !== one && isInside(one.span, other.span)));

const isInside = (inner: Span, outer: Span): boolean => outer.start <= inner.start && inner.end <= outer.end;

function isEnd({ words, wrappers, joinedBy }: ShellCommand): boolean {
  if (wrappers.some(({ value }) => value === "exec")) return true;
  const [name, status] = words;
  if (name?.value !== "exit" && name?.value !== "return") return false;
  // A failure ends the build, and nothing is left to hand over.
  return status === undefined ? joinedBy !== "||" : !/^[1-9][0-9]*$/.test(status.value ?? "");
}

/** Whether something that was put into the background may still run at the end. */
function leavesRunning(text: string, commands: readonly ShellCommand[]): boolean {
  if (/(?:^|[^&])&$/.test(text)) return true;
  const lastStarted = commands.findLastIndex(({ joinedBy }) => joinedBy === "&");
  return lastStarted >= 0 && !commands.slice(lastStarted).some(({ words }) => words[0]?.value === "wait");
}

/** On the same line where the RUN is one short line, else on lines of their own in the RUN's way. */
function layOut(file: Containerfile, run: RunInstruction, joiner: string, commands: readonly string[]): string {
  const oneLine = `${joiner}${commands.join(" && ")}`;
  const single = run.startLine === run.endLine;
  if (single && run.span.end - run.span.start + oneLine.length <= 120) return oneLine;
  const lastLine = lastPhysicalLine(file.text, run.span.end);
  const indent = single ? "    " : (/^[\t ]*/.exec(lastLine)?.[0] ?? "    ") || "    ";
  const breakLine = `${file.escape}${file.eol}${indent}`;
  if (joiner === " ") return ` ${breakLine}${commands.join(` && ${breakLine}`)}`;
  const leading = !single && /^[\t ]*&&/.test(lastLine);
  return commands.map((command) => (leading ? ` ${breakLine}&& ${command}` : ` && ${breakLine}${command}`)).join("");
}

function lastPhysicalLine(text: string, end: number): string {
  return text.slice(text.lastIndexOf("\n", end - 1) + 1, end);
}
