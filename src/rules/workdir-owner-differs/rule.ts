import { isSystemPath, isWithin, resolvePath } from "../../facts/paths.ts";
import { workdirs, type Workdir } from "../../facts/workdirs.ts";
import { judgeConfigUser } from "../../image/config-user.ts";
import type { ShellCommand } from "../../shell/model.ts";
import { endsNonRoot } from "../decided-user.ts";
import { contents, madeFolders, pathsOf } from "../layers.ts";
import { defineRule, type RuleInput } from "../rule.ts";
import { operandsOf, programOf } from "../shell-words.ts";

/** A WORKDIR, and the user in force there. */
interface MakingWorkdir extends Workdir {
  readonly user: string;
}

/** The WORKDIR that makes the final working directory, where a non-root USER is in force there. */
function makingWorkdir({ model }: RuleInput, final: string): MakingWorkdir | undefined {
  const making = workdirs(model).find(({ path }) => isWithin(final, path));
  if (making === undefined) return undefined;
  const { value } = model.before(making.instruction).user;
  const judged = judgeConfigUser(value.value);
  const isOther = value.unknown.length === 0 && judged.verdict !== "root" && judged.userPart !== "root";
  return isOther ? { ...making, user: value.value } : undefined;
}

/** Whether a folder is the home of an account, which comes with the account more often than not. */
function isHome({ effects, base }: RuleInput, { path, user }: MakingWorkdir): boolean {
  const made = effects.users.map(({ home }) => home);
  const there = base.accounts.known ? base.accounts.value.passwd.map(({ home }) => home) : [];
  return [...made, ...there, `/home/${user.split(":")[0]}`].some(
    (home) => home !== undefined && home.startsWith("/") && resolvePath("/", home) === path,
  );
}

/** Whether anything else makes the folder or gives it an owner, before or behind, or whether nobody can tell. */
function isMadeElsewhere(input: RuleInput, making: MakingWorkdir): boolean {
  const { effects, base, model } = input;
  const { path, instruction } = making;
  if (
    !base.user.known ||
    isHome(input, making) ||
    isSystemPath(path) ||
    [...effects.opaque, ...effects.unread.map(({ at }) => at)].some((at) => at.instruction.index < instruction.index) ||
    base.writable.some((folder) => isWithin(folder, path) || isWithin(path, folder))
  )
    return true;
  if (
    base.config.known &&
    base.config.value.workingDir !== undefined &&
    isWithin(path, resolvePath("/", base.config.value.workingDir))
  )
    return true;
  return (
    contents(effects, model).some((one) => one.index < instruction.index && isWithin(path, one.path)) ||
    madeFolders(effects).some((one) => one.index < instruction.index && isWithin(path, one.path)) ||
    effects.owners.some((change) => pathsOf(change).some((one) => isWithin(one, path)))
  );
}

const writers =
  /^(?:npm|yarn|pnpm|bun|composer|bundle|mvn|gradle|go|cargo|dotnet|make|git|touch|mkdir|tee|cp|mv|tar|unzip|curl|wget|poetry|uv|pipenv)$/;

/** Whether a command of that user writes into the folder. */
const writesInto = (command: ShellCommand, path: string): boolean => {
  const inside = (word: string | undefined): boolean =>
    word !== undefined && isWithin(path, resolvePath(command.cwd ?? "/", word));
  if (command.redirections.some(({ operator, target }) => operator.includes(">") && inside(target.value))) return true;
  if (!writers.test(programOf(command))) return false;
  return (
    (command.cwd !== undefined && isWithin(path, command.cwd)) ||
    operandsOf(command).some((word) => word.startsWith("/") && inside(word))
  );
};

export const rule = defineRule({
  id: "workdir-owner-differs",
  title: "A working directory that a non-root build step writes is made by root and given to it",
  severity: "warning",
  messages: {
    differs:
      "{path} is made by WORKDIR while USER is {user}: BuildKit and podman make it that user's, Docker's classic builder makes it root's, and then the RUN on line {line} cannot write it",
  },
  check: (input, report) => {
    const { model, effects } = input;
    if (!endsNonRoot(input)) return;
    const { value } = model.after(model.graph.target).workdir;
    if (value.unknown.length > 0 || value.value === "/") return;
    const making = makingWorkdir(input, value.value);
    if (making === undefined || isMadeElsewhere(input, making)) return;
    const writer = effects.commands.find(({ at, command }) => {
      if (at.instruction.index <= making.instruction.index || !writesInto(command, making.path)) return false;
      const user = judgeConfigUser(model.before(at.instruction).user.value.value);
      return user.verdict !== "root" && user.userPart !== "root";
    });
    if (writer === undefined) return;
    report("differs", {
      at: making.instruction.argument.span,
      stage: making.stage,
      data: { path: making.path, user: making.user, line: writer.at.instruction.startLine },
      fix: { title: "Make the folder with WORKDIR above USER and chown it there", applicability: "manual" },
    });
  },
});
