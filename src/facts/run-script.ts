/** The commands of a RUN, with what the build knows of its variables and folder. */
import type { BuildModel, State } from "../containerfile/build-model.ts";
import type { Span } from "../core/finding.ts";
import type { Heredoc, RunInstruction, Word } from "../containerfile/model.ts";
import type { ShellCommand, ShellScript, ShellWord } from "../shell/model.ts";
import { judgeConfigUser } from "../image/config-user.ts";
import { folderAt } from "../shell/folder.ts";
import { basename, shellTextAt } from "../shell/launch.ts";
import { placesInJson } from "../shell/places.ts";
import { readShell } from "../shell/read-shell.ts";

const posixShells = new Set(["sh", "bash", "ash", "dash", "zsh", "ksh", "busybox"]);
const nothing: ShellScript = { commands: [], parsed: false };

interface RunOptions {
  readonly variables: ReadonlyMap<string, string>;
  readonly home: string | undefined;
  readonly cwd: string | undefined;
}

/** Whether RUN, CMD and ENTRYPOINT texts at this point are read by a POSIX shell. */
function usesPosixShell(shell: readonly string[]): boolean {
  const [program] = shell;
  return program === undefined || posixShells.has(basename(program));
}

/**
 * Reads a RUN in any of its forms. `parsed` is false where its quoting does not close, or where something else than a
 * POSIX shell reads it (PowerShell, a here-document for Python): that program is then all that is known to run.
 */
export function readRun(model: BuildModel, run: RunInstruction): ShellScript {
  const state = model.before(run);
  const { workdir } = state;
  const options = {
    variables: state.variables,
    home: homeOf(state),
    cwd: workdir.value.unknown.length === 0 && workdir.value.error === undefined ? workdir.value.value : undefined,
  };
  if (run.command.form === "exec") return execForm(run.command.words, model.graph.file.text, options);
  if (!usesPosixShell(state.shell)) return readBy(state.shell, run.command.span, options);
  const { logical, argumentsAt } = run;
  const command = readShell(
    { text: logical.text.slice(argumentsAt), toSource: (index) => logical.toSource(argumentsAt + index) },
    { ...options, shell: state.shell },
  );
  const script = scriptOf(run);
  if (script === undefined) return command;
  const { start, end } = script.heredoc.bodySpan;
  const body = model.graph.file.text.slice(start, end);
  const interpreter = interpreterOf(body);
  if (interpreter !== undefined && !posixShells.has(basename(interpreter[0] ?? "")))
    return readBy(interpreter, run.command.span, options);
  return readShell(
    { text: body, toSource: (index) => start + index },
    { ...options, shell: interpreter ?? script.shell ?? state.shell },
  );
}

/**
 * The home that builders give root, from /etc/passwd, where nothing sets another one; that of others is not known here.
 * @see getUserHome of runc
 */
function homeOf({ user: { value } }: State): string | undefined {
  if (value.unknown.length > 0) return undefined;
  const { verdict, userPart } = judgeConfigUser(value.value);
  return verdict === "root" || userPart === "root" ? "/root" : undefined;
}

/** What a script's first line says that it is read by, with its options. */
function interpreterOf(text: string): readonly string[] | undefined {
  const words = /^[ \t]*#![ \t]*(\S.*)/.exec(text)?.[1]?.trim().split(/\s+/);
  if (words === undefined || basename(words[0] ?? "") !== "env") return words;
  return words.slice(words[1] === "-S" ? 2 : 1);
}

const startedShell = String.raw`((?:\/\S*\/)?(?:ba|da|a)?sh(?:[ \t]+-\S+)*)`;
const scriptForm = new RegExp(String.raw`^(?:${startedShell}[ \t]+)?<<-?[ \t]*\S+(?:[ \t]+${startedShell})?$`);

/**
 * The here-document that is the script itself: `RUN <<EOF`, `RUN bash <<EOF`, `RUN <<EOF bash`; with the shell that the
 * RUN's own starts for it.
 */
function scriptOf(
  run: RunInstruction,
): { readonly heredoc: Heredoc; readonly shell: readonly string[] | undefined } | undefined {
  const [heredoc] = run.heredocs;
  if (run.command.form !== "shell" || heredoc === undefined || run.heredocs.length !== 1) return undefined;
  const [isScript, before, behind] = scriptForm.exec(run.command.command.trim()) ?? [];
  return isScript === undefined ? undefined : { heredoc, shell: (before ?? behind)?.split(/[ \t]+/) };
}

/** What is for another program than a POSIX shell: that it runs is known, and nothing of what it does. */
function readBy(program: readonly string[], span: Span, options: RunOptions): ShellScript {
  const words = program.map((value) => ({ raw: value, value, span }));
  return { commands: words.length === 0 ? [] : [plainCommand(words, span, options)], parsed: false };
}

function execForm(words: readonly Word[], file: string, options: RunOptions): ShellScript {
  const [first] = words;
  const last = words.at(-1);
  if (first === undefined || last === undefined) return nothing;
  const from = basename(first.value) === "busybox" ? 1 : 0;
  const script = shellTextAt(words, from);
  const inner = words[script];
  if (inner !== undefined) {
    // Where the string goes over several lines the whole of it stands for all that is in it.
    const { start, end } = inner.span;
    const places = placesInJson(file.slice(start, end), inner.value);
    const toSource = (index: number): number => start + (places?.[index] ?? 0);
    const shell = words.slice(from, script).map(({ value }) => value);
    return readShell({ text: inner.value, toSource }, { ...options, shell });
  }
  const plain: readonly ShellWord[] = words.map(({ value, span }) => ({ raw: value, value, span }));
  const span = { start: first.span.start, end: last.span.end };
  return { commands: [plainCommand(plain, span, options)], parsed: true };
}

const plainCommand = (words: readonly ShellWord[], span: Span, { variables, home, cwd }: RunOptions): ShellCommand => ({
  assignments: [],
  words,
  wrappers: [],
  redirections: [],
  span,
  joinedBy: "start",
  conditional: false,
  isInFunction: false,
  onFailure: "stops",
  ...folderAt(cwd),
  home: variables.get("HOME") ?? home,
});
