/** Accounts that a condition which does not ask for them may keep from being made. */
import type { ShellCommand } from "../shell/model.ts";
import type { Effect, UserCreation } from "./effects.ts";
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

/**
 * Marks the creations behind `||`, or in an `if`, that nothing says to have run: neither a question for accounts in front
 * of them (`id app || adduser app`) nor another creation of that name (one for each `adduser` that there is; of one that
 * is another family's only the name is read).
 */
export function withUnsure(users: readonly UserCreation[], commands: readonly Effect[]): readonly UserCreation[] {
  if (!users.some(({ command }) => command.conditional)) return users;
  const counts = creationsByName(users, commands);
  const asked = new Map<Effect["at"]["instruction"], number>();
  for (const { at, command } of commands)
    if (!asked.has(at.instruction) && asksForAccounts(command)) asked.set(at.instruction, command.span.start);
  return users.map((user) => {
    const { at, command, name } = user;
    const isAsked = (asked.get(at.instruction) ?? Number.POSITIVE_INFINITY) < command.span.start;
    return command.conditional && !isAsked && (counts.get(name ?? "") ?? 0) < 2 ? { ...user, unsure: true } : user;
  });
}
