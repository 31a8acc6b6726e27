/**
 * From findings to edits. Pure: the same input gives the same bytes. What only building can tell is asked for
 * (`observe`), never guessed.
 */
import { insertBefore, keywordLike, replaceArgument } from "../containerfile/edits.ts";
import type { ArgumentInstruction } from "../containerfile/model.ts";
import type { Edit, Finding } from "../core/finding.ts";
import type { TreeWrite } from "../facts/effects.ts";
import { saysVerdict } from "../core/verdict.ts";
import { lastGid } from "../rules/account-evidence.ts";
import { groupBy } from "../rules/layers.ts";
import { closedStarts } from "../rules/closed-starts.ts";
import { endsNonRoot } from "../rules/decided-user.ts";
import { renderAccount, type AccountText } from "../recipe/render-account.ts";
import { accountsHere, gidHere } from "./accounts-here.ts";
import { buildFaultEdits } from "./build-faults.ts";
import { decide, type Decision, type Manual } from "./decide.ts";
import { Draft } from "./draft.ts";
import { withFilesOfStart } from "./files-of-start.ts";
import { giveAsked } from "./give-asked.ts";
import { givenFolders, givesItself } from "./given-folders.ts";
import { handOverRuns, homeFolder, madeHome, ownFolders, softwareFolders } from "./hand-over.ts";
import { ownerText, type Owner } from "./handover-text.ts";
import { refusedRepositories, safeDirectory } from "./git-work.ts";
import { insertUser } from "./insert-user.ts";
import type { ChosenAccount, PlanInput, WritableFolder } from "./model.ts";
import { copyHandovers, writableFolders } from "./ownership.ts";
import { foldersOfStart } from "./start-folders.ts";
import { spellAt, spellingsOf, type Spell } from "./spelling.ts";
import { renumbered } from "./user-text.ts";

const gitComment = "# git works as root in another user's repository only where it is told that this is safe";

export interface Prediction {
  readonly uid: number;
  readonly gid: number | undefined;
  readonly name: string | undefined;
  /** Whether its gid is known to be its only group. */
  readonly isAlone: boolean;
}

export type Plan =
  | { readonly kind: "nothing" }
  | { readonly kind: "observe"; readonly why: string }
  | Manual
  | {
      readonly kind: "edits";
      readonly edits: readonly Edit[];
      /** What is done, a line each, in the order of the file. */
      readonly steps: readonly string[];
      readonly predicted: Prediction | undefined;
      /** Folders that the proof must find writable. */
      readonly writable: readonly string[];
    };

/**
 * Plans the smallest change after which the image runs as a numeric non-root user and its application can still write
 * what it writes.
 */
export function planFix(input: PlanInput): Plan {
  const findings = shipping(input);
  const [unmade] = findings.filter(({ rule, needsPerson }) => rule === "user-not-in-passwd" && needsPerson);
  // A number in the place of the name would run what makes the account without root.
  if (unmade !== undefined) return { kind: "manual", why: unmade.message, from: "finding" };
  // A user that is meant stays, and with it all that belongs to another one.
  const isMeant = input.ignored.some(({ rule }) => saysVerdict(rule));
  const decision: Decision = isMeant ? { kind: "keep" } : decide(input);
  if (decision.kind === "observe" || decision.kind === "manual") return decision;
  const draft = new Draft();
  const account = applyDecision(input, decision, draft);
  buildFaultEdits({ ...input, findings }, account.chosen, (step, ...edits) => draft.add(step, ...edits));
  if (draft.edits.length === 0) return { kind: "nothing" };
  return {
    kind: "edits",
    edits: draft.edits,
    steps: draft.steps,
    predicted: account.chosen && {
      uid: account.chosen.uid,
      gid: account.certain === "uid" ? undefined : account.chosen.gid,
      name: account.chosen.name,
      isAlone: account.certain === "groups",
    },
    writable: account.writable,
  };
}

/** Findings in stages that ship: the others stay as they are. */
const shipping = ({ findings, model: { shipped } }: PlanInput): readonly Finding[] =>
  findings.filter(({ span }) =>
    shipped.some(({ instruction: { span: whole } }) => whole.start <= span.start && span.start < whole.end),
  );

interface Applied {
  readonly chosen: ChosenAccount | undefined;
  /** What is certain of the account beside its uid: its gid, or all its groups. Those of one that others made are not. */
  readonly certain: "uid" | "gid" | "groups";
  readonly writable: readonly string[];
}

function applyDecision(
  input: PlanInput,
  decision: Exclude<Decision, { kind: "observe" | "manual" }>,
  draft: Draft,
): Applied {
  switch (decision.kind) {
    case "keep": {
      const user = endsNonRoot(input) ? userHere(input) : undefined;
      return { chosen: undefined, certain: "uid", writable: user === undefined ? [] : giveAsked(input, draft, user) };
    }
    case "renumber": {
      const { account, at, why } = decision;
      if (at === undefined) {
        insertUser(input, draft, String(account.uid));
      } else {
        const text = renumberedUser(input, at, account);
        draft.add(
          `line ${at.startLine}: USER becomes ${text}, the same account in numbers (${why})`,
          replaceArgument(at, text),
        );
      }
      const group = input.user.groupPart === undefined && input.user.account.known;
      const gidCertain = group && input.user.account.value?.gid === account.gid && at !== undefined;
      return { chosen: account, certain: gidCertain ? "gid" : "uid", writable: giveAsked(input, draft, account) };
    }
    case "pin":
      return applyPin(input, decision, draft);
    case "reuse": {
      draft.steps.push(`use the account ${decision.account.name ?? ""} (${decision.account.uid}): ${decision.why}`);
      const { account, after, at } = decision;
      const writable = applyNonRoot(input, draft, account, [], at, String(account.uid));
      // The group of one that the file makes is its tool's choice unless it is written there.
      const gidCertain = after === undefined && input.base.evidence === "engine";
      return { chosen: account, certain: gidCertain ? "gid" : "uid", writable };
    }
    case "numeric": {
      const { account, at } = decision;
      draft.steps.push("the base has neither a shell nor a free account: numbers only");
      const writable = applyNonRoot(input, draft, account, [], at, ownerText({ ...account, groupWritable: false }));
      return { chosen: account, certain: "groups", writable };
    }
    case "create": {
      const { uid, gid, name: userName } = decision;
      const options = { ...input.options, uid, gid, userName };
      const rendered = renderAccount(input.recipes, input.base, options, accountsHere({ ...input, options }));
      const account = { uid: rendered.uid, gid: rendered.gid, name: rendered.name, home: rendered.home };
      draft.steps.push(describeAccount(rendered));
      const userText =
        rendered.name === undefined ? ownerText({ ...account, groupWritable: false }) : String(rendered.uid);
      const writable = applyNonRoot(input, draft, account, rendered.commands, decision.at, userText);
      // The home that comes with the account is promised with it.
      const home = rendered.name === undefined || rendered.home === undefined ? [] : [rendered.home];
      return { chosen: account, certain: "groups", writable: [...new Set([...writable, ...home])] };
    }
  }
}

/** The operand of a USER for the same account; a group by the account's own name is the account's own. */
function renumberedUser(input: PlanInput, at: ArgumentInstruction, account: ChosenAccount): string {
  const { groupPart } = input.user;
  const named = groupPart === undefined ? undefined : gidHere(input, groupPart);
  const isOwn = named === undefined && groupPart === account.name && isGidTold(input, account);
  // The passwd line knows it, and gives it to who names no group.
  if (isOwn && hasUnknownGroup(input, account)) return String(account.uid);
  return renumbered(at, account, groupPart, named ?? (isOwn ? account.gid : undefined));
}

/** Whether the gid of an account's group is known, or the uid: a group that is made by itself gets whichever is free. */
const isGidTold = ({ user, effects }: PlanInput, { name }: ChosenAccount): boolean =>
  (user.account.known && user.account.value?.gid !== undefined) ||
  effects.users.some((one) => one.name === name && one.ownGroup);

/** `useradd` gives an account's own group the uid as gid only up to `GID_MAX`, and else the next one that is free. */
const hasUnknownGroup = ({ effects }: PlanInput, { name, gid }: ChosenAccount): boolean =>
  gid > lastGid &&
  effects.users.some((one) => one.name === name && one.tool === "useradd" && one.ownGroup && one.gid === undefined);

const describeAccount = ({ name, uid, gid, recipe }: AccountText): string =>
  name === undefined
    ? `no account can be created here: numbers only (recipe ${recipe})`
    : `create the account ${name} (${uid}:${gid}) by the recipe ${recipe}`;

function applyPin(input: PlanInput, decision: Extract<Decision, { kind: "pin" }>, draft: Draft): Applied {
  const { account, creation, edit, at, why } = decision;
  draft.add(
    `line ${creation.at.instruction.startLine}: fix the uid of ${account.name ?? "the account"} to ${account.uid} (${why})`,
    edit,
  );
  if (at === undefined || input.user.verdict !== "symbolic") {
    const writable = applyNonRoot(input, draft, account, [], at, String(account.uid));
    return { chosen: account, certain: "uid", writable };
  }
  const text = renumberedUser(input, at, account);
  draft.add(`line ${at.startLine}: USER becomes ${text}`, replaceArgument(at, text));
  return { chosen: account, certain: "uid", writable: giveAsked(input, draft, account) };
}

/** The user that the image runs as already, where its number is known. */
function userHere({ user }: PlanInput): Pick<ChosenAccount, "uid" | "gid"> | undefined {
  if (!user.uid.known) return undefined;
  const account = user.account.known ? user.account.value : undefined;
  return { uid: user.uid.value, gid: account?.gid ?? user.uid.value };
}

/** The image ran as root until now: the account, what it must own, and the USER. */
function applyNonRoot(
  input: PlanInput,
  draft: Draft,
  account: ChosenAccount,
  accountCommands: readonly string[],
  at: ArgumentInstruction | undefined,
  userText: string,
): readonly string[] {
  const { model, base, effects, options } = input;
  const owner: Owner = { uid: account.uid, gid: options.openshift ? 0 : account.gid, groupWritable: options.openshift };
  const shell = !(base.shell.known && !base.shell.value);
  const home = homeFolder(input, account);
  const written = withFilesOfStart(input, writableFolders(model, options.writable));
  const hasHome = home === undefined || written.some(({ path }) => path === home.path);
  const asked = hasHome ? written : [...written, home];
  const madeAtStart = shell ? foldersOfStart(input, asked) : [];
  for (const [by, paths] of groupBy(madeAtStart, (one) => one.by))
    draft.steps.push(
      `${paths.map(({ path }) => path).join(", ")}: made and given here, which ${by} can do only as root`,
    );
  const owned = [...asked, ...madeAtStart];
  const ofBase = softwareFolders(input).filter(({ path }) => !owned.some((one) => one.path === path));
  const folders = [...owned, ...ofBase];

  // What only its owner may start is given to who starts it.
  const closed = closedStarts(input).filter(({ ownerLacks }) => ownerLacks === undefined);
  const started = closed.map(({ copy }) => copy);
  const copies = copyHandovers(effects, folders, ownerText(owner), started);
  for (const { copy, edit, replacesLink } of copies) {
    const { keyword, startLine } = copy.at.instruction;
    const link = replacesLink ? " instead of --link, with which the folders above would change their owner too" : "";
    const modes = options.openshift ? ", which leaves their modes as they are" : "";
    draft.add(
      `line ${startLine}: ${keyword} hands its files over with --chown=${ownerText(owner)}${link}${modes}`,
      edit,
    );
  }
  if (!shell) {
    insertUser(input, draft, userText, at);
    return [];
  }
  const spellings = spellingsOf(model);
  const given = copies.map(({ copy }) => copy);
  for (const { path, run, stage } of refusedRepositories(input, given)) {
    const { file } = model.graph;
    const command = safeDirectory(spellAt(model, spellings, stage, run)(path));
    const note = options.comments ? [gitComment] : [];
    draft.add(
      `before line ${run.startLine}: git takes ${path} for safe, where root works in files that are handed over`,
      insertBefore(file, run, [...note, `${keywordLike(file, run, "RUN")} ${command}`]),
    );
  }
  const givesOwn = givesItself(input, account);
  const isGivenHere = (write: TreeWrite): boolean => !owner.groupWritable && givesOwn(write);
  const late = handOverRuns(input, draft, folders, owner, spellings, isGivenHere);
  const isMade = madeHome(input, account, owner);
  const isGiven = givenFolders(input, account);
  const isOwn = (folder: WritableFolder): boolean => !owner.groupWritable && (isMade(folder) || isGiven(folder));
  const made = accountCommands.length > 0 && account.home !== undefined ? [account.home] : [];
  const all = [...folders, ...late.mountPoints];
  const commands = (spell: Spell) => [
    ...accountCommands,
    ...late.commands,
    ...ownFolders(all, owner, late, made, spell, isOwn),
  ];
  const hasSearch = late.searches.some((search) => search.at === "volume");
  const changed = hasSearch ? all : all.filter((folder) => !isOwn(folder));
  insertUser(input, draft, userText, at, { commands, last: late.last, folders: changed, spellings });
  // A VOLUME of the base image may keep its folder as it is.
  return all.filter(({ why }) => why !== "software").map(({ path }) => path);
}
