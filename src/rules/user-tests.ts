/** What a script's tests of its own user come to when that user is not root. */

/** What a shell word is of the user: the uid, the name, or something made of one of them. */
export type Identity = "uid" | "name" | "derived";
/** `doubt` depends on the user in a way that cannot be read; `undefined` on something else. */
export type Status = boolean | "doubt" | undefined;

const uidCommand = /^(?:\$\(|`)\s*(?:\S*\/)?id\s+(?:-u|--user)(?:\s+2>\s*\S+)?\s*[)`]$/;
const nameCommand = /^(?:\$\(|`)\s*(?:\S*\/)?(?:id\s+(?:-un|-nu|-u\s+-n|-n\s+-u)|whoami)(?:\s+2>\s*\S+)?\s*[)`]$/;
/** A command that tells the user, wherever it stands. */
const tells = /\bid\s+-un?\s*(?:2>|[)`"|;]|$)|\bid\s*\||\bwhoami\b/m;
const ownVariables: ReadonlySet<string> = new Set(["UID", "EUID"]);

/** What a script knows of its user: variables, by what they hold. */
export class UserKnowledge {
  /** `undefined` for those that hold something else. */
  readonly #variables = new Map<string, Identity | undefined>();

  /** `NAME=value`. Where it may not run, what the variable held before may still be there. */
  assign(name: string, value: string, certain: boolean): void {
    const identity = this.identityOf(value) ?? (this.mentions(value) ? "derived" : undefined);
    const before = this.#variableOf(name);
    this.#variables.set(name, certain || before === identity ? identity : "derived");
  }

  /** Says that variables which a text sets depend on the user. */
  derive(text: string): void {
    for (const [, name = ""] of text.matchAll(/(?:^|[\s;&|({])([A-Za-z_]\w*)\+?=/g))
      this.#variables.set(name, "derived");
  }

  #variableOf(name: string): Identity | undefined {
    return this.#variables.has(name) ? this.#variables.get(name) : ownVariables.has(name) ? "uid" : undefined;
  }

  /** What a word is, as written. */
  identityOf(raw: string): Identity | undefined {
    const word = /^"(.*)"$/s.exec(raw)?.[1] ?? raw;
    if (uidCommand.test(word)) return "uid";
    if (nameCommand.test(word)) return "name";
    if (ownVariables.has(word)) return this.#variableOf(word);
    const [, name, otherwise] = /^\$\{?(\w+)(?::?[-=](.*))?\}?$/s.exec(word.replace(/\}$/, "")) ?? [];
    if (name === undefined) return undefined;
    const identity = this.#variableOf(name);
    return identity === undefined || otherwise === undefined || this.identityOf(otherwise) === identity
      ? identity
      : "derived";
  }

  /** Whether a text has to do with who runs it. */
  mentions(text: string): boolean {
    return (
      tells.test(text) ||
      [...text.matchAll(/\$\{?(\w+)|\b(E?UID)\b/g)].some(
        ([, name, bare]) => this.#variableOf(name ?? bare ?? "") !== undefined,
      )
    );
  }

  /** The status of `[ … ]`, `[[ … ]]` and `test …`, whose words these are. */
  test(words: readonly string[]): Status {
    const inner = words.filter(
      (word, index) => !((index === 0 && /^(?:\[\[?|test)$/.test(word)) || /^\]\]?$/.test(word)),
    );
    return this.#any(inner);
  }

  /** `((EUID != 0))`, with its parentheses; `undefined` where it says something else. */
  arithmetic(text: string): Status {
    const match = /^\(\(\s*(\$?\{?\w+\}?|\$\([^()]*\))\s*(?:([=!<>]=|[<>])\s*(\d+)\s*)?\)\)$/.exec(text);
    if (match === null) return this.mentions(text) ? "doubt" : undefined;
    const [, left = "", operator = "!=", right = "0"] = match;
    return this.#compare(left, arithmeticOperators[operator] ?? operator, right);
  }

  /** Whether the pattern of a `case` on such a word matches. */
  matches(subject: Identity, pattern: string): Status {
    const text = pattern.replace(/^(['"])(.*)\1$/s, "$2");
    if (text === "*" || (subject === "uid" && /^\[(?:1-9|[!^]0)\]\*?$/.test(text))) return true;
    return subject === "derived" ? "doubt" : this.#equals(subject, text);
  }

  #any(words: readonly string[]): Status {
    const at = words.indexOf("-o");
    return at === -1 ? this.#all(words) : either(this.#all(words.slice(0, at)), this.#any(words.slice(at + 1)));
  }

  #all(words: readonly string[]): Status {
    const at = words.indexOf("-a", 1);
    return at === -1 ? this.#one(words) : both(this.#one(words.slice(0, at)), this.#all(words.slice(at + 1)));
  }

  #one(words: readonly string[]): Status {
    if (words[0] === "!") return opposite(this.#one(words.slice(1)));
    const [left = "", operator = "", right = ""] = words;
    if (words.length === 3) return this.#compare(left, operator, right);
    return this.mentions(words.join(" ")) ? "doubt" : undefined;
  }

  #compare(left: string, operator: string, right: string): Status {
    const isTurned = this.identityOf(left) === undefined;
    const subject = this.identityOf(isTurned ? right : left);
    const text = (isTurned ? left : right).replace(/^(['"])(.*)\1$/s, "$2");
    if (subject === undefined) return this.mentions(`${left} ${right}`) ? "doubt" : undefined;
    if (subject === "derived" || /[$`]/.test(text)) return "doubt";
    switch (operator) {
      case "=":
      case "==":
      case "-eq":
        return this.#equals(subject, text);
      case "!=":
      case "-ne":
        return opposite(this.#equals(subject, text));
      case "-gt":
        return !isTurned && text === "0" ? true : "doubt";
      case "-ge":
        return !isTurned && text === "1" ? true : "doubt";
      case "-lt":
        return isTurned ? (text === "0" ? true : "doubt") : text === "1" ? false : "doubt";
      case "-le":
        return !isTurned && text === "0" ? false : "doubt";
      default:
        return "doubt";
    }
  }

  /** Nobody but root has root's; whether the user is another certain one depends. */
  #equals(subject: "uid" | "name", text: string): Status {
    return text === (subject === "uid" ? "0" : "root") ? false : "doubt";
  }
}

const arithmeticOperators: Readonly<Record<string, string>> = { ">": "-gt", ">=": "-ge", "<": "-lt", "<=": "-le" };

export const opposite = (status: Status): Status => (typeof status === "boolean" ? !status : status);

/** `&&` of two that are known, or not. */
export const both = (left: Status, right: Status): Status =>
  left === false || right === false
    ? false
    : left === "doubt" || right === "doubt"
      ? "doubt"
      : left === true && right === true
        ? true
        : undefined;

/** `||` of two that are known, or not. */
export const either = (left: Status, right: Status): Status => opposite(both(opposite(left), opposite(right)));
