/**
 * How the lines of a fix spell paths: as the author did, so that a folder whose name holds a variable is still found when
 * the variable changes; with today's value only where the variable is not what it was.
 */
import type { BuildModel, Stage } from "../containerfile/build-model.ts";
import type { Instruction, RunInstruction } from "../containerfile/model.ts";
import { isSystemPath, resolvePath } from "../facts/paths.ts";
import { programOf } from "../rules/shell-words.ts";
import { readShell } from "../shell/read-shell.ts";
import { ownSource } from "../shell/source.ts";

/** Writes a path as a word of the shell. */
export type Spell = (path: string) => string;

const plain = /^[A-Za-z0-9_./:@%+,=-]+$/;
/** A word that any POSIX shell reads as itself. */
export const quoteWord: Spell = (word) => (plain.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

export interface Spellings {
  /** How the author writes the paths that instructions name, as it stands between double quotes. */
  readonly written: ReadonlyMap<string, ReadonlySet<string>>;
  /** The place of the first ARG of each name. */
  readonly declared: ReadonlyMap<Stage, ReadonlyMap<string, number>>;
}

/** What Containerfiles and shells read alike. */
const variable = /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::?[-+][\w./:@-]*)?\})/g;
/** Set by shells themselves. */
const shellsOwn = /^(?:_|E?UID|GROUPS|HOSTNAME|IFS|LINENO|OLDPWD|OPT\w*|PPID|PWD|RANDOM|SECONDS|SHLVL|BASH\w*)$/;

const namesIn = (text: string): readonly string[] =>
  [...text.matchAll(variable)].map(([, bare, braced]) => bare ?? braced ?? "");

/** The spellings of the folders and files that instructions which ship name. */
export function spellingsOf(model: BuildModel): Spellings {
  const written = new Map<string, Set<string>>();
  const declared = declarationsOf(model);
  /** The spelling of the working directory; `undefined` where only its value is known. */
  let folder: string | undefined;
  for (const { instruction, stage } of model.shipped) {
    const { workdir, env } = model.before(instruction);
    for (const word of pathWords(instruction)) {
      const { value, unknown, error } = model.expand(instruction, word);
      if (unknown.length > 0 || error !== undefined) continue;
      const around = value.startsWith("/") ? "" : (folder ?? escaped(workdir.value.value));
      const names = namesIn(word);
      const isHere = names.every((name) => env.has(name) || isDeclared(declared, stage, instruction, name));
      const inside = isHere ? betweenQuotes(word) : undefined;
      const text = inside === undefined ? undefined : joined(around, inside);
      if (instruction.keyword === "WORKDIR") folder = text;
      const path = resolvePath(workdir.value.value, value);
      const texts = written.get(path) ?? new Set();
      written.set(path, text !== undefined && namesIn(text).length > 0 ? texts.add(text) : texts);
    }
  }
  return { written, declared };
}

function declarationsOf({ shipped }: BuildModel): Spellings["declared"] {
  const declared = new Map<Stage, Map<string, number>>();
  for (const { instruction, stage } of shipped) {
    if (instruction.keyword !== "ARG") continue;
    const places = declared.get(stage) ?? new Map<string, number>();
    declared.set(stage, places);
    for (const { name } of instruction.declarations)
      if (!places.has(name.value)) places.set(name.value, instruction.index);
  }
  return declared;
}

/** Whether an ARG of the same stage declares a variable above: FROM forgets those of the stages before. */
const isDeclared = (
  declared: Spellings["declared"],
  stage: Stage,
  before: Instruction | undefined,
  name: string,
): boolean => (declared.get(stage)?.get(name) ?? Infinity) < (before?.index ?? Infinity);

function pathWords(instruction: Instruction): readonly string[] {
  const { keyword } = instruction;
  if (keyword === "WORKDIR") return [instruction.argument.value];
  if (keyword === "VOLUME") return instruction.words.map(({ value }) => value.trim());
  return keyword === "COPY" || keyword === "ADD" ? [instruction.destination.value] : [];
}

/** A word of a Containerfile as it stands between double quotes; `undefined` where a shell would read it otherwise. */
function betweenQuotes(word: string): string | undefined {
  const text = word.replaceAll('"', "");
  return /[\\`'$]/.test(text.replaceAll(variable, "")) ? undefined : text;
}

const escaped = (text: string): string => text.replaceAll(/["$`\\]/g, String.raw`\$&`);

function joined(folder: string, path: string): string {
  const parts = `${folder}/${path}`.split("/").filter((part) => part !== "" && part !== ".");
  const isAbsolute = (folder === "" ? path : folder).startsWith("/");
  return `${isAbsolute ? "/" : ""}${parts.join("/")}`;
}

/** How paths are spelled at the end of a RUN. */
export function spellBehind(model: BuildModel, spellings: Spellings, run: RunInstruction): Spell {
  const stage = model.graph.chain.findLast(({ from }) => from.index < run.index) ?? model.graph.target;
  return spellAt(model, spellings, stage, run, textOf(run));
}

/**
 * How paths are spelled in a RUN above an instruction, or at the end of a stage: as the author did where that means the
 * same there, else by their value.
 * @param script what the shell has run by then.
 */
export function spellAt(
  model: BuildModel,
  { written, declared }: Spellings,
  stage: Stage,
  before: Instruction | undefined,
  script = "",
): Spell {
  const { variables, env, shell } = before === undefined ? model.after(stage) : model.before(before);
  const mayRefuseUnset = /\s[-+]\w*u|nounset/.test(`${shell.join(" ")} ${script}`);
  const isUsable = (name: string): boolean =>
    !shellsOwn.test(name) &&
    (env.has(name) || isDeclared(declared, stage, before, name)) &&
    (variables.has(name) || !mayRefuseUnset);
  const valueOf = (text: string): string | undefined => {
    const names = namesIn(text);
    if (!names.every(isUsable)) return undefined;
    const unset = names.filter((name) => !variables.has(name)).map((name) => [name, ""] as const);
    const { commands } = readShell(ownSource(`${script}\n: "${text}"`), {
      variables: new Map([...variables, ...unset]),
      cwd: undefined,
    });
    const isUnread = commands.some((command) => setsVariables.has(programOf(command)));
    return isUnread ? undefined : commands.at(-1)?.words[1]?.value;
  };
  return (path) => {
    const named = nearest(written, path) ?? path;
    for (const spelling of written.get(named) ?? []) {
      const text = `${spelling}${escaped(path.slice(named.length))}`;
      if (valueOf(text) === path) return `"${text}"`;
    }
    return quoteWord(path);
  };
}

/** The path itself or the folder around it that has a spelling; below a folder of the system nothing follows its name. */
function nearest(written: Spellings["written"], path: string): string | undefined {
  for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) {
    const folder = path.slice(0, end);
    if (written.has(folder)) return end === path.length || !isSystemPath(folder) ? folder : undefined;
  }
  return undefined;
}

/** Commands behind which variables may be anything. */
const setsVariables: ReadonlySet<string> = new Set([".", "source", "eval", "unset", "getopts", "mapfile", "readarray"]);

function textOf({ command, heredocs }: RunInstruction): string {
  const [only] = heredocs;
  return only?.body ?? (command.form === "shell" ? command.command : "");
}
