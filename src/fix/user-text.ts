/** What the operand of a USER becomes. */
import type { ArgumentInstruction } from "../containerfile/model.ts";
import type { ChosenAccount } from "./model.ts";

/**
 * The numeric spelling of the same account. The group stays only where the author wrote one: a name as its `gid`, or as it
 * is written where that is `undefined` (the kubelet looks at what stands before the colon).
 */
export function renumbered(
  at: ArgumentInstruction,
  account: ChosenAccount,
  groupPart: string | undefined,
  gid: number | undefined,
): string {
  const argument = at.argument.value;
  if (groupPart === undefined) return String(account.uid);
  // A group is kept to the letter where it stands in the text.
  const written = /^[^:"'{]*:(.*)$/.exec(argument)?.[1];
  if (groupPart === "") return String(account.uid);
  const number = /^[0-9]+$/.test(groupPart) ? undefined : gid;
  return `${account.uid}:${number ?? written ?? groupPart}`;
}

const onlyVariable = /^(?:"?)\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))(?:"?)$/;

/**
 * The operand for a new account. A variable that nobody sets keeps its place with a default (`${UID:-65532}`), so that
 * a build argument still works; both builders read that form alike.
 */
export function created(at: ArgumentInstruction, unset: readonly string[], text: string): string {
  const match = onlyVariable.exec(at.argument.value);
  const name = match?.[1] ?? match?.[2];
  if (name !== undefined && unset.includes(name)) return `\${${name}:-${text}}`;
  return text;
}
