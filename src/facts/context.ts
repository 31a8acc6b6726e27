/** Finds the scripts that ENTRYPOINT and CMD start and whose text a builder has, and those that they start in turn. */
import type { BuildModel, Starter, State } from "../containerfile/build-model.ts";
import type { Instruction } from "../containerfile/model.ts";
import type { ShellCommand } from "../shell/model.ts";
import { basename, shellTextAt, shells } from "../shell/launch.ts";
import { readShell } from "../shell/read-shell.ts";
import { ownSource } from "../shell/source.ts";
import { calledFiles } from "./called-scripts.ts";
import { contextCopies, folderOf } from "./context-copies.ts";
import { copiedPlaces } from "./copied-texts.ts";
import type { Effects } from "./effects.ts";
import { resolvePath } from "./paths.ts";
import { TextFinder } from "./text-finder.ts";

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
  effects: Pick<Effects, "texts" | "commands">,
  readContext: (path: string) => string | undefined,
): readonly ContextScript[] {
  const state = model.after(model.graph.target);
  const placesAt = copiedPlaces(contextCopies(model).toReversed());
  const found = new Map<string, FoundScript>();
  const finder = new TextFinder(model, effects, readContext);
  /** `undefined` where there is none. */
  const find = (place: string, startedBy: Instruction, isCalled: boolean): string | undefined => {
    const script = finder.at(place);
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
