/** Folders that what the container starts makes, or gives to its user, as it can only while it is root. */
import { folderOf } from "../facts/context-copies.ts";
import type { OwnerChange } from "../facts/effects.ts";
import { ownershipEffects } from "../facts/ownership-commands.ts";
import { isPlainPath, isSystemPath, isSystemState, isWithin, resolvePath } from "../facts/paths.ts";
import { writtenPaths } from "../facts/written-paths.ts";
import { expandBraces } from "../shell/braces.ts";
import type { ShellCommand } from "../shell/model.ts";
import { readShell } from "../shell/read-shell.ts";
import { ownSource } from "../shell/source.ts";
import { makesFolders } from "./layers.ts";
import type { RuleInput } from "./rule.ts";
import { basename } from "../shell/launch.ts";
import { startedTexts } from "./started-texts.ts";
import { UserKnowledge } from "./user-tests.ts";

/** A folder outside the system's that a start makes or gives away. */
export interface StartFolder {
  /** Absolute, normalised. */
  readonly path: string;
  /** The script, or the keyword of the instruction, that does it. */
  readonly by: string;
  /**
   * Who makes it: `root` where the command stands behind a test of a script that asks who runs it, `all` otherwise;
   * `nobody` where it is only given away.
   */
  readonly madeBy: "all" | "root" | "nobody";
}

/** The folders, each once, in the order of their paths. What the environment of a cluster changes is not known. */
export function startFolders(input: RuleInput): readonly StartFolder[] {
  const { model } = input;
  const state = model.after(model.graph.target);
  const options = { variables: state.env, cwd: folderOf(state) };
  const fixed = state.volumes.filter(({ at }) => at === undefined).map(({ value }) => resolvePath("/", value));
  const found = new Map<string, StartFolder>();
  for (const { by, text } of startedTexts(input)) {
    const asksForUser = new UserKnowledge().mentions(text);
    const add = (path: string, madeBy: StartFolder["madeBy"]): void => {
      if (!isApplications(path) || fixed.some((volume) => isWithin(volume, path))) return;
      const before = found.get(path);
      if (before === undefined || before.madeBy === "nobody") found.set(path, { path, by, madeBy });
      else if (madeBy === "all") found.set(path, { ...before, madeBy });
    };
    for (const command of readShell(ownSource(text), options).commands) {
      for (const path of makes(command)) add(path, asksForUser && command.conditional ? "root" : "all");
      for (const path of gives(command)) add(path, "nobody");
    }
  }
  return [...found.values()].toSorted((one, other) => (one.path < other.path ? -1 : 1));
}

/** None of everybody's, of the kernel's, or of those that stay root's; nor one of a name that a file should not have. */
const isApplications = (path: string): boolean =>
  isPlainPath(path) &&
  !isSystemPath(path) &&
  !isSystemState(path) &&
  !["/tmp", "/var/tmp", "/dev"].some((folder) => isWithin(folder, path));

/** What a `mkdir` or `install -d` makes, where its whole name is known. */
const makes = (command: ShellCommand): readonly string[] =>
  makesFolders(command)
    ? command.words
        .slice(1)
        .filter(({ raw, value }) => !raw.startsWith("-") && value?.startsWith("/") === true)
        .flatMap((word) => writtenPaths(command, word))
        .flatMap(({ path, isUnnamed }) => (isUnnamed ? [] : expandBraces(path).map((one) => resolvePath("/", one))))
    : [];

/** The trees that a `chown -R`, or a `find` with one, gives to somebody who is not root. */
const gives = (command: ShellCommand): readonly string[] =>
  ownershipEffects(command).flatMap((change) =>
    (change.kind === "owner" || change.kind === "completed") && isToAccount(change.effect)
      ? change.effect.paths.flatMap(({ path }) => (path === undefined || hasExtension(path) ? [] : [path]))
      : [],
  );

const isToAccount = ({ tool, recursive, owner }: Omit<OwnerChange, "at">): boolean =>
  tool === "chown" && recursive && !/^(?:root|0)?(?::|$)/.test(owner ?? "?");

/** `chown -R app /etc/app.conf` changes a file. */
const hasExtension = (path: string): boolean => /\.[A-Za-z][A-Za-z0-9]*$/.test(basename(path).slice(1));
