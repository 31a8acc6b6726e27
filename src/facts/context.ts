/** Finds the scripts that ENTRYPOINT and CMD start in the author's build context, and those that they start in turn. */
import type { BuildModel, State } from "../containerfile/build-model.ts";
import type { CmdInstruction, CopyInstruction, EntrypointInstruction, Instruction } from "../containerfile/model.ts";
import { readShell } from "../shell/read-shell.ts";
import { calledFiles } from "./called-scripts.ts";
import { isWithin, resolvePath } from "./paths.ts";
import { commandName } from "./run-script.ts";

/** A file of the build context that an ENTRYPOINT or CMD starts, found through COPY/ADD and `.dockerignore`. */
export interface ContextScript {
  /** The ENTRYPOINT or CMD that starts it, itself or through other scripts. */
  readonly startedBy: Instruction;
  /** Only another script starts it. */
  readonly isCalled: boolean;
  /** Relative to the context. */
  readonly path: string;
  readonly text: string;
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

type Starter = EntrypointInstruction | CmdInstruction;

/** Folders that a bare program name is looked for in, as images set PATH. */
const searchPath = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
const maxWords = 6;

/** More than any image starts. */
const maxScripts = 50;

/**
 * The scripts that the finished image starts and that a COPY or ADD takes from the context.
 * @param readContext reads a text file of the context; `undefined` when it is not there.
 */
export function findContextScripts(
  model: BuildModel,
  readContext: (path: string) => string | undefined,
): readonly ContextScript[] {
  const state = model.after(model.graph.target);
  const found = new Map<string, FoundScript>();
  const texts = new Map<string, string | undefined>();
  const readOnce = (path: string): string | undefined => {
    if (!texts.has(path)) texts.set(path, readContext(path));
    return texts.get(path);
  };
  /** `undefined` where there is none. */
  const find = (place: string, startedBy: Instruction, isCalled: boolean): string | undefined => {
    const script = scriptAt(model, place, readOnce);
    if (script === undefined || (!found.has(script.path) && found.size >= maxScripts)) return undefined;
    if (!found.has(script.path)) found.set(script.path, { startedBy, isCalled, place, calls: [], ...script });
    return script.path;
  };
  for (const starter of [state.entrypoint.value, state.cmd.value]) {
    if (!isStarter(starter)) continue;
    for (const program of startedFiles(model, starter)) find(program, starter, false);
  }
  // A map is gone through together with what is put into it meanwhile.
  for (const { place, text, startedBy, calls } of found.values()) {
    for (const { places, ...call } of calledFiles(text, {
      path: place,
      cwd: folderOf(state),
      variables: state.env,
      searchPath,
    })) {
      for (const one of places) {
        const path = find(one, startedBy, true);
        if (path === undefined) continue;
        calls.push({ ...call, path });
        break;
      }
    }
  }
  return [...found.values()];
}

interface FoundScript extends ContextScript {
  /** In the image. */
  readonly place: string;
  readonly calls: ScriptCall[];
}

const isStarter = (instruction: Instruction | undefined): instruction is Starter =>
  instruction?.keyword === "ENTRYPOINT" || instruction?.keyword === "CMD";

/** Absolute paths that a command's first words may name: the program, and the script of `sh script` or `tini -- script`. */
function startedFiles(model: BuildModel, starter: Starter): readonly string[] {
  const folder = folderOf(model.after(model.graph.target));
  const words =
    starter.command.form === "exec"
      ? starter.command.words.map(({ value }) => value)
      : shellWords(starter.command.command);
  return words.slice(0, maxWords).flatMap((word) => {
    if (word === "" || word.startsWith("-")) return [];
    if (word.includes("/")) return [resolvePath(folder, word)];
    return /\.(?:sh|bash)$|entrypoint|^[a-z-]+$/.test(word)
      ? [...searchPath.map((path) => `${path}/${word}`), resolvePath(folder, word)]
      : [];
  });
}

/**
 * The working folder. One below an unknown base is called by what the file says of it, in a place that no image has: what
 * is copied there and started there still meets.
 */
const folderOf = ({ workdir: { value } }: State): string =>
  value.unknown.length === 0 ? value.value : resolvePath("/?", `.${value.value}`);

function shellWords(text: string): readonly string[] {
  const { commands } = readShell({ text, toSource: (index) => index }, { variables: new Map(), cwd: undefined });
  return commands.flatMap(({ words }) => words.flatMap(({ value }) => (value === undefined ? [] : [value])));
}

/** The text behind a path of the finished image; the last COPY or ADD that puts something there wins. */
function scriptAt(
  model: BuildModel,
  path: string,
  readContext: (path: string) => string | undefined,
): Pick<ContextScript, "path" | "text"> | undefined {
  for (const { instruction } of model.shipped.toReversed()) {
    if (instruction.keyword !== "COPY" && instruction.keyword !== "ADD") continue;
    if (instruction.flags.some(({ name }) => name === "from")) continue;
    for (const source of contextSources(model, instruction, path)) {
      const text = readContext(source);
      if (text !== undefined && looksLikeScript(source, text)) return { path: source, text };
    }
  }
  return undefined;
}

const looksLikeScript = (path: string, text: string): boolean =>
  !text.includes("\0") && (text.startsWith("#!") || /\.(?:sh|bash)$/.test(path));

/** Paths in the context from which a COPY would put a file at the absolute `path`. */
export function contextSources(model: BuildModel, copy: CopyInstruction, path: string): readonly string[] {
  const target = model.expand(copy, copy.destination.value);
  if (target.unknown.length > 0) return [];
  const destination = resolvePath(folderOf(model.before(copy)), target.value);
  const isFolder = target.value.endsWith("/") || copy.sources.length > 1;
  return copy.sources.flatMap((word) => {
    const source = model.expand(copy, word.value);
    if (source.unknown.length > 0 || source.value.includes("://")) return [];
    const from = source.value.replace(/^(?:\.?\/)+/, "").replace(/\/+$/, "");
    const found: string[] = [];
    if (path === destination && !isFolder) found.push(from);
    if (isWithin(destination, path) && path !== destination) {
      const below = path.slice(destination === "/" ? 1 : destination.length + 1);
      // A folder's content is copied, a file goes in under its own name.
      found.push(from === "" || from === "." ? below : `${from}/${below}`);
      if (commandName(from) === below || globMatches(commandName(from), below))
        found.push(from.includes("*") ? `${from.slice(0, from.lastIndexOf("/") + 1)}${below}` : from);
    }
    return found;
  });
}

/** `*.sh` and `docker-*` against one file name; a `*` crosses no slash. */
function globMatches(glob: string, name: string): boolean {
  if (!glob.includes("*") || name.includes("/")) return false;
  const [head = "", ...rest] = glob.split("*");
  const tail = rest.at(-1) ?? "";
  return name.length >= head.length + tail.length && name.startsWith(head) && name.endsWith(tail);
}
