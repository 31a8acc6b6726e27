/** Accounts that are not made for certain: a condition may keep their command from running, or it fails unheard. */
import { byUid, type Accounts } from "../image/accounts.ts";
import type { ShellCommand } from "../shell/model.ts";
import { allowsDoubles } from "./doubled-ids.ts";
import type { AccountChange, Effect, UserCreation } from "./effects.ts";
import { commandName } from "./run-script.ts";

const readers: ReadonlySet<string> = new Set(["grep", "egrep", "fgrep", "awk", "cut", "sed", "cat"]);
const makers: ReadonlySet<string> = new Set(["adduser", "useradd"]);
const isAccountFile = (path: string | undefined): boolean => path === "/etc/passwd" || path === "/etc/group";

/** `id app`, `getent passwd 1000`, `grep -q ^app: /etc/passwd`: what stands in front of a creation makes it a second run's guard. */
function asksForAccounts({ words, redirections }: ShellCommand): boolean {
  const program = commandName(words[0]?.value ?? "");
  if (program === "id" || program === "getent") return true;
  return (
    readers.has(program) &&
    (words.some(({ value }) => isAccountFile(value)) || redirections.some(({ target }) => isAccountFile(target.value)))
  );
}

const isMaker = ({ words }: ShellCommand): boolean => makers.has(commandName(words[0]?.value ?? ""));

/** How many commands may make an account of each name. */
function creationsByName(users: readonly UserCreation[], commands: readonly Effect[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const add = (name: string): unknown => counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const { command } of commands)
    if (isMaker(command)) new Set(command.words.slice(1).flatMap(({ value }) => value ?? [])).forEach(add);
  for (const { name, command } of users) if (name !== undefined && !isMaker(command)) add(name);
  return counts;
}

/** What is known of the accounts of the base that a creation stands on. */
export type AccountsOf = (user: UserCreation) => Accounts | undefined;

/**
 * Marks the creations that nothing says to have happened. Those behind `||`, or in an `if`, have neither a question for
 * accounts in front of them (`id app || adduser app`) nor another creation of that name (one for each `adduser` that there
 * is; of one that is another family's only the name is read). Others ask for a uid that is taken, and the build goes on
 * (`useradd -u 1000 app || true`, `getent passwd 1000 || useradd -u 1000 app`).
 */
export function withUnsure(
  users: readonly UserCreation[],
  commands: readonly Effect[],
  changes: readonly AccountChange[],
  accountsOf: AccountsOf,
): readonly UserCreation[] {
  const skipped = mayBeSkipped(users, commands);
  return users.map((user, index) => {
    const { name = "" } = user;
    if (skipped(user)) return { ...user, unsure: `may or may not create "${name}"` };
    const holder = holderOf(user, users.slice(0, index), changes, accountsOf);
    if (holder === undefined) return user;
    return { ...user, unsure: `cannot create "${name}": uid ${user.uid} is "${holder}" already` };
  });
}

function mayBeSkipped(users: readonly UserCreation[], commands: readonly Effect[]): (user: UserCreation) => boolean {
  if (!users.some(({ command }) => command.conditional)) return () => false;
  const counts = creationsByName(users, commands);
  const asked = new Map<Effect["at"]["instruction"], number>();
  for (const { at, command } of commands)
    if (!asked.has(at.instruction) && asksForAccounts(command)) asked.set(at.instruction, command.span.start);
  return ({ at, command, name }) => {
    const isAsked = (asked.get(at.instruction) ?? Number.POSITIVE_INFINITY) < command.span.start;
    return command.conditional && !isAsked && (counts.get(name ?? "") ?? 0) < 2;
  };
}

/** Whose uid it is that a creation asks for in vain, where the build goes on without it: it fails, or is not run. */
function holderOf(
  user: UserCreation,
  before: readonly UserCreation[],
  changes: readonly AccountChange[],
  accountsOf: AccountsOf,
): string | undefined {
  const { uid, command, tool } = user;
  const goesOn = command.onFailure !== "stops" || command.conditional;
  if (uid === undefined || !goesOn || tool === "passwd-append" || allowsDoubles(command)) return undefined;
  const accounts = accountsOf(user);
  const holder = (accounts && byUid(accounts, uid)?.name) ?? before.find((one) => one.uid === uid)?.name;
  const isStill = changes.every(({ name, command: { span } }) => name !== holder || span.start > command.span.start);
  return holder !== user.name && isStill ? holder : undefined;
}
