/** What a part of a script comes to, where its text alone tells: `echo no; exit 1` ends the script with a failure. */
import { writtenName, writtenWords, type CommandForm, type Flow } from "./flow.ts";

/** How a part ends. */
export interface KnownEnd {
  /** `undefined` where only running tells. */
  readonly status: boolean | undefined;
  /** It ends more than itself. */
  readonly leaves?: "shell" | "function";
}

/** The text of a script, with the functions that it has defined. */
export interface KnownScript {
  readonly text: string;
  readonly functions: ReadonlyMap<string, Flow>;
  /** What their bodies come to, as far as somebody asked. */
  readonly ends?: Map<Flow, KnownEnd>;
}

const unknown: KnownEnd = { status: undefined };
const succeeds: KnownEnd = { status: true };
const succeeding: ReadonlySet<string> = new Set(["true", ":", "echo", "printf", "set", "unset", "umask"]);
/** Functions that call functions would go on for ever. */
const maxDepth = 20;

/** @param before the status of what ran before, which a bare `exit` passes on */
export const knownEndOf = (script: KnownScript, flow: Flow, before: boolean | undefined): KnownEnd =>
  endOf(script, flow, before, 0);

function endOf(script: KnownScript, flow: Flow, before: boolean | undefined, depth: number): KnownEnd {
  if (depth > maxDepth) return unknown;
  const inside = (part: Flow, status: boolean | undefined): KnownEnd => endOf(script, part, status, depth + 1);
  switch (flow.kind) {
    case "command":
      return endOfCommand(script, flow, before, depth);
    case "list": {
      let end: KnownEnd = { status: flow.parts.length === 0 ? true : before };
      for (const part of flow.parts) {
        end = inside(part, end.status);
        if (end.leaves !== undefined) break;
      }
      return end;
    }
    case "chain": {
      let end: KnownEnd = { status: before };
      for (const [index, part] of flow.parts.entries()) {
        const operator = flow.operators[index - 1];
        if (operator !== undefined && end.status === undefined) return unknown;
        if (operator === undefined || end.status === (operator === "&&")) end = inside(part, end.status);
        if (end.leaves !== undefined) break;
      }
      return end;
    }
    case "not": {
      const { status, ...rest } = inside(flow.body, before);
      return rest.leaves === undefined ? { status: status === undefined ? undefined : !status } : { status, ...rest };
    }
    case "subshell":
      return { status: inside(flow.body, before).status };
    case "if": {
      const condition = inside(flow.condition, before);
      if (condition.leaves !== undefined) return condition;
      const yes = inside(flow.body, true);
      const no = flow.otherwise === undefined ? succeeds : inside(flow.otherwise, false);
      if (condition.status !== undefined) return condition.status ? yes : no;
      return yes.status === no.status && yes.leaves === no.leaves ? yes : unknown;
    }
    case "function":
    case "background":
      return succeeds;
    case "loop":
    case "case":
    case "pipe":
      return unknown;
  }
}

function endOfCommand(script: KnownScript, command: CommandForm, before: boolean | undefined, depth: number): KnownEnd {
  const name = writtenName(script.text, command.tokens);
  // Of assignments alone the last substitution tells.
  if (name === undefined)
    return command.tokens.some((token) => token.kind === "word" && token.substitutions.length > 0) ? unknown : succeeds;
  const body = script.functions.get(name);
  if (body !== undefined) return endOfCall(script, body, depth);
  if (name === "exit" || name === "return") {
    const words = writtenWords(script.text, command);
    const status = statusOf(words[words.indexOf(name) + 1], before);
    return { status, leaves: name === "exit" ? "shell" : "function" };
  }
  if (name === "false") return { status: false };
  return succeeding.has(name) ? succeeds : unknown;
}

function endOfCall(script: KnownScript, body: Flow, depth: number): KnownEnd {
  const known = script.ends?.get(body);
  if (known !== undefined) return known;
  // One that calls itself is asked again.
  script.ends?.set(body, unknown);
  const { status, leaves } = endOf(script, body, undefined, depth + 1);
  const end: KnownEnd = leaves === "shell" ? { status, leaves } : { status };
  script.ends?.set(body, end);
  return end;
}

/** A variable holds what somebody took for a failure. */
const statusOf = (operand: string | undefined, before: boolean | undefined): boolean | undefined =>
  isPassedOn(operand) ? before : operand === "0";

/** Whether an `exit` or a `return` passes on the status that was there: it has no operand, or `$?`. */
export const isPassedOn = (operand: string | undefined): boolean =>
  operand === undefined || /^"?\$\{?\?\}?"?$/.test(operand);
