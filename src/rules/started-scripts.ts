/** Scripts that start with the container: what they do that only root may, and what is known of one that is not there. */
import type { ContextScript } from "../facts/context.ts";
import { packageInstall } from "../facts/package-commands.ts";
import type { Effects } from "../facts/effects.ts";
import { readFlow } from "../shell/flow.ts";
import { readShell } from "../shell/read-shell.ts";
import { ownSource } from "../shell/source.ts";
import type { ShellCommand } from "../shell/model.ts";
import { droppingTools, privilegeSwitch } from "./privilege-switches.ts";
import { wasRunNonRoot } from "./decided-user.ts";
import { runAsNonRoot } from "./non-root-run.ts";
import type { RuleInput } from "./rule.ts";
import { operandsOf, programOf } from "./shell-words.ts";
import { basename, behindRunners } from "../shell/launch.ts";
import type { Started, StartedCommand } from "./started.ts";
import { unsetVariables, type Environment, type IsUnset } from "./unset-tests.ts";
import { UserKnowledge } from "./user-tests.ts";

/** Commands that change accounts, mounts or the network, none of which a non-root process can. */
const rootCommands: ReadonlySet<string> = new Set([
  "usermod", "groupmod", "useradd", "groupadd", "adduser", "addgroup", "userdel", "groupdel", "deluser", "delgroup", "chpasswd",
  "mount", "umount", "iptables", "ip6tables", "modprobe", "chroot", "crond", "cron", "sshd", "setcap",
]); // prettier-ignore

/**
 * Whether a command changes what is installed, or which certificates the system trusts. Starts mostly do so where they are
 * given something for it: it counts where it certainly runs.
 */
function changesSystem(program: string, command: ShellCommand): boolean {
  if (program === "update-ca-trust") return true;
  // Debian's writes elsewhere where it is told to.
  if (program === "update-ca-certificates")
    return !command.words.some(({ value }) => value?.startsWith("--etccertsdir") === true);
  return packageInstall(command) !== undefined;
}

export interface RootNeed {
  /** The command as a person would call it. */
  readonly tool: string;
  readonly why: string;
}

/** A need, with the place in a script that has it. */
export interface PlacedNeed extends RootNeed {
  /** Of the script of the context that has it; `undefined` for the text itself. */
  readonly path?: string;
  readonly line: number;
}

/** What a command of a text comes to that is no need by itself. */
interface Called {
  readonly start: number;
  readonly end: number;
  readonly need: PlacedNeed;
}

/**
 * What a script does that only root may, where another user meets it, or is refused because of it; `undefined` when it
 * does no such thing, or does it only as root.
 * @param environment what the image sets, as far as it is known: what is done only where somebody sets more is left out.
 * @param isOther commands that are no need here, whoever else would have it.
 */
export const needOfScript = (text: string, environment?: Environment, isOther?: IsOther): PlacedNeed | undefined =>
  needOfText(
    { text, commands: readShell(ownSource(text)).commands },
    [],
    false,
    unsetVariables(environment, [text]),
    isOther,
  );

/** The same for a script of the context, with those that it starts. */
export const needOfContextScript = (
  script: ContextScript,
  scripts: readonly ContextScript[],
  environment?: Environment,
  isOther?: IsOther,
): PlacedNeed | undefined => new NeedReader(scripts, environment, isOther).needOf(script, false);

type IsOther = (command: ShellCommand) => boolean;
const none: IsOther = () => false;

class NeedReader {
  readonly #scripts: ReadonlyMap<string, ContextScript>;
  /** `undefined` also for one that is being read: it starts itself. */
  readonly #needs = new Map<string, PlacedNeed | undefined>();
  readonly #isUnset: IsUnset;
  readonly #isOther: IsOther;

  constructor(scripts: readonly ContextScript[], environment: Environment | undefined, isOther = none) {
    this.#isOther = isOther;
    this.#scripts = new Map(scripts.map((script) => [script.path, script]));
    const texts = scripts.map(({ text }) => text);
    this.#isUnset = unsetVariables(environment, texts);
  }

  needOf(script: ContextScript, isSourced: boolean): PlacedNeed | undefined {
    const { path, calls } = script;
    const key = `${String(isSourced)} ${path}`;
    if (this.#needs.has(key)) return this.#needs.get(key);
    this.#needs.set(key, undefined);
    const called = calls.flatMap((call): readonly Called[] => {
      const other = this.#scripts.get(call.path);
      const need = other === undefined ? undefined : this.needOf(other, call.isSourced);
      return need === undefined ? [] : [{ start: call.start, end: call.end, need }];
    });
    const found = needOfText(script, called, isSourced, this.#isUnset, this.#isOther);
    const need = found === undefined ? undefined : { path, ...found };
    this.#needs.set(key, need);
    return need;
  }
}

function needOfText(
  { text, commands }: Pick<ContextScript, "text" | "commands">,
  called: readonly Called[],
  isSourced: boolean,
  isUnset: IsUnset,
  isOther = none,
): PlacedNeed | undefined {
  if (!isForShell(text)) return undefined;
  const calledAt = new Map(called.map((one) => [one.start, one.need]));
  const found = commands.flatMap((command) => {
    if (command.onFailure === "caught" || isOther(command)) return [];
    const need = rootNeed(command) ?? calledAt.get(command.span.start);
    return need === undefined ? [] : [{ need, ...command.span }];
  });
  // Functions are read where they are called.
  const steps = found.toSorted((one, other) => one.start - other.start);
  const [first] = steps;
  if (first === undefined) return undefined;
  const { flow, isWhole } = readFlow(text);
  const end = isWhole
    ? runAsNonRoot(text, flow, steps, isSourced, isUnset)
    : new UserKnowledge().mentions(text)
      ? "doubt"
      : first;
  if (end === "passes" || end === "doubt") return undefined;
  const { need, start } = end === "refuses" ? first : end;
  return { line: lineOf(text, start), ...need };
}

/** Whether a shell reads a script, as far as its first line tells. */
export function isForShell(text: string): boolean {
  const shebang = /^#!\s*(.*)/.exec(text)?.[1];
  return shebang === undefined || /\b(?:sh|bash|ash|dash|ksh|zsh|with-contenv)\b/.test(shebang);
}

/** The number of the line that an index of a text stands in. */
export const lineOf = (text: string, index: number): number => text.slice(0, index).split("\n").length;

/** `command -v gosu` asks whether a program is there. */
const isQuestion = ({ wrappers }: ShellCommand): boolean =>
  wrappers.some(({ raw }, index) => /^-[a-zA-Z]*[vV]$/.test(raw) && wrappers[index - 1]?.raw === "command");

/** `set -- gosu app "$@"` puts together what `exec "$@"` starts. */
const toBeStarted = (words: ShellCommand["words"]): ShellCommand["words"] =>
  words[0]?.value === "set" && words[1]?.value === "--" ? words.slice(2) : words;

/** Of accounts, owners, mounts and users: what no other user may do anywhere. */
function rootNeed(command: ShellCommand): RootNeed | undefined {
  if (isQuestion(command)) return undefined;
  const whole = toBeStarted(command.words);
  const words = whole.slice(behindRunners(whole, 0));
  // `$RUN_AS server`, where `RUN_AS="gosu app"`, is split again by the shell.
  const program = basename(words[0]?.value?.split(" ", 1)[0] ?? "");
  const wrappers = command.wrappers.flatMap(({ value }) => (value === undefined ? [] : [basename(value)]));
  const found = privilegeSwitch({ program, wrappers, words });
  if (found !== undefined) return found;
  if (rootCommands.has(program)) return { tool: program, why: "needs root" };
  if (!command.conditional && changesSystem(program, { ...command, words }))
    return { tool: program, why: "needs root" };
  if (program === "service" || program === "chown" || program === "chgrp") return { tool: program, why: "needs root" };
  return undefined;
}

/** Whether a program's path looks like a script that somebody wrote for this image. */
const isScript = ({ words, program }: StartedCommand): boolean =>
  /\.(?:sh|bash)$/.test(program) ||
  (/^(?:docker-|container-)?(?:entrypoint|entry-point|start|startup|run|init|boot|bootstrap|launch)$/.test(program) &&
    (words[0]?.value ?? "").includes("/"));

/** The tool that drops root and that a shipped instruction brings in: a package, a download or a copy. */
function installedDroppingTool({ packages, commands, copies }: Effects): string | undefined {
  for (const { packages: names } of packages) {
    const found = names.find((name) => droppingTools.has(name));
    if (found !== undefined) return found;
  }
  for (const { command } of commands) {
    if (!/^(?:curl|wget|chmod|install|mv|cp|go)$/.test(programOf(command))) continue;
    for (const operand of [...operandsOf(command), ...command.redirections.map(({ target }) => target.value ?? "")]) {
      const found = /(?:^|\/)(gosu|su-exec)(?:[-.@][^/]*)?$/.exec(operand)?.[1];
      if (found !== undefined) return found;
    }
  }
  for (const { at } of copies) {
    const words = [at.instruction.destination, ...at.instruction.sources].map(({ value }) => basename(value));
    const found = words.find((word) => droppingTools.has(word));
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * A started script that the context does not have, where a tool that drops root was installed for it. Of an image whose
 * author has it start as another user nothing is inferred: there is no root to drop.
 */
export function inferredSwitch(
  input: RuleInput,
  started: Started,
): { readonly command: StartedCommand; readonly tool: string } | undefined {
  const { effects, scripts, software } = input;
  if (wasRunNonRoot(input)) return undefined;
  const isKnown = ({ words: [word] }: StartedCommand): boolean =>
    word?.value !== undefined && software.some(({ software: { commands } }) => commands.includes(word.value ?? ""));
  const command = started.commands.find(
    (one) => isScript(one) && !isKnown(one) && !scripts.some(({ startedBy }) => startedBy.index === one.at.index),
  );
  if (command === undefined) return undefined;
  const tool = installedDroppingTool(effects);
  // A script that is there and calls it tells what it is for.
  if (tool === undefined || scripts.some(({ text }) => text.includes(tool))) return undefined;
  return { command, tool };
}
