import type { BaseFacts } from "../../image/base-facts.ts";
import type { Instruction } from "../../containerfile/model.ts";
import type { UserCreation } from "../../facts/effects.ts";
import { isSystemPath, resolvePath } from "../../facts/paths.ts";
import { workdirs } from "../../facts/workdirs.ts";
import type { ShellCommand } from "../../shell/model.ts";
import { decidedUser, decidingTrigger } from "../decided-user.ts";
import { madeFolders, pathsOf } from "../layers.ts";
import { defineRule, type RuleInput } from "../rule.ts";
import { operandsOf, programOf } from "../shell-words.ts";
import { readStarted } from "../started.ts";

/** Folders of every base that anybody may write. */
const writable: ReadonlySet<string> = new Set(["/tmp", "/var/tmp", "/dev/shm"]);

const unusable: ReadonlySet<string> = new Set(["", "/", "/nonexistent", "/dev/null", "/bin", "/sbin", "/usr/sbin"]);

/** Folders that every base has and that are root's. */
const isRoots = (path: string): boolean => path === "/srv" || isSystemPath(path);

interface Home {
  readonly value: string;
  readonly why: "none" | "unusable" | "missing";
}

/** useradd makes a home without being told on Red Hat's and SUSE's systems; only `-M` keeps it from that everywhere. */
const mayMakeHome = ({ tool, command }: UserCreation, { family }: BaseFacts): boolean =>
  tool === "useradd" &&
  !(family.known && /^(?:debian|ubuntu|alpine|wolfi|arch)$/.test(family.value)) &&
  !command.words.some(({ value }) => value !== undefined && /^(?:-[a-zA-Z]*M|--no-create-home)$/.test(value));

/** The home that the final user gets, where it is certainly of no use. */
function uselessHome({ user, effects, model, base }: RuleInput): Home | undefined {
  if (!user.account.known) return undefined;
  const account = user.account.value;
  if (account === undefined) return { value: "/", why: "none" };
  if (account.home === undefined) return undefined;
  if (unusable.has(account.home)) return { value: account.home, why: "unusable" };
  const creation = effects.users.findLast(({ name }) => name === account.name);
  if (creation === undefined || creation.createsHome || mayMakeHome(creation, base)) return undefined;
  const home = resolvePath("/", account.home);
  if (writable.has(home)) return undefined;
  const reached = (path: string | undefined): boolean =>
    path !== undefined && (path === home || path.startsWith(`${home}/`));
  const isMade =
    madeFolders(effects).some(({ path }) => reached(path)) ||
    effects.copies.some(({ destination }) => reached(destination)) ||
    // A folder that is given away or opened is there: it may be the base's.
    [...effects.owners, ...effects.modes].some((change) => pathsOf(change).some(reached)) ||
    workdirs(model).some(({ path }) => reached(path));
  if (isMade) return undefined;
  return { value: account.home, why: isRoots(home) ? "unusable" : "missing" };
}

interface HomeWriter {
  /** The operand with which it writes below HOME. */
  readonly when: RegExp;
  /** What puts all that it writes elsewhere: a variable with its value, or an option. Each of them has to be there. */
  readonly elsewhere: readonly RegExp[];
}

const npmCache = [/^(?:npm_config_cache=|--cache(?:=|$))/i];

/** Commands that write below HOME by themselves. */
const homeWriters: Readonly<Record<string, HomeWriter>> = {
  npm: { when: /^(?:ci|i|install|run|exec|cache)$/, elsewhere: npmCache },
  yarn: {
    when: /^(?:install|add|global|run)?$/,
    elsewhere: [/^(?:YARN_(?:CACHE|GLOBAL)_FOLDER=|--cache-folder(?:=|$))/],
  },
  pnpm: {
    when: /^(?:i|install|add)$/,
    elsewhere: [/^(?:(?:PNPM_HOME|XDG_DATA_HOME)=|npm_config_store_dir=|--store-dir(?:=|$))/i],
  },
  npx: { when: /./, elsewhere: npmCache },
  mvn: { when: /./, elsewhere: [/-Dmaven\.repo\.local=/] },
  gradle: { when: /./, elsewhere: [/^(?:GRADLE_USER_HOME=|-g$|--gradle-user-home(?:=|$)|-Dgradle\.user\.home=)/] },
  dotnet: { when: /^(?:restore|build|publish|tool)$/, elsewhere: [/^DOTNET_CLI_HOME=/] },
  cargo: { when: /^(?:build|install|fetch|run)$/, elsewhere: [/^CARGO_HOME=/] },
  go: {
    when: /^(?:build|install|get|mod)$/,
    elsewhere: [/^(?:GOCACHE|XDG_CACHE_HOME)=/, /^(?:GOPATH|GOMODCACHE)=/],
  },
  gem: { when: /^install$/, elsewhere: [/^GEM_HOME=/] },
  git: { when: /^config$/, elsewhere: [/^GIT_CONFIG_GLOBAL=/] },
  helm: {
    when: /^(?:repo|plugin|install|upgrade)$/,
    elsewhere: [/^(?:HELM_CONFIG|XDG_CONFIG)_HOME=/, /^(?:HELM_CACHE|XDG_CACHE)_HOME=/],
  },
  composer: { when: /^(?:install|require|global)$/, elsewhere: [/^COMPOSER_HOME=/] },
};

function needsHome(command: ShellCommand, said: readonly string[]): boolean {
  const raw = command.words.map((word) => word.raw);
  if (raw.some((word) => /^~(?:\/|$)|\$\{?HOME\b/.test(word))) return true;
  const program = programOf(command);
  if (/^pip[0-9.]*$/.test(program))
    return (
      command.words.some(({ value }) => value === "--user") && !said.some((one) => one.startsWith("PYTHONUSERBASE="))
    );
  const writer = Object.hasOwn(homeWriters, program) ? homeWriters[program] : undefined;
  if (writer === undefined) return false;
  const { when, elsewhere } = writer;
  if (elsewhere.every((pattern) => said.some((one) => pattern.test(one)))) return false;
  return operandsOf(command).some((word) => when.test(word)) || when.test("");
}

/** What an instruction says: assignments and options are among these words, whichever command they belong to. */
const wordsIn = ({ model }: RuleInput, { span }: Instruction): readonly string[] =>
  model.graph.file.text.slice(span.start, span.end).split(/[\s;&|()"']+/);

const setsHome = (said: readonly string[]): boolean => said.some((one) => one.startsWith("HOME="));

/** What in the file asks for HOME as the final user: a RUN behind USER, or what the container starts. */
function evidence(input: RuleInput): string | undefined {
  const { user, effects, model } = input;
  const after = user.at?.index ?? Number.POSITIVE_INFINITY;
  for (const { command, at } of effects.commands) {
    if (at.instruction.index <= after) continue;
    const variables = [...model.before(at.instruction).variables].map(([name, value]) => `${name}=${value}`);
    const said = [...variables, ...wordsIn(input, at.instruction)];
    if (!setsHome(said) && needsHome(command, said)) return `the RUN on line ${at.instruction.startLine}`;
  }
  const { text } = model.graph.file;
  for (const { at, words, isShell } of readStarted(input).commands) {
    if (!isShell || setsHome(wordsIn(input, at))) continue;
    const written = words.map(({ span }) => text.slice(span.start, span.end));
    if (written.some((word) => /(?:^|[\s"'=])~(?![\w.+-])|\$\{?HOME\b/.test(word)))
      return `${at.keyword} on line ${at.startLine}`;
  }
  return undefined;
}

export const rule = defineRule({
  id: "home-unset",
  title: "A user whose HOME is used has one that it can write",
  severity: "warning",
  messages: {
    none: "uid {uid} has no account, so HOME is / and cannot be written, while {evidence} uses it",
    unusable: 'The account of uid {uid} has the home "{home}", which cannot be written, while {evidence} uses HOME',
    missing: 'The home {home} of "{name}" is never made, so it cannot be written, while {evidence} uses HOME',
  },
  check: (input, report) => {
    const { user, model } = input;
    if (user.verdict !== "admit" || user.at === undefined || decidingTrigger(input) !== undefined) return;
    // An empty HOME counts as none: the runtimes then take the account's.
    if ((model.after(model.graph.target).env.get("HOME") ?? "") !== "") return;
    const home = uselessHome(input);
    // Without an account and without a group, no-passwd-entry says the same.
    if (home === undefined || (home.why === "none" && user.groupPart === undefined)) return;
    const found = evidence(input);
    if (found === undefined) return;
    const { span, stage } = decidedUser(input);
    const name = user.account.known ? (user.account.value?.name ?? "") : "";
    report(home.why, {
      at: span,
      stage,
      data: { uid: user.userPart ?? "", home: home.value, name, evidence: found },
      fix: { title: "Set ENV HOME to a folder that the user owns, or make the home", applicability: "manual" },
    });
  },
});
