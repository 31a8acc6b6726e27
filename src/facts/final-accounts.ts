/**
 * The accounts at the end of what ships: those of the base, and what the file's own commands make of them, in the order
 * in which they stand.
 */
import { known, unknown, type Fact } from "../core/finding.ts";
import type { ShellCommand } from "../shell/model.ts";
import type { BaseFacts } from "../image/base-facts.ts";
import { gidOfGroup } from "./group-ids.ts";
import { mayBringAccounts } from "./account-copies.ts";
import { mayGetUid } from "./chance-uid.ts";
import { allowsDoubles } from "./doubled-ids.ts";
import type { AccountChange, Effects, FinalAccount, GroupChange, PasswdFile, UserCreation } from "./effects.ts";

/** Known `undefined`: there certainly is none. */
export type AccountFact = Fact<FinalAccount | undefined>;

/** An account whose uid may not be known. */
interface Entry {
  readonly name: string;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly home: string | undefined;
  /** What tells it. */
  readonly from: string;
  /** Why the uid or the whole account is not certain. */
  readonly doubt?: string;
  /** What leaves the uid to chance. */
  readonly maker?: UserCreation | undefined;
}

type Event =
  | { readonly kind: "create"; readonly effect: UserCreation }
  | { readonly kind: "change"; readonly effect: AccountChange }
  | { readonly kind: "group"; readonly effect: GroupChange }
  | { readonly kind: "file"; readonly effect: PasswdFile };

/** Reads the effects once; every question is then cheap. */
export class FinalAccounts {
  readonly #base: BaseFacts;
  readonly #effects: Effects;
  readonly #entries = new Map<string, Entry>();
  /** Why nothing can be said of any account. */
  #doubt: string | undefined;
  /** Why nothing can be said of the accounts that are not among the entries. */
  #more: string | undefined;

  constructor(base: BaseFacts, effects: Effects) {
    this.#base = base;
    this.#effects = effects;
    if (base.accounts.known) {
      const { value, from } = base.accounts;
      // The first line of a name is the one that counts.
      for (const { name, uid, gid, home } of value.passwd)
        if (!this.#entries.has(name)) this.#entries.set(name, { name, uid, gid, home, from });
    }
    for (const event of eventsOf(effects)) this.#apply(event);
  }

  /** Every account that may be there. */
  get entries(): readonly Omit<Entry, "from" | "doubt" | "maker">[] {
    return [...this.#entries.values()];
  }

  /** The account of a name. */
  byName(name: string): AccountFact {
    if (this.#doubt !== undefined) return unknown(this.#doubt);
    const entry = this.#entries.get(name);
    return entry === undefined ? this.#absent(`"${name}" is not created in this file`) : factOf(entry);
  }

  /** The account that has a uid. */
  byUid(uid: number): AccountFact {
    if (this.#doubt !== undefined) return unknown(this.#doubt);
    const entries = [...this.#entries.values()];
    const entry = entries.find((one) => one.uid === uid);
    if (entry !== undefined) return factOf(entry);
    const mayGetIt = mayGetUid(
      uid,
      entries.flatMap((one) => one.uid ?? []),
    );
    const mayBe = ({ maker }: Entry): boolean => maker === undefined || mayGetIt(maker);
    if (entries.some((one) => one.uid === undefined && one.doubt === undefined && mayBe(one)))
      return unknown("an account is created without a fixed uid");
    const doubtful = entries.find((one) => one.uid === undefined && mayBe(one));
    return doubtful === undefined ? this.#absent(`uid ${uid} is not created in this file`) : factOf(doubtful);
  }

  #apply({ kind, effect }: Event): void {
    const line = effect.at.instruction.startLine;
    if (kind === "create") this.#create(effect, line);
    else if (kind === "group") this.#changeGroup(effect);
    else if (kind === "file") this.#replace(effect.entries, line, effect.hasMore);
    else if (effect.kind === "replace") this.#replace(effect.command.conditional ? undefined : [], line);
    else if (effect.kind === "unknown" || effect.name === undefined) this.#doubt ??= `line ${line} changes accounts`;
    else if (effect.kind === "modify") this.#modify(effect.name, effect, line);
    else this.#delete(effect.name, effect, line);
  }

  #create(maker: UserCreation, line: number): void {
    const { name, uid, gid, home, tool, uidWord, unsure } = maker;
    if (name === undefined) return;
    const there = this.#entries.get(name);
    // A build argument may have another value next time.
    const varies = uidWord?.raw.includes("$") === true ? ` with uid ${uidWord.raw}; another value is another user` : "";
    if (there === undefined)
      this.#entries.set(name, {
        name,
        uid,
        gid,
        home,
        from: `created on line ${line}${varies}`,
        ...(this.#more !== undefined && { doubt: this.#more }),
        ...(unsure !== undefined && { doubt: `line ${line} ${unsure}` }),
        ...(uid === undefined && { maker }),
      });
    // A tool refuses a name that is there; of two lines in the file the runtimes take the first.
    else if (there.from.startsWith("created") && there.uid !== uid && tool !== "passwd-append")
      this.#entries.set(name, {
        ...there,
        uid: undefined,
        maker: undefined,
        doubt: `"${name}" is created more than once, with different uids`,
      });
  }

  /** Another file is in place: what was before is gone, and with it what was not known of it. */
  #replace(entries: readonly FinalAccount[] | undefined, line: number, hasMore = false): void {
    this.#entries.clear();
    const doubt = `line ${line} puts another /etc/passwd in place`;
    this.#doubt = entries === undefined ? doubt : undefined;
    this.#more = hasMore ? doubt : undefined;
    const from = `the /etc/passwd of line ${line}`;
    for (const { name, uid, gid, home } of entries ?? [])
      if (!this.#entries.has(name)) this.#entries.set(name, { name, uid, gid, home, from });
  }

  #modify(name: string, { uid, sets = {}, command }: AccountChange, line: number): void {
    const there = this.#entries.get(name);
    // Of an account that nobody here knows only what is set is known.
    if (there === undefined && (this.#base.accounts.known || uid === undefined)) return;
    const before = there ?? { name, uid: undefined, gid: undefined, home: undefined };
    // What may not run leaves either value.
    const setTo = <T>(value: T, from: T): T | undefined => (command.conditional && value !== from ? undefined : value);
    const changed: Entry = {
      name: "name" in sets ? (sets.name ?? name) : name,
      uid: "uid" in sets ? uid : before.uid,
      gid: "group" in sets ? setTo(this.#gidOf(sets.group), before.gid) : before.gid,
      home: "home" in sets ? setTo(sets.home, before.home) : before.home,
      from: `usermod on line ${line}`,
    };
    const isCertain =
      ("uid" in sets ? uid !== undefined && !this.#failsUnheard(uid, name, command) : true) &&
      ("name" in sets ? sets.name !== undefined && !this.#isTaken(sets.name, name, command) : true);
    const isSame = changed.name === name && changed.uid === before.uid;
    if (!isSame && (command.conditional || !isCertain)) {
      const doubt = `line ${line} changes accounts`;
      this.#entries.set(name, { ...changed, name, uid: undefined, doubt });
      if (changed.name !== name) this.#entries.set(changed.name, { ...changed, uid: undefined, doubt });
      return;
    }
    if (changed.name !== name) this.#entries.delete(name);
    this.#entries.set(
      changed.name,
      isSame && there?.doubt !== undefined ? { ...changed, doubt: there.doubt } : changed,
    );
  }

  /** Whether the uid that a command asks for is another's, so that it fails, and the build goes on. */
  #failsUnheard(uid: number, name: string, command: ShellCommand): boolean {
    if (command.onFailure === "stops" || allowsDoubles(command)) return false;
    return this.entries.some((entry) => entry.uid === uid && entry.name !== name);
  }

  /** Whether the name that a command gives is another's, so that it fails, and the build goes on. */
  #isTaken(wanted: string, name: string, { onFailure }: ShellCommand): boolean {
    return onFailure !== "stops" && wanted !== name && this.#entries.has(wanted);
  }

  #delete(name: string, { command }: AccountChange, line: number): void {
    const there = this.#entries.get(name);
    if (there === undefined) return;
    if (command.conditional)
      this.#entries.set(name, { ...there, uid: undefined, doubt: `line ${line} changes accounts` });
    else this.#entries.delete(name);
  }

  /** Accounts whose primary group it is follow. */
  #changeGroup({ name, gid, renumbers, command }: GroupChange): void {
    if (!renumbers) return;
    const before = name === undefined ? undefined : this.#gidOf(name);
    for (const [key, entry] of this.#entries) {
      if (name !== undefined && (before === undefined || entry.gid !== before)) continue;
      this.#entries.set(key, { ...entry, gid: command.conditional || name === undefined ? undefined : gid });
    }
  }

  #gidOf(group: string | undefined): number | undefined {
    if (group === undefined) return undefined;
    if (/^[0-9]{1,10}$/.test(group)) return Number(group);
    return gidOfGroup(group, this.#effects.groups, this.#base);
  }

  /** Certainly no such account, or why that cannot be said. */
  #absent(why: string): AccountFact {
    if (this.#more !== undefined) return unknown(this.#more);
    const { accounts, reference } = this.#base;
    const { packages, opaque, unread, users, copies } = this.#effects;
    if (!accounts.known) return unknown(`${why}, and the accounts of ${reference} are not known`);
    if (!accounts.value.complete) return unknown(`${why}, and ${reference} may have more accounts than are known`);
    if (packages.some((install) => install.packages.length > 0)) return unknown(`${why}, and a package may create it`);
    if (opaque.length > 0) return unknown(`${why}, and a RUN could not be read`);
    const [program] = unread;
    if (program !== undefined)
      return unknown(`${why}, and the program that line ${program.at.instruction.startLine} runs may create it`);
    if (users.some(({ name }) => name === undefined))
      return unknown(`${why}, and a RUN creates an account whose name is not known`);
    if (copies.some(mayBringAccounts)) return unknown(`${why}, and files are copied over /etc`);
    return known(undefined, accounts.from);
  }
}

function factOf({ name, uid, gid, home, from, doubt }: Entry): AccountFact {
  if (doubt !== undefined) return unknown(doubt);
  if (uid === undefined) return unknown(`"${name}" is created without a fixed uid ${from.replace("created ", "")}`);
  return known({ name, uid, gid, home }, from);
}

function eventsOf({ users, accountChanges, groupChanges, passwdFiles }: Effects): readonly Event[] {
  if (accountChanges.length === 0 && groupChanges.length === 0 && passwdFiles.length === 0)
    return users.map((effect) => ({ kind: "create", effect }));
  // A command that replaces the file comes before the accounts that it puts there.
  const events: Event[] = [
    ...accountChanges.map((effect) => ({ kind: "change" as const, effect })),
    ...groupChanges.map((effect) => ({ kind: "group" as const, effect })),
    ...passwdFiles.map((effect) => ({ kind: "file" as const, effect })),
    ...users.map((effect) => ({ kind: "create" as const, effect })),
  ];
  const placeOf = ({ kind, effect }: Event): number =>
    effect.at.instruction.index * 2 ** 26 + (kind === "file" ? 0 : effect.command.span.start);
  return events.toSorted((one, other) => placeOf(one) - placeOf(other));
}
