import type { BaseFacts } from "../../image/base-facts.ts";
import type { UserCreation } from "../../facts/effects.ts";
import { resolvePath } from "../../facts/paths.ts";
import type { ShellCommand } from "../../shell/model.ts";
import { decidedUser, decidingTrigger } from "../decided-user.ts";
import { madeFolders } from "../layers.ts";
import { defineRule, type RuleInput } from "../rule.ts";
import { operandsOf, programOf } from "../shell-words.ts";
import { readStarted } from "../started.ts";

const unusable: ReadonlySet<string> = new Set(["", "/", "/nonexistent", "/dev/null", "/bin", "/sbin", "/usr/sbin"]);

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
  const reached = (path: string | undefined): boolean =>
    path !== undefined && (path === home || path.startsWith(`${home}/`));
  const isMade =
    madeFolders(effects).some(({ path }) => reached(path)) ||
    effects.copies.some(({ destination }) => reached(destination)) ||
    model.shipped.some(
      ({ instruction }) =>
        instruction.keyword === "WORKDIR" && reached(model.expand(instruction, instruction.argument.value).value),
    );
  return isMade ? undefined : { value: account.home, why: "missing" };
}

/** Commands that write below HOME by themselves. */
const homeWriters: Readonly<Record<string, RegExp>> = {
  npm: /^(?:ci|i|install|run|exec|cache)$/,
  yarn: /^(?:install|add|global|run)?$/,
  pnpm: /^(?:i|install|add)$/,
  npx: /./,
  mvn: /./,
  gradle: /./,
  dotnet: /^(?:restore|build|publish|tool)$/,
  cargo: /^(?:build|install|fetch|run)$/,
  go: /^(?:build|install|get|mod)$/,
  gem: /^install$/,
  git: /^config$/,
  helm: /^(?:repo|plugin|install|upgrade)$/,
  composer: /^(?:install|require|global)$/,
};

function needsHome(command: ShellCommand): boolean {
  const raw = command.words.map((word) => word.raw);
  if (raw.some((word) => /^~(?:\/|$)|\$\{?HOME\b/.test(word))) return true;
  const program = programOf(command);
  if (/^pip[0-9.]*$/.test(program)) return command.words.some(({ value }) => value === "--user");
  const writes = Object.hasOwn(homeWriters, program) ? homeWriters[program] : undefined;
  return writes !== undefined && (operandsOf(command).some((word) => writes.test(word)) || writes.test(""));
}

/** What in the file asks for HOME as the final user: a RUN behind USER, or what the container starts. */
function evidence(input: RuleInput): string | undefined {
  const { user, effects, model } = input;
  const after = user.at?.index ?? Number.POSITIVE_INFINITY;
  for (const { command, at } of effects.commands) {
    if (at.instruction.index > after && needsHome(command)) return `the RUN on line ${at.instruction.startLine}`;
  }
  const { text } = model.graph.file;
  for (const { at, words, isShell } of readStarted(input).commands) {
    if (!isShell) continue;
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
    if (model.after(model.graph.target).env.has("HOME")) return;
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
