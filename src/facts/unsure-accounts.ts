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

const isCreationOf = ({ words }: ShellCommand, name: string | undefined): boolean =>
  name !== undefined &&
  makers.has(commandName(words[0]?.value ?? "")) &&
  words.slice(1).some(({ value }) => value === name);

/**
 * Marks the creations behind `||`, or in an `if`, that nothing says to have run: neither a question for accounts in front
 * of them (`id app || adduser app`) nor another creation of that name (one for each `adduser` that there is; of one that
 * is another family's only the name is read).
 */
export function withUnsure(users: readonly UserCreation[], commands: readonly Effect[]): readonly UserCreation[] {
  if (!users.some(({ command }) => command.conditional)) return users;
  const isMadeElsewhere = ({ name, command }: UserCreation): boolean =>
    users.some((other) => other.name === name && other.command !== command) ||
    commands.some((other) => other.command !== command && isCreationOf(other.command, name));
  const asked = new Map<Effect["at"]["instruction"], number>();
  for (const { at, command } of commands)
    if (!asked.has(at.instruction) && asksForAccounts(command)) asked.set(at.instruction, command.span.start);
  return users.map((user) => {
    const { at, command } = user;
    const isAsked = (asked.get(at.instruction) ?? Number.POSITIVE_INFINITY) < command.span.start;
    return command.conditional && !isAsked && !isMadeElsewhere(user) ? { ...user, unsure: true } : user;
  });
}
