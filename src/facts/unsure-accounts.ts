/** Accounts that a condition which does not ask for them may keep from being made. */
import type { ShellCommand } from "../shell/model.ts";
import type { Effect, UserCreation } from "./effects.ts";
import { commandName } from "./run-script.ts";

const readers: ReadonlySet<string> = new Set(["grep", "egrep", "fgrep", "awk", "cut", "sed", "cat"]);
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

/**
 * Marks the creations behind `||`, or in an `if`, that nothing says to have run: neither a question for accounts in front
 * of them (`id app || adduser app`) nor another creation of that name (one for each `adduser` that there is).
 */
export function withUnsure(users: readonly UserCreation[], commands: readonly Effect[]): readonly UserCreation[] {
  if (!users.some(({ command }) => command.conditional)) return users;
  const counts = new Map<string | undefined, number>();
  for (const { name } of users) counts.set(name, (counts.get(name) ?? 0) + 1);
  const asked = new Map<Effect["at"]["instruction"], number>();
  for (const { at, command } of commands)
    if (!asked.has(at.instruction) && asksForAccounts(command)) asked.set(at.instruction, command.span.start);
  return users.map((user) => {
    const { at, command, name } = user;
    const isAsked = (asked.get(at.instruction) ?? Number.POSITIVE_INFINITY) < command.span.start;
    return command.conditional && !isAsked && counts.get(name) === 1 ? { ...user, unsure: true } : user;
  });
}
