/** Reads what the shipped instructions of a build do. Pure; one pass over the commands. */
import type { BuildModel, Shipped, Stage } from "../containerfile/build-model.ts";
import type { CopyInstruction, RunInstruction } from "../containerfile/model.ts";
import type { Family } from "../image/base-facts.ts";
import type { ShellCommand } from "../shell/model.ts";
import { accountEffects } from "./account-commands.ts";
import { bringsNoAccounts, type ContextView } from "./account-copies.ts";
import { contextCopy } from "./context-copies.ts";
import type {
  AccountChange,
  CapabilityChange,
  CopyEffect,
  Effects,
  GroupChange,
  GroupCreation,
  ModeChange,
  OwnerChange,
  PackageInstall,
  TreeWrite,
  UserCreation,
  WrittenText,
} from "./effects.ts";
import { FinalAccounts } from "./final-accounts.ts";
import { gidOfGroup } from "./group-ids.ts";
import { ownershipEffects, withColon } from "./ownership-commands.ts";
import { packageInstall } from "./package-commands.ts";
import { passwdFile, type StageEnd } from "./passwd-files.ts";
import { resolvePath } from "./paths.ts";
import type { EchoDialect } from "./printed-text.ts";
import { readRun } from "./run-script.ts";
import { writtenFolders } from "./tree-writes.ts";
import { runsUnread } from "./unread-programs.ts";
import { withUnsure } from "./unsure-accounts.ts";
import { writtenText } from "./written-texts.ts";

export interface EffectSources {
  /** Reads a text file of the build context; without it nothing in there is known. */
  readonly readContext?: (path: string) => string | undefined;
  /** Tells what is right in a folder of the build context. */
  readonly listContext?: (folder: string) => readonly string[];
  /** Another way to a RUN's commands, for many models with the same RUNs. */
  readonly read?: typeof readRun;
}

/** Reads the effects of every RUN, COPY and ADD that ships. */
export function readEffects(model: BuildModel, sources: EffectSources = {}): Effects {
  const { readContext = () => undefined, listContext = () => [], read = readRun } = sources;
  const users: UserCreation[] = [];
  const groups: GroupCreation[] = [];
  const accountChanges: AccountChange[] = [];
  const groupChanges: GroupChange[] = [];
  const owners: OwnerChange[] = [];
  const completed: OwnerChange[] = [];
  const modes: ModeChange[] = [];
  const capabilities: CapabilityChange[] = [];
  const packages: PackageInstall[] = [];
  const writes: TreeWrite[] = [];
  const texts: WrittenText[] = [];
  const copies: CopyEffect[] = [];
  const opaque: Shipped[] = [...triggered(model)];
  const commands: Effects["commands"][number][] = [];

  for (const { instruction, stage } of model.shipped) {
    if (instruction.keyword === "COPY" || instruction.keyword === "ADD") {
      copies.push(copyEffect(model, { instruction, stage }, { readContext, listContext }));
      continue;
    }
    if (instruction.keyword !== "RUN") continue;
    const at = { instruction, stage };
    const script = read(model, instruction);
    if (!script.parsed) opaque.push(at);
    const base = model.baseOf(stage);
    const family = base.family.known ? base.family.value : undefined;
    const echo = echoDialect(model, instruction, family);
    for (const [index, command] of script.commands.entries()) {
      const feeder = feederOf(command, script.commands[index - 1], model.graph.file.text);
      commands.push({ at, command });
      const input = { heredocs: instruction.heredocs, feeder, echo };
      for (const { kind, effect } of accountEffects(command, family, input)) {
        if (kind === "user") users.push({ at, ...effect });
        else if (kind === "group") groups.push({ at, ...effect });
        else if (kind === "group-change") groupChanges.push({ at, ...effect });
        else accountChanges.push({ at, ...effect });
      }
      for (const { kind, effect } of ownershipEffects(command, feeder)) {
        if (kind === "owner") owners.push({ at, ...effect });
        else if (kind === "completed") completed.push({ at, ...effect });
        else if (kind === "mode") modes.push({ at, ...effect });
        else capabilities.push({ at, ...effect });
      }
      const install = packageInstall(command);
      if (install !== undefined) packages.push({ at, ...install });
      for (const folder of writtenFolders(command)) writes.push({ at, command, ...folder });
      const text = writtenText(command, input);
      if (text !== undefined) texts.push({ at, ...text });
    }
  }
  const unread = commands.filter(({ command }) => runsUnread(command));
  const endOf = endsOf(model, sources);
  const primaryGid = ({ group, at }: UserCreation): number | undefined =>
    group === undefined ? undefined : gidOfGroup(group, groups, model.baseOf(at.stage));
  return {
    users: withUnsure(
      users.map((user) => ({ ...user, gid: user.gid ?? primaryGid(user) })),
      commands,
      { groups, groupChanges, accountChanges, packages, opaque, unread, copies },
      ({ at }) => model.baseOf(at.stage),
    ),
    groups,
    accountChanges,
    groupChanges,
    owners: withColons(owners, users, model),
    completed: withColons(completed, users, model),
    modes,
    capabilities,
    packages,
    writes,
    texts,
    copies,
    passwdFiles: copies.flatMap((copy) => passwdFile(model, copy, readContext, endOf) ?? []),
    opaque,
    unread,
    commands,
  };
}

/** What is certain at the end of stages that are copied from; each is looked at once. */
function endsOf(model: BuildModel, sources: EffectSources) {
  const looked = new Map<Stage, StageEnd | undefined>();
  return (stage: Stage): StageEnd | undefined => {
    if (!looked.has(stage)) looked.set(stage, atEnd(model, stage, sources));
    return looked.get(stage);
  };
}

function atEnd(model: BuildModel, stage: Stage, sources: EffectSources): StageEnd | undefined {
  for (const builder of model.builders()) {
    if (builder.graph.target !== stage) continue;
    const effects = readEffects(builder, sources);
    const final = new FinalAccounts(builder.base, effects);
    const accounts = final.entries.flatMap(({ name }) => {
      const account = final.byName(name);
      return account.known && account.value !== undefined ? [account.value] : [];
    });
    return { accounts, effects };
  }
  return undefined;
}

/** The command whose output another reads, where that is all it reads: `{ a; b; } | c` is fed by both. */
function feederOf(
  { joinedBy, span }: ShellCommand,
  before: ShellCommand | undefined,
  text: string,
): ShellCommand | undefined {
  if (joinedBy !== "|" || before === undefined) return undefined;
  return /[)}]/.test(text.slice(before.span.end, span.start)) ? undefined : before;
}

/** A here-document may be for another shell. */
const echoDialect = (model: BuildModel, run: RunInstruction, family: Family | undefined): EchoDialect =>
  (family === "debian" || family === "ubuntu") &&
  run.command.form === "shell" &&
  run.heredocs.length === 0 &&
  /^(?:\/bin\/)?(?:sh|dash)$/.test(model.before(run).shell[0] ?? "sh")
    ? "dash"
    : "other";

/** FROMs behind which ONBUILD triggers run something, or copy it. */
const triggered = ({ graph, triggers }: BuildModel): readonly Shipped[] =>
  graph.chain
    .filter((stage) => triggers.some((one) => one.stage === stage && /^(?:RUN|COPY|ADD)\s/i.test(one.text)))
    .map((stage) => ({ instruction: stage.from, stage }));

/** Owners in the old form `user.group` become `user:group`, unless a user has such a name. */
function withColons(
  owners: readonly OwnerChange[],
  users: readonly UserCreation[],
  { base }: BuildModel,
): readonly OwnerChange[] {
  if (!owners.some(({ owner }) => owner?.includes(".") === true)) return owners;
  const passwd = base.accounts.known ? base.accounts.value.passwd : [];
  const names = new Set([...users, ...passwd].map(({ name }) => name));
  return owners.map((one) => withColon(one, names));
}

function copyEffect(
  model: BuildModel,
  at: Shipped & { readonly instruction: CopyInstruction },
  context: ContextView,
): CopyEffect {
  const { instruction } = at;
  const { workdir } = model.before(instruction);
  const target = model.expand(instruction, instruction.destination.value);
  const flag = (name: string) => instruction.flags.find((one) => one.name === name);
  const chown = flag("chown")?.value;
  const isKnown = target.unknown.length === 0 && target.error === undefined;
  const rooted = target.value.startsWith("/");
  const folder =
    workdir.value.unknown.length === 0 && workdir.value.error === undefined ? workdir.value.value : undefined;
  const path = !isKnown || (!rooted && folder === undefined) ? undefined : resolvePath(folder ?? "/", target.value);
  const link = flag("link");
  return {
    at,
    destination: path === undefined ? undefined : target.value.endsWith("/") && path !== "/" ? `${path}/` : path,
    chown: chown === undefined ? undefined : model.expand(instruction, chown).value,
    link: link !== undefined && link.value !== "false",
    ...((path === "/" || path === "/etc") &&
      flag("from") === undefined &&
      bringsNoAccounts(contextCopy(model, instruction), context) && { hasNoAccounts: true }),
  };
}
