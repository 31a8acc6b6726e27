/** Follows a script as a user that is not root would run it, to tell what it comes to. Runs nothing. */
import { readFlow, writtenWords, type Flow } from "../shell/flow.ts";
import type { ShellCommand } from "../shell/model.ts";
import { isOnlyWhenSet, type IsUnset } from "./unset-tests.ts";
import { both, either, opposite, UserKnowledge, type Status } from "./user-tests.ts";

/** Something that only root may do, with its place in the text. */
export interface RootStep {
  readonly start: number;
  readonly end: number;
}

/**
 * How a script ends for a user that is not root: at one of the steps that only root may do, in a refusal (`exit 1`),
 * without either, or in a way that nobody can tell. What it does only where somebody sets a variable is left out.
 */
export type NonRootEnd<T> = T | "refuses" | "passes" | "doubt";

/**
 * Follows a script. `steps` are in the order of the text.
 * @param isSourced another script takes it in, and calls its functions or does not.
 */
export function runAsNonRoot<T extends RootStep>(
  text: string,
  flow: Flow,
  steps: readonly T[],
  isSourced: boolean,
  isUnset: IsUnset,
): NonRootEnd<T> {
  return new NonRootRun(text, steps, isUnset).follow(flow, isSourced);
}

/**
 * The commands of a script that a user other than root gets to, each by itself; none where the text is not read whole.
 */
export function reachedByAll<T extends { readonly command: Pick<ShellCommand, "span"> }>(
  text: string,
  steps: readonly T[],
  isUnset: IsUnset,
): readonly T[] {
  const { flow, isWhole } = readFlow(text);
  return isWhole
    ? steps.filter(({ command: { span } }) => runAsNonRoot(text, flow, [span], false, isUnset) === span)
    : [];
}

/** What running a part comes to: its status, and what it leaves. */
interface Outcome {
  readonly status: Status;
  readonly leaves?: "script" | "function";
}

const done: Outcome = { status: true };
const unknown: Outcome = { status: undefined };
/** Parts that are followed; functions that call functions would go on for ever. */
const maxSteps = 20_000;
const maxDepth = 1_000;
const declares: ReadonlySet<string> = new Set(["export", "local", "declare", "readonly", "typeset"]);
/** Names that a text may call functions by. */
const wordsOf = (text: string): readonly string[] => text.split(/[^\w:.-]+/);
const prints: ReadonlySet<string> = new Set(["echo", "printf", "cat"]);

class NonRootRun<T extends RootStep> {
  readonly #text: string;
  readonly #steps: readonly T[];
  readonly #isUnset: IsUnset;
  readonly #user = new UserKnowledge();
  readonly #functions = new Map<string, Flow>();
  readonly #calls: string[] = [];
  #end: NonRootEnd<T> | undefined;
  #count = 0;
  #depth = 0;
  /** Nothing but words was said since the script looked who it is. */
  #isQuiet = false;
  /** A part that may run may have left the script, so that what follows is not for everybody. */
  #mayHaveLeft = false;

  constructor(text: string, steps: readonly T[], isUnset: IsUnset) {
    this.#text = text;
    this.#steps = steps;
    this.#isUnset = isUnset;
  }

  follow(flow: Flow, isSourced: boolean): NonRootEnd<T> {
    this.#run(flow, true);
    if (isSourced) return this.#end ?? "passes";
    // What nobody calls by its name is called by an argument, or by another script.
    const counts = new Map<string, number>();
    for (const word of wordsOf(this.#text)) counts.set(word, (counts.get(word) ?? 0) + 1);
    for (const [name, body] of this.#functions) if (counts.get(name) === 1) this.#run(body, false);
    return this.#end ?? "passes";
  }

  #run(flow: Flow, certain: boolean): Outcome {
    if (this.#end !== undefined) return unknown;
    if (++this.#count > maxSteps || this.#depth >= maxDepth) {
      this.#end = "doubt";
      return unknown;
    }
    this.#depth++;
    const outcome = this.#part(flow, certain);
    this.#depth--;
    return outcome;
  }

  #part(flow: Flow, certain: boolean): Outcome {
    switch (flow.kind) {
      case "command":
        return this.#command(flow, writtenWords(this.#text, flow), certain);
      case "list": {
        let last = done;
        for (const part of flow.parts) {
          last = this.#run(part, certain);
          if (last.leaves !== undefined) break;
        }
        return last;
      }
      case "pipe":
        for (const part of flow.parts) this.#run(part, false);
        return { status: this.#user.mentions(this.#textOf(flow)) ? "doubt" : undefined };
      case "not": {
        const { status, ...rest } = this.#run(flow.body, certain);
        return { ...rest, status: opposite(status) };
      }
      case "chain":
        return this.#chain(flow, certain);
      case "background":
        return this.#run(flow.body, certain);
      case "if": {
        const condition = this.#run(flow.condition, certain);
        if (condition.leaves !== undefined) return condition;
        if (isOnlyWhenSet(this.#text, flow.condition, this.#isUnset))
          return flow.otherwise === undefined ? unknown : this.#run(flow.otherwise, false);
        return this.#choose(condition.status, flow.body, flow.otherwise, certain);
      }
      case "loop":
        if (flow.condition !== undefined) {
          this.#run(flow.condition, false);
          if (this.#user.mentions(this.#textOf(flow.condition))) this.#doubtIn(flow.body);
        }
        this.#run(flow.body, false);
        return unknown;
      case "case":
        return this.#case(flow, certain);
      case "subshell": {
        const text = this.#textOf(flow);
        if (text.startsWith("((")) return { status: this.#user.arithmetic(text) };
        return { status: this.#run(flow.body, false).status };
      }
      case "function":
        this.#functions.set(flow.name, flow.body);
        return done;
    }
  }

  #chain({ parts, operators }: Flow & { readonly kind: "chain" }, certain: boolean): Outcome {
    let outcome = done;
    // What stands behind an `||` is for everybody.
    const isAllAnd = operators.every((one) => one === "&&");
    for (const [index, part] of parts.entries()) {
      const operator = operators[index - 1];
      outcome = operator === undefined ? this.#run(part, certain) : this.#join(outcome, operator, part, certain);
      if (outcome.leaves !== undefined) break;
      if (isAllAnd && isOnlyWhenSet(this.#text, part, this.#isUnset)) return unknown;
    }
    return outcome;
  }

  #join(before: Outcome, operator: "&&" | "||", part: Flow, certain: boolean): Outcome {
    const goesOn = operator === "&&";
    if (typeof before.status === "boolean") {
      if (before.status === goesOn) return this.#decided(part, certain);
      this.#user.derive(this.#textOf(part));
      return before;
    }
    if (before.status === "doubt") this.#doubtIn(part);
    return { status: (goesOn ? both : either)(before.status, this.#run(part, false).status) };
  }

  #choose(status: Status, body: Flow, otherwise: Flow | undefined, certain: boolean): Outcome {
    if (typeof status === "boolean") {
      const taken = status ? body : otherwise;
      const outcome = taken === undefined ? done : this.#decided(taken, certain);
      for (const part of [body, otherwise]) if (part !== undefined) this.#user.derive(this.#textOf(part));
      return outcome;
    }
    if (status === "doubt") this.#doubtIn(body, otherwise);
    const yes = this.#run(body, false);
    const no = otherwise === undefined ? done : this.#run(otherwise, false);
    return {
      status: yes.status === no.status ? yes.status : both(yes.status, no.status) === "doubt" ? "doubt" : undefined,
      ...(yes.leaves !== undefined && no.leaves !== undefined && { leaves: yes.leaves }),
    };
  }

  /** The part that runs because of who the user is. */
  #decided(flow: Flow, certain: boolean): Outcome {
    this.#isQuiet = true;
    const outcome = this.#run(flow, certain);
    this.#isQuiet = false;
    return outcome;
  }

  #case({ subject, arms }: Flow & { readonly kind: "case" }, certain: boolean): Outcome {
    const identity = this.#user.identityOf(subject);
    const isOpen = identity === undefined && this.#user.mentions(subject);
    for (const { patterns, body } of arms) {
      const status =
        identity === undefined
          ? undefined
          : patterns.map((pattern) => this.#user.matches(identity, pattern)).reduce(either, false);
      if (status === true) return this.#decided(body, certain);
      if (status === false) {
        this.#user.derive(this.#textOf(body));
        continue;
      }
      if (isOpen || status === "doubt") this.#doubtIn(body);
      this.#run(body, false);
    }
    return unknown;
  }

  #command(flow: Flow, words: readonly string[], certain: boolean): Outcome {
    const assigned = words.findIndex((word) => !/^[A-Za-z_]\w*\+?=/.test(word));
    const rest = assigned === -1 ? [] : words.slice(assigned);
    const [name = "", ...operands] = rest;
    if (name === "" || declares.has(name)) {
      const text = this.#textOf(flow);
      for (const word of words) this.#assign(word, certain);
      return { status: /\$\(|`/.test(text) ? undefined : true };
    }
    const step = this.#stepIn(flow);
    if (step !== undefined) {
      // Inside a script in a word nobody has followed who it is for.
      const isOwn = step.start === flow.start && step.end === flow.end;
      this.#end = isOwn || !this.#user.mentions(this.#textOf(flow)) ? step : "doubt";
      return unknown;
    }
    const body = this.#functions.get(name);
    if (body !== undefined) return this.#call(name, body, operands, certain);
    switch (name) {
      case "true":
      case ":":
        return done;
      case "false":
        return { status: false };
      case "return":
        return { status: /^[0-9]+$/.test(operands[0] ?? "") ? operands[0] === "0" : undefined, leaves: "function" };
      case "exit":
        return this.#exit(operands[0], certain);
      case "exec":
        if (operands.length === 0) return done;
        this.#mayHaveLeft ||= !certain;
        return { status: undefined, leaves: "script" };
      default:
    }
    if (/^(?:\[\[?|test)$/.test(name) || rest.at(-1) === "]]") return { status: this.#user.test(rest) };
    if (prints.has(name)) return unknown;
    this.#isQuiet = false;
    // A library's `am_i_root` is not there to be read.
    const asksElsewhere = /root/i.test(name) && !name.includes("/");
    return { status: asksElsewhere || this.#user.mentions(this.#textOf(flow)) ? "doubt" : undefined };
  }

  #assign(word: string, certain: boolean): void {
    const [, name, value = ""] = /^([A-Za-z_]\w*)\+?=(.*)$/s.exec(word) ?? [];
    if (name !== undefined) this.#user.assign(name, value, certain);
  }

  #call(name: string, body: Flow, operands: readonly string[], certain: boolean): Outcome {
    if (this.#calls.includes(name)) return unknown;
    // Parameters are not followed into functions.
    if (this.#stepIn(body) !== undefined && this.#user.mentions(operands.join(" "))) this.#end = "doubt";
    this.#calls.push(name);
    const { status, leaves } = this.#run(body, certain);
    this.#calls.pop();
    return leaves === "script" ? { status, leaves } : { status };
  }

  /** Who is sent away with an error, or with words alone, is refused. */
  #exit(status: string | undefined, certain: boolean): Outcome {
    const isFailure = /^[0-9]+$/.test(status ?? "") && status !== "0";
    if (certain && !this.#mayHaveLeft && (isFailure || this.#isQuiet)) this.#end = "refuses";
    this.#mayHaveLeft ||= !certain;
    return { status: undefined, leaves: "script" };
  }

  /** What hangs on a test that cannot be read leaves everything open, unless it changes nothing here. */
  #doubtIn(...parts: readonly (Flow | undefined)[]): void {
    for (const part of parts) {
      if (part === undefined || this.#end !== undefined) continue;
      const text = this.#textOf(part);
      this.#user.derive(text);
      const calls = wordsOf(text).some((word) => this.#functions.has(word));
      if (calls || this.#stepIn(part) !== undefined || /\b(?:exit|exec|return)\b/.test(text)) this.#end = "doubt";
    }
  }

  #stepIn({ start, end }: Flow): T | undefined {
    let [low, high] = [0, this.#steps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#steps[middle]?.start ?? start) < start) low = middle + 1;
      else high = middle;
    }
    // Steps within steps begin together: those behind the part's end are none of it.
    for (let step = this.#steps[low]; step !== undefined && step.start < end; step = this.#steps[++low])
      if (step.end <= end) return step;
    return undefined;
  }

  #textOf({ start, end }: Flow): string {
    return this.#text.slice(start, end);
  }
}
