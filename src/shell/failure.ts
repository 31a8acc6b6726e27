/** What becomes of a script when one of its commands fails: `||`, `;`, pipes, conditions and `set -e` decide it. */
import type { FailureEnd, ShellCommand } from "./model.ts";

/** A command that is read; what its failure does is written into it. */
export type ReadCommand = Omit<ShellCommand, "onFailure"> & { onFailure: FailureEnd };

/** Options that a shell starts with or `set` gives it, as far as they decide what a failure does. */
export interface FailureOptions {
  readonly errexit: boolean;
  readonly pipefail: boolean;
}

/** Groups stay whole, so that deep nesting costs no more than flat text. */
type Part = ReadCommand | readonly Part[];

/** A subshell, a `{ … }`, an `if` or a script in a word: one command to what stands around it. */
interface Frame {
  /** The pipeline that runs last: its failure is that of the list. */
  last: Part[];
  /** What `&&` follows: their failure skips the rest and is that of the list too. */
  before: Part[];
  /** What `||` follows, while that which catches it is read. */
  rescued: Part[] | undefined;
  /** Their failure ends the frame at once (`set -e`). */
  readonly leaving: Part[];
  /** Theirs ends the shell (`|| exit 1`), whatever stands around the frame. */
  readonly exiting: Part[];
  /** `;` was read: it counts when something follows. */
  separated: boolean;
  /** Ends with an `exit` that passes a failure on. */
  exits: boolean;
  /** Ends with what fails in its place (`false`, `(exit 1)`), so that the list fails all the same. */
  fails: boolean;
  options: FailureOptions;
  /** Behind `||`: may not run. */
  readonly conditional: boolean;
}

const isCommand = (part: Part): part is ReadCommand => "words" in part;

/** The options that the words of `set`, or of a shell's start, leave in force. */
export function optionsAfter(words: readonly (string | undefined)[], before: FailureOptions): FailureOptions {
  let { errexit, pipefail } = before;
  for (const [index, word = ""] of words.entries()) {
    const match = /^([-+])([a-zA-Z]+)$/.exec(word);
    if (match === null) continue;
    const isOn = match[1] === "-";
    const letters = match[2] ?? "";
    const name = letters.endsWith("o") ? words[index + 1] : undefined;
    if (letters.includes("e") || name === "errexit") errexit = isOn;
    if (name === "pipefail") pipefail = isOn;
  }
  return { errexit, pipefail };
}

/** `exit` and `exit 3` behind `||` pass the failure on. */
const passesOn = ({ words }: ReadCommand): boolean => words[0]?.value === "exit" && words[1]?.value !== "0";

/** Follows a script from its first command to its last. */
export class FailureReader {
  readonly #outer: Frame[] = [];
  #frame: Frame;

  constructor(options: FailureOptions) {
    this.#frame = newFrame(options, false);
  }

  /** Behind `||`, or in a group behind it. */
  get conditional(): boolean {
    return this.#frame.conditional;
  }

  /** A command; `negated` by a `!` in front of it. */
  add(command: ReadCommand, negated: boolean): void {
    this.#separate();
    const frame = this.#frame;
    const name = command.words[0]?.value;
    if (name === "set") {
      frame.options = optionsAfter(
        command.words.slice(1).map(({ value }) => value),
        frame.options,
      );
    }
    if (passesOn(command) && frame.before.length === 0) frame.exits = true;
    if (!negated && (name === "false" || name === "return")) frame.fails = true;
    if (negated) command.onFailure = "caught";
    else frame.last.push(command);
  }

  /** `&&`, `||`, `|`, `&`, `;` and the end of a line. */
  join(operator: ShellCommand["joinedBy"]): void {
    const frame = this.#frame;
    switch (operator) {
      case "&&":
        this.#rescue();
        frame.before.push(frame.last);
        frame.last = [];
        break;
      case "||":
        this.#rescue();
        frame.rescued = [frame.before, frame.last];
        frame.before = [];
        frame.last = [];
        break;
      case "|":
        if (frame.options.pipefail) break;
        this.#mark(frame.last, "unnoticed");
        frame.last = [];
        break;
      case "&":
        this.#rescue();
        this.#mark([frame.before, frame.last], "unnoticed");
        frame.before = [];
        frame.last = [];
        break;
      case ";":
        frame.separated = true;
        break;
      case "start":
    }
  }

  /** How many groups are open. */
  get depth(): number {
    return this.#outer.length;
  }

  /** The script ends. */
  finish(): void {
    this.#rescue();
  }

  /** A group begins; `options` when a shell of its own reads it. */
  open(options?: FailureOptions): void {
    this.#separate();
    const frame = this.#frame;
    this.#outer.push(frame);
    this.#frame = newFrame(options ?? frame.options, frame.conditional || frame.rescued !== undefined);
  }

  /** The group ends and fails as its last list does; `unnoticed` where nobody asks (`$(…)`). */
  close(kind: "group" | "subshell" | "unnoticed"): void {
    const outer = this.#outer.pop();
    if (outer === undefined) return;
    const inner = this.#frame;
    this.#rescue();
    const parts: Part = [inner.leaving, inner.before, inner.last];
    this.#frame = outer;
    if (kind === "unnoticed") this.#mark([parts, inner.exiting], "unnoticed");
    else outer.last.push(parts);
    if (kind === "subshell") outer.last.push(inner.exiting);
    if (kind !== "unnoticed") outer.fails ||= inner.fails || (kind === "subshell" && inner.exits);
    if (kind !== "group") return;
    outer.exiting.push(inner.exiting);
    outer.options = inner.options;
    outer.exits ||= inner.exits && outer.before.length === 0;
  }

  /** What was read in this group was a condition (`then`, `do`). */
  condition(): void {
    const frame = this.#frame;
    this.#rescue();
    this.#mark([frame.leaving, frame.before, frame.last], "caught");
    frame.leaving.length = 0;
    this.#restart();
  }

  /** A branch ends (`else`, `;;`): what follows runs instead of it. */
  branch(): void {
    const frame = this.#frame;
    this.#rescue();
    frame.leaving.push(frame.before, frame.last);
    this.#restart();
  }

  #restart(): void {
    const frame = this.#frame;
    frame.before = [];
    frame.last = [];
    frame.separated = false;
    frame.exits = false;
    frame.fails = false;
  }

  /** Something follows a `;`: a failure in front of it is gone over, or ends the script under `set -e`. */
  #separate(): void {
    const frame = this.#frame;
    if (!frame.separated) return;
    this.#rescue();
    // `set -e` looks at the last command of `a && b` only.
    this.#mark(frame.before, "unnoticed");
    if (frame.options.errexit) frame.leaving.push(frame.last);
    else this.#mark(frame.last, "unnoticed");
    this.#restart();
  }

  /** What caught a failure is read: it did, or passed it on. */
  #rescue(): void {
    const frame = this.#frame;
    const { rescued } = frame;
    if (rescued === undefined) return;
    frame.rescued = undefined;
    if (frame.exits) frame.exiting.push(rescued);
    else if (frame.fails) frame.last = [rescued, frame.last];
    else this.#mark(rescued, "caught");
    frame.exits = false;
    frame.fails = false;
  }

  #mark(part: Part, end: FailureEnd): void {
    const open: Part[] = [part];
    for (let one = open.pop(); one !== undefined; one = open.pop()) {
      if (isCommand(one)) one.onFailure = end;
      else for (const inner of one) open.push(inner);
    }
  }
}

const newFrame = (options: FailureOptions, conditional: boolean): Frame => ({
  last: [],
  before: [],
  rescued: undefined,
  leaving: [],
  exiting: [],
  separated: false,
  exits: false,
  fails: false,
  options,
  conditional,
});
