/** Accounts that are not made for certain: a condition may keep their command from running, or it fails unheard. */
import { byUid } from "../image/accounts.ts";
import type { BaseFacts } from "../image/base-facts.ts";
import type { ShellCommand } from "../shell/model.ts";
import { allowsDoubles } from "./doubled-ids.ts";
import type { Effect, UserCreation } from "./effects.ts";
import { refusalOf, type GroupEvidence } from "./refused-creations.ts";
import { basename } from "../shell/launch.ts";

const readers: ReadonlySet<string> = new Set(["grep", "egrep", "fgrep", "awk", "cut", "sed", "cat"]);
const makers: ReadonlySet<string> = new Set(["adduser", "useradd"]);
const isAccountFile = (path: string | undefined): boolean => path === "/etc/passwd" || path === "/etc/group";

/** `id app`, `getent passwd 1000`, `grep -q ^app: /etc/passwd`: what stands in front of a creation makes it a second run's guard. */
function asksForAccounts({ words, redirections }: ShellCommand): boolean {
  const program = basename(words[0]?.value ?? "");
  if (program === "id" || program === "getent") return true;
  return (
    readers.has(program) &&
    (words.some(({ value }) => isAccountFile(value)) || redirections.some(({ target }) => isAccountFile(target.value)))
  );
}

const isMaker = ({ words }: ShellCommand): boolean => makers.has(basename(words[0]?.value ?? ""));

/** How many commands may make an account of each name. */
function creationsByName(users: readonly UserCreation[], commands: readonly Effect[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const add = (name: string): unknown => counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const { command } of commands)
    if (isMaker(command)) new Set(command.words.slice(1).flatMap(({ value }) => value ?? [])).forEach(add);
  for (const { name, command } of users) if (name !== undefined && !isMaker(command)) add(name);
  return counts;
}

/** What is known of the base that a creation stands on. */
export type BaseOf = (user: UserCreation) => Pick<BaseFacts, "accounts" | "family">;

/**
 * Marks the creations that nothing says to have happened. Those behind `||`, or in an `if`, have neither a question for
 * accounts in front of them (`id app || adduser app`) nor another creation of that name (one for each `adduser` that there
 * is; of one that is another family's only the name is read). Others ask for what their tool refuses, and the build goes on
 * (`useradd -u 1000 app || true`, `getent passwd 1000 || useradd -u 1000 app`), or may do so on a base that nobody knows,
 * where the author reckons with it: not of a `||` that is meant for what stands between (`useradd x && [ -e y ] || mkdir y`).
 */
export function withUnsure(
  users: readonly UserCreation[],
  commands: readonly Effect[],
  evidence: GroupEvidence,
  baseOf: BaseOf,
): readonly UserCreation[] {
  const counts = users.length === 0 ? new Map<string, number>() : creationsByName(users, commands);
  const isOnly = ({ name = "" }: UserCreation): boolean => (counts.get(name) ?? 0) < 2;
  const skipped = mayBeSkipped(users, commands, isOnly);
  const forgiven = new Set(
    commands.flatMap(({ command }, index) => (commands[index + 1]?.command.joinedBy === "||" ? [command] : [])),
  );
  return users.map((user, index) => {
    const { name = "", command } = user;
    const base = baseOf(user);
    const isCaught = command.onFailure === "caught" && forgiven.has(command) && !base.accounts.known && isOnly(user);
    if (skipped(user) || (isCaught && user.tool !== "passwd-append"))
      return { ...user, unsure: `may or may not create "${name}"` };
    const why = refusal(user, users.slice(0, index), evidence, base);
    return why === undefined ? user : { ...user, unsure: `cannot create "${name}": ${why}` };
  });
}

function mayBeSkipped(
  users: readonly UserCreation[],
  commands: readonly Effect[],
  isOnly: (user: UserCreation) => boolean,
): (user: UserCreation) => boolean {
  if (!users.some(({ command }) => command.conditional)) return () => false;
  const asked = new Map<Effect["at"]["instruction"], number>();
  for (const { at, command } of commands)
    if (!asked.has(at.instruction) && asksForAccounts(command)) asked.set(at.instruction, command.span.start);
  return (user) => {
    const { at, command } = user;
    const isAsked = (asked.get(at.instruction) ?? Number.POSITIVE_INFINITY) < command.span.start;
    return command.conditional && !isAsked && isOnly(user);
  };
}

/** Why a creation fails, where the build goes on without it, or it is not run. */
function refusal(
  user: UserCreation,
  before: readonly UserCreation[],
  evidence: GroupEvidence,
  base: Pick<BaseFacts, "accounts" | "family">,
): string | undefined {
  const { uid, command, tool } = user;
  if ((command.onFailure === "stops" && !command.conditional) || tool === "passwd-append") return undefined;
  const holder = uid === undefined || allowsDoubles(command) ? undefined : holderOf(user, uid, before, evidence, base);
  return holder === undefined ? refusalOf(user, before, evidence, base) : `uid ${uid} is "${holder}" already`;
}

/** Whose uid it is that a creation asks for in vain. */
function holderOf(
  { name, command }: UserCreation,
  uid: number,
  before: readonly UserCreation[],
  { accountChanges }: GroupEvidence,
  { accounts }: Pick<BaseFacts, "accounts">,
): string | undefined {
  const ofBase = accounts.known ? byUid(accounts.value, uid)?.name : undefined;
  const holder = ofBase ?? before.find((one) => one.uid === uid)?.name;
  const isStill = accountChanges.every((one) => one.name !== holder || one.command.span.start > command.span.start);
  return holder !== name && isStill ? holder : undefined;
}
