/**
 * The files that a container starts with: the program of ENTRYPOINT and CMD, what inits, shells and scripts start behind
 * it, and the interpreters of scripts. Layers are read on as far as finding them needs.
 */
import type { Failure } from "../../core/errors.ts";
import type { ImageConfig } from "../../core/ports.ts";
import { Refusal } from "../../core/refusal.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { isWithin, resolvePath } from "../../facts/paths.ts";
import { closedFolder, mayDo, type Subject } from "../../image/layer/access.ts";
import type { FoundFile, ImageFiles } from "../../image/layer/image-files.ts";
import { namesRootHome, rootHome } from "../../rules/root-home.ts";
import { needOfScript, type RootNeed } from "../../rules/started-scripts.ts";
import { basename, behindRunners, shellTextAt, shells } from "../../shell/launch.ts";
import { asWords, environmentOf, needOfWords, programPaths, startedArgv, type Words } from "./started-argv.ts";
import { startedByText } from "./started-text.ts";

/** A file that is executed, or read by its interpreter, when the container starts. */
export interface StartedFile {
  /** Where it was looked for. */
  readonly path: string;
  /** Where it lies, links followed. */
  readonly place: string;
  readonly mode: number;
  readonly owner: number;
  /** What the user would have to be allowed, and is not; `undefined` for what works. */
  readonly refused: "execute" | "read" | undefined;
  /** The folder on the way that is closed to the user. */
  readonly closedAt: string | undefined;
  readonly capabilities: Uint8Array | undefined;
  /** What its text does that needs root, of a script. */
  readonly need: RootNeed | undefined;
}

/** A program that the layers do not have. */
export interface MissingFile {
  readonly path: string;
  /** The script whose first line names it; `undefined` for what the configuration names. */
  readonly by: string | undefined;
}

/** What a container starts. */
export interface Started {
  /** The program first. Those that the image does not have are left out. */
  readonly files: readonly StartedFile[];
  /** A privilege switch among what a script is given to start. */
  readonly need: RootNeed | undefined;
  /** A word of what is started that leads into root's home, where that is closed to the user. */
  readonly rootHomeWord: string | undefined;
  /** What is started by its path, and certainly is not there: only a mount could bring it. */
  readonly missing: MissingFile | undefined;
}

/** Folders that runtimes mount by themselves. */
const mounted = ["/dev", "/proc", "/run", "/sys"];

/** As much of a script's first line as the kernel looks at. */
const longestShebang = 256;
/** As much of a script as anybody writes by hand, in bytes: no image takes long to judge. */
const longestScript = 128 * 1024;
/** Commands that are followed: more has no entrypoint that a person wrote. */
const mostCommands = 32;
/** Programs whose first operand is a script, or an archive, that they read. */
const interpreter = /^(?:python|pypy|node|nodejs|perl|ruby|php|java|lua|bun)[0-9.]*$/;
/** Options of theirs in whose place the code or a module's name follows. */
const codeOption = /^-[cemr]$/;

/** Finds them; an error is the failure of a layer. */
export async function readStarted(
  config: ImageConfig,
  files: ImageFiles,
  subject: Subject,
): Promise<Result<Started, Failure>> {
  try {
    return ok(await new StartReader(config, files, subject).read());
  } catch (error) {
    if (error instanceof Refusal) return err(error.failure);
    throw error;
  }
}

/** Paths that the configuration names, so that the text of a script comes with the first reading of its layer. */
export function namedPaths(config: ImageConfig): readonly string[] {
  const words = startedArgv(config)?.argv.flatMap((word) => word.split(/\s+/)) ?? [];
  return words
    .filter((word) => word.includes("/") && !word.startsWith("-"))
    .slice(0, 6)
    .flatMap((word) => programPaths(config, word, config.workingDir || "/"));
}

/** A file with the path that it was looked for at: which folders are on the way depends on it. */
type Located = FoundFile & { readonly path: string };

class StartReader {
  readonly #config: ImageConfig;
  readonly #files: ImageFiles;
  readonly #subject: Subject;
  readonly #started = new Map<string, StartedFile>();
  #commands = 0;
  #need: RootNeed | undefined;
  #rootHomeWord: string | undefined;
  #missing: MissingFile | undefined;

  constructor(config: ImageConfig, files: ImageFiles, subject: Subject) {
    this.#config = config;
    this.#files = files;
    this.#subject = subject;
  }

  async read(): Promise<Started> {
    const argv = startedArgv(this.#config)?.argv;
    if (argv !== undefined) {
      await this.#noteMissing(argv[0], undefined);
      await this.#command(argv, this.#config.workingDir || "/", "runtime");
    }
    const isClosed = this.#rootHomeWord !== undefined && (await this.#isClosed(rootHome));
    return {
      files: [...this.#started.values()],
      need: this.#need,
      rootHomeWord: isClosed ? this.#rootHomeWord : undefined,
      missing: this.#missing,
    };
  }

  /** A command, and whatever it starts in turn. */
  async #command(words: Words, cwd: string | undefined, by: "runtime" | "process"): Promise<void> {
    const [name] = words;
    if (name === undefined || name === "" || ++this.#commands > mostCommands) return;
    const found = await this.#lookUp(programPaths(this.#config, name, cwd), by);
    if (found !== undefined) await this.#executed(found, words.slice(1), cwd);
    const behind = behindRunners(asWords(words), 0);
    if (behind > 0) return await this.#command(words.slice(behind), cwd, "process");
    const text = shellTextAt(asWords(words), 0);
    if (text !== -1) return await this.#text(words[text], "whole", [], cwd);
    this.#rootHomeWord ??= words.find((word) => word !== undefined && namesRootHome(word));
    await this.#operand(words, cwd);
  }

  /** The file that a name stands for; the first of them where none would be taken. */
  async #lookUp(paths: readonly string[], by: "runtime" | "process"): Promise<Located | undefined> {
    let first: Located | undefined;
    for (const path of paths) {
      const found = await this.#find(path);
      if (found === undefined) continue;
      first ??= found;
      if (this.#isTaken(found, by)) return found;
    }
    return first;
  }

  /** Who looks a name up goes on behind what it cannot reach or execute; runtimes take a file that root may execute. */
  #isTaken(found: FoundFile, by: "runtime" | "process"): boolean {
    return (
      closedFolder(found, this.#subject) === undefined &&
      (by === "runtime" ? (found.entry.mode & 0o111) !== 0 : mayDo(found.entry, this.#subject, "execute"))
    );
  }

  async #executed(found: Located, args: Words, cwd: string | undefined): Promise<void> {
    const script = this.#files.isScript(found) ? await this.#content(found.place) : undefined;
    const needed = script === undefined ? (["execute"] as const) : (["execute", "read"] as const);
    const refused = needed.find((right) => !mayDo(found.entry, this.#subject, right));
    if (!this.#note(found, refused, script) || script === undefined) return;
    const shebang = shebangWords(script);
    await this.#noteMissing(shebang[0], found.place);
    await this.#command(shebang, cwd, "process");
    if (shebang.some((word) => shells.has(basename(word)))) await this.#text(script, "exec", args, cwd);
  }

  /** The script that an interpreter is told to read: `sh /run.sh`, `python3 -u app.py`, `java -jar /app.jar`. */
  async #operand(words: Words, cwd: string | undefined): Promise<void> {
    const program = basename(words[0] ?? "");
    const isShell = shells.has(program);
    const at = words.findIndex((word, index) => index > 0 && word?.startsWith("-") !== true);
    const operand = words[at];
    if (operand === undefined || operand === "" || !(isShell || interpreter.test(program))) return;
    // `python -m NAME` and `node -e CODE` name no file; nor does a bare word to look for in every layer.
    if (!isShell && (!/[/.]/.test(operand) || words.slice(1, at).some((word) => codeOption.test(word ?? "")))) return;
    const [path] = programPaths(this.#config, operand.includes("/") ? operand : `./${operand}`, cwd);
    const found = path === undefined ? undefined : await this.#find(path);
    if (found === undefined) return;
    const script = isShell ? ((await this.#content(found.place)) ?? "") : undefined;
    if (!this.#note(found, mayDo(found.entry, this.#subject, "read") ? undefined : "read", script)) return;
    if (script !== undefined) await this.#text(script, "exec", words.slice(at + 1), cwd);
  }

  /** What a shell's text starts for certain. */
  async #text(text: string | undefined, extent: "whole" | "exec", args: Words, cwd: string | undefined): Promise<void> {
    if (text === undefined) return;
    for (const command of startedByText(text.slice(0, longestScript), { extent, args, cwd, env: this.#config.env })) {
      // All else that a text starts is looked at together with what it asks before.
      if (command.isArguments) this.#need ??= needOfWords(command.words, environmentOf(this.#config));
      await this.#command(command.words, command.cwd, "process");
    }
  }

  /** `false` for a file that is there already. */
  #note(found: Located, refused: StartedFile["refused"], script: string | undefined): boolean {
    const { path, place, entry } = found;
    const closedAt = closedFolder(found, this.#subject);
    const key = closedAt === undefined ? place : path;
    if (this.#started.has(key)) return false;
    this.#started.set(key, {
      path,
      place,
      mode: entry.mode,
      owner: entry.uid,
      refused,
      closedAt,
      capabilities: entry.capabilities,
      need: script === undefined ? undefined : needOfScript(script, environmentOf(this.#config)),
    });
    return true;
  }

  /** Takes down a program that is named by its path and that no layer has; a volume may have it. */
  async #noteMissing(name: string | undefined, by: string | undefined): Promise<void> {
    if (this.#missing !== undefined || name?.startsWith("/") !== true) return;
    const path = resolvePath("/", name);
    const { volumes } = this.#config;
    if ([...mounted, ...volumes].some((folder) => isWithin(resolvePath("/", folder), path))) return;
    if (valueOf(await this.#files.find(path)) === undefined) this.#missing = { path, by };
  }

  async #isClosed(folder: string): Promise<boolean> {
    const found = valueOf(await this.#files.find(folder));
    return (
      found?.entry.kind === "directory" &&
      (closedFolder(found, this.#subject) !== undefined || !mayDo(found.entry, this.#subject, "execute"))
    );
  }

  async #find(path: string): Promise<Located | undefined> {
    const found = valueOf(await this.#files.find(path));
    return found?.entry.kind === "file" ? { path, ...found } : undefined;
  }

  async #content(place: string): Promise<string | undefined> {
    const content = valueOf(await this.#files.content(place));
    return content === undefined ? undefined : Buffer.from(content.bytes.subarray(0, longestScript)).toString("utf8");
  }
}

/** `#!/bin/sh -e` → its words. The kernel gives what is behind the interpreter as one; `env -S` splits it. */
function shebangWords(script: string): readonly string[] {
  const [line = ""] = script.slice(2, longestShebang).split("\n", 1);
  const [program = "", ...words] = line.split(/[ \t]+/).filter((word) => word !== "");
  if (program === "") return [];
  const rest = words.join(" ");
  if (rest.startsWith("-S"))
    return [
      program,
      ...rest
        .slice(2)
        .trim()
        .split(/[ \t]+/),
    ];
  return rest === "" ? [program] : [program, rest];
}

function valueOf<T>(reply: Result<T, Failure>): T {
  if (!reply.ok) throw new Refusal(reply.error);
  return reply.value;
}
