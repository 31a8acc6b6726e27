/** The uid that the file itself expects of an account which it leaves to chance: another one would stop its build. */
import type { Effects, UserCreation } from "../facts/effects.ts";
import { operandsOf, programOf } from "../rules/shell-words.ts";
import type { ShellCommand } from "../shell/model.ts";

const tests: ReadonlySet<string> = new Set(["[", "[[", "test"]);
const equals: ReadonlySet<string | undefined> = new Set(["=", "==", "-eq", "!=", "-ne"]);
const number = /^[0-9]{1,10}$/;

/**
 * `[ "$(id -u app)" = 1000 ]` anywhere, `getent passwd 1000` behind the command that makes it.
 * @param isTaken tells the uids of other accounts.
 */
export function expectedUid(
  { commands }: Effects,
  { name, command: maker }: UserCreation,
  isTaken: (uid: number) => boolean,
): number | undefined {
  const asks = ({ words, span }: ShellCommand, at: ShellCommand["span"]): boolean =>
    span.start >= at.start &&
    span.end <= at.end &&
    /^id -[nr]*u\b/.test(words.map(({ raw }) => raw).join(" ")) &&
    words.at(-1)?.value === name;
  const found = commands.flatMap(({ command }) => {
    const program = programOf(command);
    if (tests.has(program)) {
      const [left, operator, right] = command.words.slice(1);
      const pairs = equals.has(operator?.value) ? [[left, right] as const, [right, left] as const] : [];
      return pairs.flatMap(([asked, given]) =>
        asked !== undefined && commands.some((one) => asks(one.command, asked.span)) ? [given?.value ?? ""] : [],
      );
    }
    const isBehind = command.span.start > maker.span.start && !command.conditional && command.onFailure === "stops";
    if (program !== "getent" || !isBehind) return [];
    const [database, key = ""] = operandsOf(command);
    return database === "passwd" ? [key] : [];
  });
  return found
    .filter((one) => number.test(one))
    .map(Number)
    .find((uid) => uid > 0 && !isTaken(uid));
}
