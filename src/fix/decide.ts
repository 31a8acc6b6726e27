/**
 * Which account the image shall run as, in the order of preference of the product's contract: the same account in
 * numbers, one that is there already, one whose uid gets pinned, a new one.
 */
import type { ArgumentInstruction, Instruction } from "../containerfile/model.ts";
import { mayBringAccounts } from "../facts/account-copies.ts";
import type { UserCreation } from "../facts/effects.ts";
import { byName, byUid } from "../image/accounts.ts";
import { judgeConfigUser, maxUid } from "../image/config-user.ts";
import type { Edit } from "../core/finding.ts";
import { accountsHere } from "./accounts-here.ts";
import { givenAccount, type Owner } from "./given-account.ts";
import { expectedUid } from "./expected-uid.ts";
import type { FixOptions } from "./options.ts";
import { pinUid } from "./pin-uid.ts";
import type { ChosenAccount, DecisionInput } from "./model.ts";

export type Decision =
  /** The USER is fine as it is. */
  | { readonly kind: "keep" }
  /** Same account, numeric spelling. `at` undefined: the name comes from the base image. */
  | {
      readonly kind: "renumber";
      readonly account: ChosenAccount;
      readonly at: ArgumentInstruction | undefined;
      readonly why: string;
    }
  /** The account is there (base image or file); only a USER is missing. */
  | {
      readonly kind: "reuse";
      readonly account: ChosenAccount;
      /** The instruction that makes it; undefined when it comes from the base image. */
      readonly after: Instruction | undefined;
      /** A USER whose operand is replaced. */
      readonly at: ArgumentInstruction | undefined;
      readonly why: string;
    }
  /** The file creates it and leaves the uid to chance. `at`: a USER that names it, else a USER is missing. */
  | {
      readonly kind: "pin";
      readonly account: ChosenAccount;
      readonly creation: UserCreation;
      /** Writes the uid into it. */
      readonly edit: Edit;
      readonly at: ArgumentInstruction | undefined;
      readonly why: string;
    }
  /** `at`: a USER whose operand is replaced because it names nothing or an impossible uid. */
  | {
      readonly kind: "create";
      readonly name: string;
      readonly uid: number;
      readonly gid: number;
      readonly at: ArgumentInstruction | undefined;
    }
  /** Neither shell nor account: numbers only. */
  | { readonly kind: "numeric"; readonly account: ChosenAccount; readonly at: ArgumentInstruction | undefined }
  /** Only the built original can tell. */
  | { readonly kind: "observe"; readonly why: string }
  | Manual;

/** A person must write it. */
export interface Manual {
  readonly kind: "manual";
  readonly why: string;
  /** Who tells what is missing: the same run with an engine, only the author, or the author whom a finding tells why. */
  readonly from: "engine" | "author" | "finding";
}

type Pin = Extract<Decision, { readonly kind: "pin" }>;

/** Below it are the numbers of the distribution's own accounts (UID_MIN of login.defs): no new account gets one. */
const firstPersonalUid = 1_000;

const usable = (uid: number | undefined): uid is number => uid !== undefined && uid > 0 && BigInt(uid) <= maxUid;

/** The USER instruction that decides, when it stands in this file and is not an ONBUILD trigger. */
function decidingUser({ user }: DecisionInput): ArgumentInstruction | undefined {
  return user.at?.keyword === "USER" ? user.at : undefined;
}

/**
 * The uid an unpinned account gets: the one it has in the built original, else the one that the file expects, else the one
 * that files are given to, else the wanted one where it is free.
 */
function uidToPin(
  input: DecisionInput,
  name: string,
  expected: number | undefined,
  given: number | undefined,
): number | undefined {
  const seen = input.observed === undefined ? undefined : byName(input.observed.passwd, name)?.uid;
  if (usable(seen)) return seen;
  if (usable(expected)) return expected;
  if (usable(given)) return given;
  const { base, options, effects } = input;
  const taken =
    (base.accounts.known && byUid(base.accounts.value, options.uid) !== undefined) ||
    effects.users.some((other) => other.uid === options.uid && other.name !== name);
  return taken ? undefined : options.uid;
}

/** Both `adduser`s give an account's own group its uid as gid, and stop where another group has it. */
const wantsTakenGroup = (input: DecisionInput, { tool, name, ownGroup }: UserCreation, uid: number): boolean =>
  ownGroup && tool !== "useradd" && accountsHere(input).group.some((group) => group.gid === uid && group.name !== name);

function pin(input: DecisionInput, creation: UserCreation, why: string, given?: number): Pin | undefined {
  const name = creation.name;
  // Of two options the tool takes the last: a uid that is given wins, whatever it is.
  if (name === undefined || creation.uidWord !== undefined) return undefined;
  const isTaken = (uid: number): boolean => {
    const there = byUid(accountsHere(input), uid);
    return there !== undefined && there.name !== name;
  };
  const uid = uidToPin(input, name, expectedUid(input.effects, creation, isTaken), given);
  const edit = uid === undefined ? undefined : pinUid(input.model.graph.file.text, creation, uid);
  if (uid === undefined || edit === undefined || wantsTakenGroup(input, creation, uid)) return undefined;
  const seen = input.observed === undefined ? undefined : byName(input.observed.passwd, name);
  return {
    kind: "pin",
    account: { uid, gid: creation.gid ?? seen?.gid ?? uid, name, home: creation.home ?? seen?.home },
    creation,
    edit,
    at: undefined,
    why,
  };
}

/** Names that every account tool takes and no shell reads anything else into. */
const isAccountName = (name: string): boolean => /^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/.test(name);

/** A USER that is a name. */
function decideSymbolic(input: DecisionInput): Decision {
  const { user, effects, observed, options } = input;
  const at = decidingUser(input);
  // `USER 65532 # nonroot`: a comment for its author, a part of the name for every builder.
  const name = (user.userPart ?? "").replace(/\s+#.*$/s, "");
  const creations = effects.users.filter((creation) => creation.name === name);
  const only = creations.length === 1 ? creations[0] : undefined;
  const meant = name === user.userPart ? undefined : /^[0-9]{1,10}$/.test(name) ? Number(name) : only?.uid;
  if (usable(meant)) {
    const there = byUid(accountsHere(input), meant);
    return {
      kind: "renumber",
      account: { uid: meant, gid: there?.gid ?? meant, name: there?.name, home: there?.home },
      at,
      why: "what stands behind it is no comment to USER",
    };
  }

  if (only?.hasHiddenOptions === true && !user.uid.known) return decideHidden(only);
  if (only !== undefined && only.uid === undefined && !user.uid.known) {
    if (observed === undefined) {
      const whose = only.uidWord === undefined ? "is left to chance" : "is not known here";
      if (options.canObserve)
        return { kind: "observe", why: `the uid of "${name}" ${whose}; the built original tells which it is` };
      if (only.uidWord !== undefined) return decideHidden(only);
      if (mayBeThere(input, only)) return decideUntold(options, name);
    }
    const differs = observed === undefined ? `; a run ${options.toObserve} keeps the one that its build gives` : "";
    const pinned = pin(input, only, `"${name}" was created without a fixed uid${differs}`);
    if (pinned !== undefined) return { ...pinned, at };
  }
  const account = user.account.known ? user.account.value : undefined;
  if (user.uid.known && usable(user.uid.value)) {
    return {
      kind: "renumber",
      account: {
        uid: user.uid.value,
        gid: account?.gid ?? user.uid.value,
        name: account?.name ?? name,
        home: account?.home,
      },
      at,
      why: `${user.uid.from}${variesBy(input, creations)}`,
    };
  }
  if (observed !== undefined) {
    const seen = byName(observed.passwd, name);
    if (seen !== undefined && usable(seen.uid)) {
      return {
        kind: "renumber",
        account: { uid: seen.uid, gid: seen.gid, name, home: seen.home },
        at,
        why: `read from the built original${variesBy(input, creations)}`,
      };
    }
    return decideNew(input, at, name);
  }
  if (user.account.known && user.account.value === undefined) return decideNew(input, at, name);
  if (options.canObserve) {
    const why = creations.length > 0 && !user.uid.known ? user.uid.why : `"${name}" is not created in this file`;
    return { kind: "observe", why };
  }
  return decideUntold(options, name);
}

/** What is to be said of the number of an account that a base image brings which a build argument chooses. */
function variesBy({ model }: DecisionInput, creations: readonly UserCreation[]): string {
  const from = model.graph.chain[0]?.from.image.value;
  if (creations.length > 0 || from?.includes("$") !== true) return "";
  return ` with FROM ${from}; another value may give another number`;
}

function decideUntold({ toObserve }: FixOptions, name: string): Decision {
  const why = `nothing here tells which uid "${name}" has: run ${toObserve}, which tells it, or write the number`;
  return { kind: "manual", why, from: "engine" };
}

/** What a condition makes only where it is missing (`id app || useradd app`), a base or a copy that nobody read may have. */
const mayBeThere = ({ base, effects }: DecisionInput, { command, at }: UserCreation): boolean =>
  command.conditional &&
  (!base.accounts.known ||
    effects.copies.some((copy) => mayBringAccounts(copy) && copy.at.instruction.index < at.instruction.index));

/** A uid beside one that a build argument may bring would be another account's, or stop the build. */
function decideHidden({ name, uidWord, at }: UserCreation): Decision {
  const creates = `line ${at.instruction.startLine} creates "${name}"`;
  const why =
    uidWord === undefined
      ? `${creates} with options that come from variables, so a build may choose the uid: give it -u there, or write USER with the same variable`
      : `${creates} with a uid that nothing here tells (${uidWord.raw}): give its value with --build-arg, or write it in USER too`;
  return { kind: "manual", why, from: "author" };
}

/**
 * The account that the file creates and never uses: the author's own, meant for the application. Of several it is the one
 * that is given the files.
 */
function unusedCreation({ effects }: DecisionInput, given: Owner | undefined): UserCreation | undefined {
  const users = effects.users.filter(({ unsure }) => unsure === undefined);
  const names = new Set(users.map((creation) => creation.name));
  const only = given?.kind === "account" ? given.account.name : names.size === 1 ? [...names][0] : undefined;
  if (only === undefined) return undefined;
  const creation = users.find((candidate) => candidate.name === only);
  if (creation === undefined) return undefined;
  if (creation.uid === undefined) return creation;
  // Files that are given to another number are not for this one.
  return usable(creation.uid) && given?.kind !== "number" ? creation : undefined;
}

/** Root, no USER, or an impossible uid. */
function decideRoot(input: DecisionInput): Decision {
  const { options, observed } = input;
  const at = decidingUser(input);
  const given = options.openshift ? undefined : givenAccount(input);
  if (given?.kind === "name" && !options.uidGiven && observed === undefined) return decideUnread(options, given);
  const own = options.openshift ? undefined : unusedCreation(input, given);
  if (own?.name !== undefined) {
    if (own.uid !== undefined && (!options.uidGiven || own.uid === options.uid)) {
      return {
        kind: "reuse",
        account: { uid: own.uid, gid: own.gid ?? own.uid, name: own.name, home: own.home },
        after: own.at.instruction,
        at,
        why: "the file creates it and never uses it",
      };
    }
    if (own.uid === undefined && (own.hasHiddenOptions === true || own.uidWord !== undefined)) return decideHidden(own);
    if (own.uid === undefined) {
      const seen = observed === undefined ? undefined : byName(observed.passwd, own.name);
      const number = given?.kind === "number" ? given.uid : given?.kind === "account" ? given.account.uid : undefined;
      const why = `the file creates "${own.name}" without a fixed uid and never uses it`;
      const pinned = pin(input, own, why, options.uidGiven ? undefined : number);
      const isWanted = !options.uidGiven || seen !== undefined || pinned?.account.uid === options.uid;
      if (pinned !== undefined && isWanted && (seen === undefined || usable(seen.uid))) return { ...pinned, at };
    }
  }
  if (own === undefined && given !== undefined && !options.uidGiven) {
    const decision = decideGiven(input, given, at);
    if (decision !== undefined) return decision;
  }
  const chosen = options.openshift || options.uidGiven ? undefined : overriddenUser(input);
  if (chosen !== undefined) {
    return { kind: "reuse", account: chosen, after: undefined, at, why: "the base image runs as it" };
  }
  return decideNew(input, at, options.userName);
}

/** The account, or the number, that the application's files are given to. */
function decideGiven(input: DecisionInput, given: Owner, at: ArgumentInstruction | undefined): Decision | undefined {
  const { options } = input;
  if (given.kind === "account" && usable(given.account.uid)) {
    const why = `line ${given.line} gives it files of the application`;
    return { kind: "reuse", account: given.account, after: undefined, at, why };
  }
  if (given.kind !== "number" || !usable(given.uid) || given.uid < firstPersonalUid) return undefined;
  const { uid, gid } = given;
  return decideNew({ ...input, options: { ...options, uid, gid, uidGiven: true } }, at, options.userName);
}

/** The application's files are given to a name that neither the base nor the file certainly has. */
function decideUnread(
  { canObserve, toObserve }: FixOptions,
  { name, line }: Extract<Owner, { kind: "name" }>,
): Decision {
  const what = `line ${line} gives files of the application to "${name}", whose uid only the built image tells`;
  if (canObserve) return { kind: "observe", why: what };
  const why = `${what}: run ${toObserve}, which tells its uid, or write USER and the number`;
  return { kind: "manual", why, from: "engine" };
}

/** The non-root user that the base image's authors chose and that a USER of this file overrides. */
function overriddenUser({ base, user }: DecisionInput): ChosenAccount | undefined {
  if (!base.user.known || user.at === undefined) return undefined;
  const judged = judgeConfigUser(base.user.value);
  const accounts = base.accounts.known ? base.accounts.value : undefined;
  if (judged.verdict === "symbolic") {
    const entry = accounts === undefined ? undefined : byName(accounts.passwd, judged.userPart);
    return usable(entry?.uid) ? entry : undefined;
  }
  if (judged.verdict !== "admit") return undefined;
  const uid = Number(judged.uid);
  const entry = accounts === undefined ? undefined : byUid(accounts, uid);
  if (entry !== undefined) return entry;
  // A number without an account: where the accounts are all known, a new one serves the application better.
  const group = /^[0-9]{1,9}$/.test(judged.groupPart ?? "") ? Number(judged.groupPart) : 0;
  return accounts?.complete === true ? undefined : { uid, gid: group, name: undefined, home: undefined };
}

/** Reuse what is there, else create. */
function decideNew(input: DecisionInput, at: ArgumentInstruction | undefined, name: string): Decision {
  const { base, effects, options } = input;
  const there = byUid(accountsHere(input), options.uid);
  const maker = effects.users.findLast((one) => one.uid === options.uid && one.name === there?.name);
  const after = maker?.at.instruction;
  if (there !== undefined) {
    const account = { uid: there.uid, gid: there.gid, name: there.name, home: there.home };
    const who = after === undefined ? "the base image has" : `line ${after.startLine} makes`;
    return { kind: "reuse", account, after, at, why: `${who} ${there.name} at ${there.uid}` };
  }
  const designated = base.designatedUser.known ? base.designatedUser.value : undefined;
  if (designated !== undefined && !options.uidGiven && !options.openshift && usable(designated.uid)) {
    return {
      kind: "reuse",
      account: { uid: designated.uid, gid: designated.gid, name: designated.name, home: designated.home },
      after,
      at,
      why: `the base image's authors made ${designated.name} (${designated.uid}) for applications`,
    };
  }
  if (base.shell.known && !base.shell.value) {
    return { kind: "numeric", account: { uid: options.uid, gid: options.gid, name: undefined, home: undefined }, at };
  }
  const { uid, gid, userName } = options;
  return { kind: "create", name: isAccountName(name) ? name : userName, uid, gid, at };
}

/**
 * Decides which account the image shall run as. Pure: everything it needs was gathered before.
 */
export function decide(input: DecisionInput): Decision {
  switch (input.user.verdict) {
    case "admit":
    case "not-applicable":
      return { kind: "keep" };
    case "symbolic":
      return decideSymbolic(input);
    case "root":
    case "invalid":
      return decideRoot(input);
    case "unknown": {
      // Without a readable base only the family (from the tag or the package manager) can carry a recipe.
      if (input.base.family.known && input.user.at === undefined) return decideRoot(input);
      return { kind: "manual", why: input.user.why ?? "nothing here tells who the image runs as", from: "finding" };
    }
  }
}
