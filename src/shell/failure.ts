/** What becomes of a script when one of its parts fails: `||`, `;`, pipes, conditions and `set -e` decide it. */
import { writtenName, writtenWords, type Flow } from "./flow.ts";
import { isPassedOn, knownEndOf, type KnownEnd, type KnownScript } from "./known-end.ts";
import type { FailureEnd } from "./model.ts";
import type { ShellSettings } from "./shell-settings.ts";

/** What stands around a part makes of the way it ends. */
export interface Surroundings {
  /** Of its failure, where that does not end the shell at once. */
  readonly failed: FailureEnd;
  /** Of its success, which is a failure behind `!`. */
  readonly succeeded: FailureEnd;
  /** Of a shell that ends here with a failure. */
  readonly left: FailureEnd;
  /** Of a function that returns here with a failure. */
  readonly returned: FailureEnd;
  /** `set -e` looks away: a condition, `!`, or the left of `&&` and `||`. */
  readonly isAsked: boolean;
}

/** Those of a whole script. */
export const outermost: Surroundings = {
  failed: "stops",
  succeeded: "caught",
  left: "stops",
  returned: "stops",
  isAsked: false,
};

/** What a failure of a command, or of a subshell, does. */
export function endOfFailure(around: Surroundings, { errexit, onError, endsWell }: ShellSettings): FailureEnd {
  const leaves = errexit || onError === "exits";
  const end = around.isAsked || !(leaves || onError) ? around.failed : leaves ? around.left : "caught";
  return endsWell && end === "stops" ? "caught" : end;
}

/** Inside a shell of its own: a subshell, `sh -c`, a pipe. */
export function insideShell(around: Surroundings, settings: ShellSettings): Surroundings {
  const end = endOfFailure(around, settings);
  return { ...around, failed: end, left: end, returned: end };
}

/** Inside a function's body, where it is called. */
export function insideFunction(around: Surroundings, settings: ShellSettings): Surroundings {
  const end = endOfFailure(around, settings);
  return { ...around, failed: end, returned: end };
}

/** Inside what nobody waits for, or whose status nobody asks. */
export const insideUnasked = ({ isAsked }: Surroundings): Surroundings => ({
  failed: "unnoticed",
  succeeded: "caught",
  left: "unnoticed",
  returned: "unnoticed",
  isAsked,
});

/** Each part of a list. */
export function insideList(text: string, parts: readonly Flow[], around: Surroundings): readonly Surroundings[] {
  const goneOver: Surroundings = { ...around, failed: "unnoticed", succeeded: "caught" };
  return parts.map((_, index) => {
    const next = parts[index + 1];
    if (next === undefined) return around;
    const end = passedOn(text, next, around);
    return end === undefined ? goneOver : { ...goneOver, failed: end };
  });
}

/** `x; exit` passes on what `x` left. */
function passedOn(text: string, next: Flow, { left, returned }: Surroundings): FailureEnd | undefined {
  const name = next.kind === "command" ? writtenName(text, next.tokens) : undefined;
  if (next.kind !== "command" || (name !== "exit" && name !== "return")) return undefined;
  if (!isPassedOn(writtenWords(text, next)[1])) return undefined;
  return name === "exit" ? left : returned;
}

/** Each part of `a && b || c`. */
export function insideChain(
  script: KnownScript,
  { parts, operators }: Flow & { readonly kind: "chain" },
  around: Surroundings,
  settings: ShellSettings,
): readonly Surroundings[] {
  const inside: Surroundings[] = [];
  /** What the status comes to behind the part that was looked at. */
  let { failed, succeeded } = around;
  for (let index = parts.length - 1; index >= 0; index--) {
    const part = parts[index];
    if (part === undefined) break;
    const isLast = index === operators.length;
    const own = isLast ? around : { ...around, failed, succeeded, isAsked: true };
    inside.push(isSkipped(script, parts[index - 1], operators, index) ? insideUnasked(around) : own);
    // What does not run leaves the status as it is.
    const isRescue = operators[index - 1] === "||";
    const end = afterKnown(knownEndOf(script, part, !isRescue), own, endOfFailure(own, settings));
    if (isRescue) failed = end;
    else succeeded = end;
  }
  return inside.toReversed();
}

/** Never runs, as what stands before it is known: `true || x`. */
function isSkipped(
  script: KnownScript,
  before: Flow | undefined,
  operators: readonly ("&&" | "||")[],
  index: number,
): boolean {
  const operator = operators[index - 1];
  if (before === undefined || (index > 1 && operators[index - 2] !== operator)) return false;
  return knownEndOf(script, before, undefined).status === (operator === "||");
}

/** The condition of an `if`, whose branches may pass on what it said. */
export function insideCondition(
  script: KnownScript,
  { body, otherwise }: Flow & { readonly kind: "if" },
  around: Surroundings,
  settings: ShellSettings,
): Surroundings {
  const own = endOfFailure(around, settings);
  return {
    ...around,
    failed: otherwise === undefined ? "caught" : afterKnown(knownEndOf(script, otherwise, false), around, own),
    succeeded: afterKnown(knownEndOf(script, body, true), around, own),
    isAsked: true,
  };
}

/** That of a loop. */
export const insideQuestion = (around: Surroundings): Surroundings => ({
  ...around,
  failed: "caught",
  succeeded: "caught",
  isAsked: true,
});

/** Behind `!`. */
export const insideNot = (around: Surroundings): Surroundings => ({
  ...around,
  failed: around.succeeded,
  succeeded: around.failed,
  isAsked: true,
});

/** What is caught by a part that ends in a known way is caught, or passed on. */
function afterKnown({ status, leaves }: KnownEnd, around: Surroundings, failed: FailureEnd): FailureEnd {
  if (status === undefined) return "caught";
  if (leaves === undefined) return status ? around.succeeded : failed;
  if (status) return "caught";
  return leaves === "shell" ? around.left : around.returned;
}
