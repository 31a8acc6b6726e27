/** What `set` and `trap` say of failures. */
import { readFlow } from "./flow.ts";
import { knownEndOf, type KnownEnd, type KnownScript } from "./known-end.ts";

/** Settings of a shell at one point of its script, as far as they decide what a failure does. */
export interface ShellSettings {
  readonly errexit: boolean;
  readonly pipefail: boolean;
  /** The shell knows `trap … ERR`, as far as its name tells. */
  readonly knowsErr: boolean;
  /** `trap … ERR` ends the shell: well, or with a failure. */
  readonly onError: "exits" | "ends well" | undefined;
  /** `trap … EXIT` ends the shell, or one around it, well, whatever happened. */
  readonly endsWell: boolean;
}

/** Those of a shell that is started with these words (`bash -eo pipefail -c`). */
export function settingsOfShell(program: string | undefined, options: readonly (string | undefined)[]): ShellSettings {
  const knowsErr = /(?:^|\/)(?:bash|ash)$/.test(program ?? "");
  return settingsAfter(options, { errexit: false, pipefail: false, knowsErr, onError: undefined, endsWell: false });
}

/** What the words behind `set`, or a shell's options, leave in force. */
export function settingsAfter(words: readonly (string | undefined)[], before: ShellSettings): ShellSettings {
  let { errexit, pipefail } = before;
  for (let index = 0; index < words.length; index++) {
    const [, sign, letters = ""] = /^([-+])([a-zA-Z]+)$/.exec(words[index] ?? "") ?? [];
    // What is no option, or `--`, begins the arguments.
    if (sign === undefined) break;
    const isOn = sign === "-";
    const name = letters.includes("o") ? words[++index] : undefined;
    if (letters.includes("e") || name === "errexit") errexit = isOn;
    if (name === "pipefail") pipefail = isOn;
  }
  return { ...before, errexit, pipefail };
}

/** A subshell's: traps are not handed down, but what they do to the shell around it stays. */
export const settingsInside = (settings: ShellSettings): ShellSettings =>
  settings.onError === undefined ? settings : { ...settings, onError: undefined };

/** What the words behind `trap` leave in force. */
export function settingsAfterTrap(
  script: KnownScript,
  words: readonly (string | undefined)[],
  before: ShellSettings,
): ShellSettings {
  const [action = "", ...signals] = words[0] === "--" ? words.slice(1) : words;
  const { status, leaves } = endOfAction(script, action);
  const ends = leaves === "shell" ? status : undefined;
  const isOn = (name: RegExp): boolean => signals.some((signal) => name.test(signal ?? ""));
  return {
    ...before,
    ...(isOn(/^(?:EXIT|0)$/) && { endsWell: ends === true }),
    ...(isOn(/^ERR$/) && {
      onError: ends === true ? "ends well" : ends === false && before.knowsErr ? "exits" : undefined,
    }),
  };
}

/** It runs when something failed. */
function endOfAction(script: KnownScript, action: string): KnownEnd {
  const body = script.functions.get(action);
  if (body !== undefined) return knownEndOf(script, body, false);
  return knownEndOf({ text: action, functions: new Map() }, readFlow(action).flow, false);
}
