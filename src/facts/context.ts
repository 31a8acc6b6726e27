/** Finds the scripts that ENTRYPOINT and CMD start and whose text a builder has, and those that they start in turn. */
import type { BuildModel, Starter, State } from "../containerfile/build-model.ts";
import type { Instruction } from "../containerfile/model.ts";
import type { ShellCommand } from "../shell/model.ts";
import { basename, shellTextAt, shells } from "../shell/launch.ts";
import { readShell } from "../shell/read-shell.ts";
import { ownSource } from "../shell/source.ts";
import { calledFiles } from "./called-scripts.ts";
import { contextCopies, folderOf, type ContextCopy } from "./context-copies.ts";
import { copiedPlaces, copiedTexts, type CopiedText } from "./copied-texts.ts";
import type { Effects, WrittenText } from "./effects.ts";
import { resolvePath } from "./paths.ts";
import { placeBefore, placedFiles, type PlacedFile } from "./placed-files.ts";

/**
 * A file of the build context, a here-document, or what a RUN writes, that an ENTRYPOINT or CMD starts, found through
 * COPY/ADD and `.dockerignore`.
 */
export interface ContextScript {
  /** The ENTRYPOINT or CMD that starts it, itself or through other scripts. */
  readonly startedBy: Instruction;
  /** Only another script starts it. */
  readonly isCalled: boolean;
  /** Relative to the context; of a here-document, and of what a RUN writes, its place in the image. */
  readonly path: string;
  /** In the image. */
  readonly place: string;
  readonly text: string;
  /** What it runs, whatever its variables are. */
  readonly commands: readonly ShellCommand[];
  /** Scripts of the context that it starts, or takes in, in their order. */
  readonly calls: readonly ScriptCall[];
}

/** A command in a script that starts another script of the context. */
export interface ScriptCall {
  /** Places in the text. */
  readonly start: number;
  readonly end: number;
  /** Of the other script, relative to the context. */
  readonly path: string;
  /** `.` and `source`. */
  readonly isSourced: boolean;
}

/** Folders that a bare program name is looked for in, as images set PATH. */
const searchPath = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
const maxWords = 6;
/** More than anybody writes into an ENTRYPOINT or CMD. */
const maxCommands = 50;

/** More than any image starts. */
const maxScripts = 50;

/**
 * The scripts that the finished image starts and that a COPY or ADD takes from the context, or a RUN writes.
 * @param readContext reads a text file of the context; `undefined` when it is not there.
 */
export function findContextScripts(
  model: BuildModel,
  { texts: written, commands }: Pick<Effects, "texts" | "commands">,
  readContext: (path: string) => string | undefined,
): readonly ContextScript[] {
  const state = model.after(model.graph.target);
  const copies = contextCopies(model).toReversed();
  const placed = commands.flatMap(placedFiles);
  const sources = [...copies, ...written.toReversed(), ...placed.toReversed()].toSorted(
    (one, other) => placeOf(other) - placeOf(one),
  );
  const placesAt = copiedPlaces(copies);
  const found = new Map<string, FoundScript>();
  const texts = new Map<string, string | undefined>();
  const readOnce = (path: string): string | undefined => {
    if (!texts.has(path)) texts.set(path, readContext(path));
    return texts.get(path);
  };
  /** `undefined` where there is none. */
  const find = (place: string, startedBy: Instruction, isCalled: boolean): string | undefined => {
    const script = scriptAt(sources, place, readOnce);
    if (script === undefined || (!found.has(script.path) && found.size >= maxScripts)) return undefined;
    if (!found.has(script.path))
      found.set(script.path, { startedBy, isCalled, place, commands: commandsOf(script.text), calls: [], ...script });
    return script.path;
  };
  for (const starter of [state.entrypoint.value, state.cmd.value]) {
    if (starter === undefined) continue;
    for (const program of startedFiles(state, starter)) find(program, starter, false);
  }
  // A map is gone through together with what is put into it meanwhile.
  for (const { place, text, startedBy, calls } of found.values()) {
    for (const { places, isEach, ...call } of calledFiles(text, {
      path: place,
      cwd: folderOf(state),
      variables: state.env,
      searchPath,
    })) {
      for (const one of isEach ? places.flatMap(placesAt) : places) {
        const path = find(one, startedBy, true);
        if (path === undefined) continue;
        calls.push({ ...call, path });
        if (!isEach) break;
      }
    }
  }
  return [...found.values()];
}

interface FoundScript extends ContextScript {
  readonly calls: ScriptCall[];
}

/** Absolute paths that a command's first words may name: the program, and the script of `sh script` or `tini -- script`. */
function startedFiles(state: State, starter: Starter): readonly string[] {
  const folder = folderOf(state);
  const { command } = starter;
  const text = shellText(starter);
  const words =
    text === undefined && command.form === "exec"
      ? command.words.slice(0, maxWords).map(({ value }) => value)
      : shellWords(text ?? "");
  return words.flatMap((word) => {
    if (word === "" || word.startsWith("-")) return [];
    if (word.includes("/")) return [resolvePath(folder, word)];
    return /\.(?:sh|bash)$|entrypoint|^[a-z-]+$/.test(word)
      ? [...searchPath.map((path) => `${path}/${word}`), resolvePath(folder, word)]
      : [];
  });
}

/** What a shell reads: of the shell form, and of `["sh", "-c", "…"]`, also behind what starts it. */
function shellText({ command }: Starter): string | undefined {
  if (command.form === "shell") return command.command;
  const shell = command.words.slice(0, maxWords).findIndex(({ value }) => shells.has(basename(value)));
  return shell === -1 ? undefined : command.words[shellTextAt(command.words, shell)]?.value;
}

const commandsOf = (text: string): readonly ShellCommand[] => readShell(ownSource(text)).commands;

/** The first words of each command. */
function shellWords(text: string): readonly string[] {
  return commandsOf(text)
    .slice(0, maxCommands)
    .flatMap(({ words }) => words.slice(0, maxWords).flatMap(({ value }) => (value === undefined ? [] : [value])));
}

type TextSource = ContextCopy | WrittenText | PlacedFile;

/** In the text of the file. */
const placeOf = (source: TextSource): number => ("at" in source ? source.command : source.instruction).span.start;

/** More links and folders than anybody follows. */
const maxDetours = 20;

/**
 * The text behind a path of the finished image: what the last COPY, ADD or RUN puts there, or puts where a RUN takes it
 * from, with what later RUNs put behind it. `undefined` also where a RUN's is not known.
 */
function scriptAt(
  lastFirst: readonly TextSource[],
  path: string,
  readContext: (path: string) => string | undefined,
  detours = { left: maxDetours },
): CopiedText | undefined {
  let tail: string | undefined = "";
  let place = path;
  for (const [index, source] of lastFirst.entries()) {
    if (!("at" in source)) {
      const found = copiedTexts(source, place, readContext).find(looksLikeScript);
      if (found !== undefined) return tail === "" || tail === undefined ? found : { path, text: found.text + tail };
    } else if ("from" in source) {
      const before = placeBefore(source, place);
      if (before === undefined) continue;
      if (before.isCertain && !source.isSymbolic) {
        place = before.path;
        continue;
      }
      // A link leads to what is there in the end.
      const rest = source.isSymbolic ? lastFirst : lastFirst.slice(index + 1);
      const found = detours.left-- > 0 ? scriptAt(rest, before.path, readContext, detours) : undefined;
      if (found !== undefined || before.isCertain) return found;
    } else if (source.path === place) {
      tail = tail === undefined || source.text === undefined ? undefined : source.text + tail;
      if (!source.appends)
        return tail !== undefined && looksLikeScript({ path: place, text: tail }) ? { path, text: tail } : undefined;
    }
  }
  // Another file may have been there before.
  return tail?.startsWith("#!") === true ? { path, text: tail } : undefined;
}

const looksLikeScript = ({ path, text }: CopiedText): boolean =>
  !text.includes("\0") && (text.startsWith("#!") || /\.(?:sh|bash)$/.test(path));
