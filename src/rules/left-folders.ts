/** Folders that the image makes empty, with names that say that its application writes there, and leaves to root. */
import { isSystemPath, isSystemState, isWithin, resolvePath } from "../facts/paths.ts";
import { parseOptions } from "../shell/options.ts";
import { mayOpen } from "./handovers.ts";
import { isGlob, madeFolders, type MadeFolder } from "./layers.ts";
import { indexPaths } from "./path-index.ts";
import type { RuleInput } from "./rule.ts";
import { operandsOf, programOf } from "./shell-words.ts";

const writtenTrees = ["/var/log", "/var/run", "/run", "/var/cache", "/var/lib", "/var/spool"];
const writtenName = /\/(?:logs?|tmp|cache|data|run|uploads?|storage|db|state|work)$/;
const saysWritten = (path: string): boolean =>
  !isSystemPath(path) &&
  !isSystemState(path) &&
  (writtenName.test(path) || writtenTrees.some((tree) => isWithin(tree, path)));

/** A file that is only touched is made for the application to write, as the folder is. */
const makers: ReadonlySet<string> = new Set(["mkdir", "install", "touch"]);
const movers: ReadonlySet<string> = new Set(["rm", "rmdir", "mv", "ln", "cd", "find"]);
/** What gives folders in ways of its own: access lists, and the script of the S2I and Jupyter images. */
const openers: ReadonlySet<string> = new Set(["setfacl", "fix-permissions"]);

/** Tells whether something is put into a folder, it is taken away, said whose it is or opened: then its author saw to it. */
function seenTo(input: RuleInput): (made: MadeFolder) => boolean {
  const { copies, writes, owners, modes, commands, unread } = input.effects;
  const put = indexPaths(
    [
      ...copies.flatMap(({ destination }) => (destination === undefined ? [] : [resolvePath("/", destination)])),
      ...writes.flatMap(({ path, command }) => (makers.has(programOf(command)) ? [] : [path])),
    ],
    (path) => path,
  );
  const changes = [...owners, ...modes.filter(({ mode }) => mayOpen(input, mode))].flatMap(({ paths, recursive }) =>
    paths.map((one) => ({ path: one.path, recursive: recursive || isGlob(one) })),
  );
  const told = [...unread, ...commands.filter(({ command }) => openers.has(programOf(command)))].flatMap(
    ({ command }) =>
      operandsOf(command).map((operand) => ({ path: resolvePath(command.cwd ?? "/", operand), recursive: true })),
  );
  const changed = indexPaths(
    [...changes.flatMap(({ path, recursive }) => (path === undefined ? [] : [{ path, recursive }])), ...told],
    ({ path }) => path,
  );
  const moved = indexPaths(
    commands.flatMap(({ command, at }) =>
      movers.has(programOf(command))
        ? operandsOf(command).map((operand) => ({
            path: resolvePath(command.cwd ?? "/", operand),
            index: at.instruction.index,
          }))
        : [],
    ),
    ({ path }) => path,
  );
  const isUnknown = changes.some(({ path }) => path === undefined);
  return ({ path, index }) =>
    isUnknown ||
    put.below(path).length > 0 ||
    [...changed.around(path)].some((one) => one.path === path || one.recursive) ||
    [...moved.around(path)].some((one) => one.index >= index);
}

const makerOptions = {
  values: new Set(["m", "o", "g", "mode", "owner", "group"]),
  aliases: { mode: "m", owner: "o", group: "g" },
};

/** Whether a folder is made with an owner of its own, or a mode with which the user may write it. */
function isMadeOpen(input: RuleInput, { command }: MadeFolder): boolean {
  const { options } = parseOptions(command.words.slice(1), makerOptions);
  return options.has("o") || options.has("g") || (options.has("m") && mayOpen(input, options.get("m")?.value));
}

/**
 * The folders, each once and without those around others.
 * @param isOthers tells what is the user's already or reported otherwise.
 */
export function leftFolders(input: RuleInput, isOthers: (path: string) => boolean): readonly MadeFolder[] {
  const { effects, model } = input;
  const { workdir } = model.after(model.graph.target);
  const isSeenTo = seenTo(input);
  const left = new Map<string, MadeFolder>();
  for (const made of madeFolders(effects)) {
    const { path, command } = made;
    if (command.conditional || left.has(path) || !saysWritten(path) || /[$*?[\]{}]/.test(path)) continue;
    if (isMadeOpen(input, made)) continue;
    if (isWithin(path, workdir.value.value) || isOthers(path) || isSeenTo(made)) continue;
    left.set(path, made);
  }
  const all = indexPaths(left.values(), ({ path }) => path);
  return [...left.values()].filter(({ path }) => [...all.around(path)].length === 1);
}
