/** `chown`, `chgrp`, `chmod`, `install`, `setcap`: who may do what with which file. */
import { expandBraces } from "../shell/braces.ts";
import { unknownText, type ShellCommand, type ShellWord } from "../shell/model.ts";
import type { CapabilityChange, ModeChange, OwnerChange } from "./effects.ts";
import { resolvePath } from "./paths.ts";
import { basename } from "../shell/launch.ts";
import { setsSetuid } from "./setuid-modes.ts";
import { commandOfXargs } from "./xargs.ts";

export type OwnershipEffect =
  | { readonly kind: "owner"; readonly effect: Omit<OwnerChange, "at"> }
  /** Of {@link Effects.completed}. */
  | { readonly kind: "completed"; readonly effect: Omit<OwnerChange, "at"> }
  | { readonly kind: "mode"; readonly effect: Omit<ModeChange, "at"> }
  | { readonly kind: "capability"; readonly effect: Omit<CapabilityChange, "at"> };

/** An absolute path where both the word and the folder are known. A glob is cut back to its folder. */
export function pathOf(command: ShellCommand, word: ShellWord): string | undefined {
  const { value } = word;
  if (value === undefined || value === "" || value.startsWith("~")) return undefined;
  const glob = /[*?[]/.test(word.raw) && !/^['"]/.test(word.raw) ? value.search(/[*?[]/) : -1;
  const literal = glob === -1 ? value : value.slice(0, value.lastIndexOf("/", glob) + 1) || ".";
  if (literal.startsWith("/")) return resolvePath("/", literal);
  return command.cwd === undefined ? undefined : resolvePath(command.cwd, literal);
}

/**
 * The words that the braces of one stand for, as bash reads them, or the variable of a loop (`for d in /a /b`). Behind a
 * branch that sets it a variable is one of them, and nobody knows which.
 */
export function wordsOf(word: ShellWord, isInLoop: boolean): readonly ShellWord[] {
  const { value, possible = [], raw } = word;
  if (value === undefined)
    return isInLoop && possible.length > 0 && !possible.some((one) => one.includes(unknownText))
      ? possible.map((one) => ({ ...word, value: one }))
      : [word];
  return /['"\\]/.test(raw) ? [word] : expandBraces(value).map((one) => ({ ...word, value: one }));
}

/** The paths of words; `/opt/{a,b}` are two. */
const paths = (command: ShellCommand, words: readonly ShellWord[]) =>
  words.flatMap((word) => wordsOf(word, command.conditional).map((one) => ({ path: pathOf(command, one), word })));

/**
 * What a command does to owners, modes and capabilities.
 * @param feeder the command whose output it reads.
 */
export function ownershipEffects(command: ShellCommand, feeder?: ShellCommand): readonly OwnershipEffect[] {
  const [name, ...rest] = command.words;
  switch (name?.value === undefined ? "" : basename(name.value)) {
    case "chown":
    case "chgrp":
      return owner(command, basename(name?.value ?? "") === "chown" ? "chown" : "chgrp", rest);
    case "chmod":
      return modeEffects(command, rest);
    case "install":
      return installed(command, rest);
    case "setcap":
      return capability(command, rest);
    case "find":
      return found(command, rest);
    case "xargs":
      return fed(command, feeder);
    default:
      return [];
  }
}

function split(words: readonly ShellWord[]): {
  readonly flags: readonly string[];
  readonly operands: readonly ShellWord[];
} {
  const flags: string[] = [];
  const operands: ShellWord[] = [];
  let open = true;
  for (const word of words) {
    if (open && word.raw === "--") open = false;
    else if (open && word.raw.startsWith("-") && word.raw.length > 1 && !/^-[rwxXst]+$/.test(word.raw))
      flags.push(word.raw);
    else operands.push(word);
  }
  return { flags, operands };
}

const isRecursive = (flags: readonly string[]): boolean =>
  flags.some((flag) => flag === "--recursive" || /^-[a-zA-Z]*R/.test(flag));

/** `--from=OWNER:GROUP`, or in two words: chown leaves the files of everybody else alone (chown(1)). */
function withoutFrom(words: readonly ShellWord[]): {
  readonly from: string | undefined;
  readonly rest: readonly ShellWord[];
} {
  const index = words.findIndex(({ raw }) => /^--from(?:=|$)/.test(raw));
  const word = words[index];
  if (word === undefined) return { from: undefined, rest: words };
  const isTwo = word.raw === "--from";
  const from = isTwo ? words[index + 1]?.value : word.value?.slice("--from=".length);
  return { from: from ?? "?", rest: words.toSpliced(index, isTwo ? 2 : 1) };
}

function owner(
  command: ShellCommand,
  tool: OwnerChange["tool"],
  words: readonly ShellWord[],
): readonly OwnershipEffect[] {
  const { from, rest } = withoutFrom(words);
  // Who else has a file is not known here: what root has is handed over like what `find -user root` finds.
  if (from !== undefined && !/^(?:root|0)(?::|$)/.test(from)) return [];
  const { flags, operands } = split(rest);
  const reference = flags.some((flag) => flag.startsWith("--reference"));
  const [ownerWord, ...targets] = reference ? [undefined, ...operands] : operands;
  const at = ownerWord ?? command.words[0];
  if (at === undefined || targets.length === 0) return [];
  return [
    {
      kind: from === undefined ? "owner" : "completed",
      effect: {
        command,
        tool,
        owner: ownerWord?.value,
        ownerWord: at,
        recursive: isRecursive(flags),
        paths: paths(
          command,
          targets.filter((word) => word !== undefined),
        ),
      },
    },
  ];
}

/** `find /opt/app -exec chown app {} +`: files below its folders, nobody can tell which. */
function found(command: ShellCommand, words: readonly ShellWord[]): readonly OwnershipEffect[] {
  return words.flatMap(({ raw }, index) => {
    if (!/^-(?:exec|execdir|ok|okdir)$/.test(raw)) return [];
    const run = words.slice(index + 1);
    const end = run.findIndex((word) => word.raw === "{}");
    const wrappers = [...command.wrappers, ...command.words.slice(0, index + 2)];
    return end === -1
      ? []
      : ownerOf({ ...command, words: [...run.slice(0, end), ...searchedFolders(command)], wrappers }, command);
  });
}

/** `find /opt/app | xargs chown app`; what other commands print may be any files. */
function fed(command: ShellCommand, feeder: ShellCommand | undefined): readonly OwnershipEffect[] {
  const isSearch = basename(feeder?.words[0]?.value ?? "") === "find";
  if (feeder === undefined || !isSearch) return ownerOf(commandOfXargs(command));
  return ownerOf(commandOfXargs(command, searchedFolders(feeder)), feeder);
}

/** @param search the `find` that tells the files. */
function ownerOf(run: ShellCommand | undefined, search?: ShellCommand): readonly OwnershipEffect[] {
  if (run === undefined || !/^(?:chown|chgrp)$/.test(basename(run.words[0]?.value ?? ""))) return [];
  const changes = ownershipEffects(run);
  if (search === undefined || !asksForOwner(search)) return changes;
  if (!leavesNothing(search)) return [];
  return changes.flatMap((change) =>
    change.kind === "owner" ? [{ kind: "completed", effect: { ...change.effect, recursive: true } }] : [],
  );
}

/** A search that asks for the owner hands over what is left, as a fix does. */
const asksForOwner = ({ words }: ShellCommand): boolean => words.some(({ raw }) => isOwnerTest(raw));
const isOwnerTest = (word: string | undefined): boolean => word === "-user" || word === "-uid";

const narrowing = /^-(?!user$|uid$|prune$|o$|or$|a$|and$|not$|xdev$|mount$|depth$|exec|ok|print)[a-z]/;

/** Whether a search that asks for the owner finds all that is root's, but for single paths. */
function leavesNothing({ words: all }: ShellCommand): boolean {
  const run = all.findIndex(({ raw }) => /^-(?:exec|ok)/.test(raw));
  const words = (run === -1 ? all : all.slice(0, run)).map(({ value, raw }) => value ?? raw);
  return words.every((word, index) => {
    const isNegated = words[index - 1] === "!" || words[index - 1] === "-not";
    if (word === "-path") return isNegated || words[index + 2] === "-prune";
    // A new owner would take the bit away.
    if (word === "-perm" && isNegated && words[index + 1] === "-4000") return true;
    if (narrowing.test(word)) return false;
    if (!isOwnerTest(word)) return true;
    const isRoot = words[index + 1] === "root" || words[index + 1] === "0";
    return isNegated !== isRoot;
  });
}

/** The folders that `find` looks through; without any it is the one that it runs in. */
function searchedFolders({ words: [find, ...words] }: ShellCommand): readonly ShellWord[] {
  const tests = words.findIndex(({ raw }) => /^(?:-[a-z]|[(!\\])/.test(raw));
  const folders = tests === -1 ? words : words.slice(0, tests);
  return folders.length > 0 || find === undefined ? folders : [{ ...find, raw: ".", value: "." }];
}

/**
 * An owner in its old form (`app.app`) as `app:app`, so that everybody finds the group behind the colon. `chown` takes
 * the point for one only where no user of the whole name exists; `--chown`, `chgrp` and `install` never do.
 */
export function withColon(change: OwnerChange, users: ReadonlySet<string | undefined>): OwnerChange {
  const { owner: written, command } = change;
  if (written === undefined || basename(command.words[0]?.value ?? "") !== "chown") return change;
  return written.includes(":") || users.has(written) ? change : { ...change, owner: written.replace(".", ":") };
}

function modeEffects(command: ShellCommand, words: readonly ShellWord[]): readonly OwnershipEffect[] {
  const { flags, operands } = split(words);
  const [modeWord, ...targets] = operands;
  if (modeWord === undefined || targets.length === 0) return [];
  return [
    {
      kind: "mode",
      effect: {
        command,
        mode: modeWord.value,
        recursive: isRecursive(flags),
        paths: paths(command, targets),
        privileged: setsSetuid(modeWord.value),
      },
    },
  ];
}

/** `install -o app -g app -m 4755 src /dst`, `install -d -o app /data`. */
function installed(command: ShellCommand, words: readonly ShellWord[]): readonly OwnershipEffect[] {
  const given = new Map<string, ShellWord>();
  const operands: ShellWord[] = [];
  let folder = false;
  for (let index = 0; index < words.length; index++) {
    const word = words[index];
    if (word === undefined) break;
    const match = /^(?:-([a-zA-Z]*?)([ogmtS])|--(owner|group|mode|target-directory)=?)(.*)$/.exec(word.raw);
    if (match !== null && word.raw.startsWith("-")) {
      if (match[1]?.includes("d") === true) folder = true;
      const key = match[2] ?? match[3]?.[0] ?? "";
      const rest = match[4] ?? "";
      if (rest !== "") given.set(key, { ...word, value: word.value?.slice(word.value.length - rest.length) });
      else {
        const next = words[++index];
        if (next !== undefined) given.set(key, next);
      }
    } else if (word.raw === "-d" || word.raw === "--directory" || /^-[a-zA-Z]*d/.test(word.raw)) {
      folder = true;
    } else if (!word.raw.startsWith("-")) {
      operands.push(word);
    }
  }
  const targets = folder ? operands : given.has("t") ? [given.get("t")] : operands.slice(-1);
  const to = paths(
    command,
    targets.filter((word) => word !== undefined),
  );
  const effects: OwnershipEffect[] = [];
  const user = given.get("o");
  const group = given.get("g");
  const at = user ?? group;
  if (at !== undefined) {
    const text =
      user === undefined
        ? undefined
        : user.value === undefined
          ? undefined
          : `${user.value}${group?.value === undefined ? "" : `:${group.value}`}`;
    effects.push({
      kind: "owner",
      effect: {
        command,
        tool: user === undefined ? "chgrp" : "chown",
        owner: user === undefined ? group?.value : text,
        ownerWord: at,
        recursive: false,
        paths: to,
      },
    });
  }
  const modeWord = given.get("m");
  if (modeWord !== undefined) {
    effects.push({
      kind: "mode",
      effect: {
        command,
        mode: modeWord.value,
        recursive: false,
        paths: to,
        privileged: setsSetuid(modeWord.value),
      },
    });
  }
  return effects;
}

/** `setcap CAPS FILE CAPS FILE …`: each file has its own. */
function capability(command: ShellCommand, words: readonly ShellWord[]): readonly OwnershipEffect[] {
  const effects: OwnershipEffect[] = [];
  // `-v` only compares.
  if (words.some(({ raw }) => raw === "-v")) return [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index];
    // `-n ROOTID`; `-r FILE` takes them away.
    if (word?.raw === "-n" || word?.raw === "-r") index++;
    if (word === undefined || (word.raw.startsWith("-") && word.raw !== "-")) continue;
    const file = words[++index];
    if (file === undefined) break;
    effects.push({
      kind: "capability",
      effect: { command, capabilities: word.raw === "-" ? undefined : word.value, paths: paths(command, [file]) },
    });
  }
  return effects;
}
