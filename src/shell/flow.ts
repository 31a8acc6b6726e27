/** How the commands of a script hang together: lists, conditions, functions. `read-shell.ts` tells what each of them is. */
import { lex, type RawToken } from "./lexer.ts";

/** A part of a script, with its place in the text. */
export type Flow = {
  readonly start: number;
  readonly end: number;
  /** Those of a compound command; a simple one has its own among its tokens. */
  readonly redirections?: readonly RawToken[];
} & Form;

type Form =
  | CommandForm
  | { readonly kind: "list"; readonly parts: readonly Flow[] }
  | { readonly kind: "pipe"; readonly parts: readonly Flow[] }
  /** `a && b || c`: an operator stands between each two parts. */
  | { readonly kind: "chain"; readonly parts: readonly Flow[]; readonly operators: readonly ("&&" | "||")[] }
  | { readonly kind: "not" | "subshell" | "background"; readonly body: Flow }
  | { readonly kind: "if"; readonly condition: Flow; readonly body: Flow; readonly otherwise: Flow | undefined }
  | {
      readonly kind: "loop";
      readonly condition: Flow | undefined;
      readonly body: Flow;
      /** What `for` sets, and to which words. */
      readonly variable: string | undefined;
      readonly items: readonly RawToken[];
    }
  | { readonly kind: "case"; readonly subject: string; readonly arms: readonly CaseArm[] }
  | { readonly kind: "function"; readonly name: string; readonly body: Flow };

/** A simple command: its words, assignments and redirections; of `names=(a b)` only the name. */
export interface CommandForm {
  readonly kind: "command";
  readonly tokens: readonly RawToken[];
}

/** `a|b) …;;` */
export interface CaseArm {
  readonly patterns: readonly string[];
  readonly body: ListFlow;
}

export type ListFlow = Flow & { readonly kind: "list" };

/** A script's structure. */
export interface ScriptFlow {
  readonly flow: Flow;
  /** Names that commands are called by, as far as they are plain. */
  readonly called: ReadonlySet<string>;
  /** `false` when its syntax is beyond us: the structure is then what could be made of it. */
  readonly isWhole: boolean;
}

/** More than anybody writes; deeper texts are not read. */
const maxDepth = 200;

/** Reads the structure of `[start, end)` of a text. Never throws. */
export function readFlow(text: string, start = 0, end = text.length): ScriptFlow {
  const { tokens, closed } = lex(text, start, end);
  const reader = new FlowReader(text, tokens, end);
  const flow = reader.list([]);
  return { flow, called: reader.called, isWhole: closed && reader.isWhole };
}

/** What a simple command calls, as written; `undefined` for assignments and redirections alone. */
export function writtenName(text: string, tokens: readonly RawToken[]): string | undefined {
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index];
    if (token === undefined) break;
    const word = text.slice(token.start, token.end);
    if (token.kind === "redirection") index++;
    else if (!isAssignment(word)) return word;
  }
  return undefined;
}

/** The words of a simple command as written, without redirections. */
export function writtenWords(text: string, { tokens }: CommandForm): readonly string[] {
  const words: string[] = [];
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index];
    if (token?.kind === "redirection") index++;
    else if (token !== undefined) words.push(text.slice(token.start, token.end));
  }
  return words;
}

/** `NAME=value` in front of a command, or for itself. */
export const isAssignment = (word: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*\+?=/.test(word);

const compounds: ReadonlySet<string> = new Set([
  "if", "while", "until", "for", "select", "case", "{", "(", "function",
]); // prettier-ignore
const newlines: readonly string[] = ["\n"];
const separators: readonly string[] = [";", "\n", "&"];

class FlowReader {
  readonly #text: string;
  readonly #tokens: readonly RawToken[];
  readonly #end: number;
  #at = 0;
  #depth = 0;
  readonly called = new Set<string>();
  isWhole = true;

  constructor(text: string, tokens: readonly RawToken[], end: number) {
    this.#text = text;
    this.#tokens = tokens;
    this.#end = end;
  }

  /** Commands up to a reserved word or an operator of `ends`, or to the end of the text. */
  list(ends: readonly string[]): ListFlow {
    const start = this.#here;
    const parts: Flow[] = [];
    for (;;) {
      this.#skip(separators);
      if (this.#at >= this.#tokens.length || ends.includes(this.#next())) break;
      const before = this.#at;
      const part = this.#chain();
      if (this.#at === before) this.#giveUp();
      else parts.push(this.#next() === "&" ? { kind: "background", body: part, ...this.#from(part.start) } : part);
    }
    return { kind: "list", parts, ...this.#from(start) };
  }

  #chain(): Flow {
    const first = this.#pipe();
    const parts = [first];
    const operators: ("&&" | "||")[] = [];
    for (;;) {
      const operator = this.#next();
      if (operator !== "&&" && operator !== "||") break;
      this.#at++;
      this.#skip(newlines);
      operators.push(operator);
      parts.push(this.#pipe());
    }
    return operators.length === 0 ? first : { kind: "chain", parts, operators, ...this.#from(first.start) };
  }

  #pipe(): Flow {
    const start = this.#here;
    let negated = false;
    for (; this.#next() === "!"; this.#at++) negated = !negated;
    let body = this.#command();
    const parts = [body];
    while (this.#next() === "|") {
      this.#at++;
      // `|&` is bash's.
      this.#skip(separators);
      parts.push(this.#command());
    }
    if (parts.length > 1) body = { kind: "pipe", parts, ...this.#from(start) };
    return negated ? { kind: "not", body, ...this.#from(start) } : body;
  }

  #command(): Flow {
    const start = this.#here;
    if (this.#depth >= maxDepth && compounds.has(this.#next())) {
      this.#giveUp();
      return { kind: "list", parts: [], ...this.#from(start) };
    }
    this.#depth++;
    const form = this.#form();
    const from = this.#at;
    while (this.#tokens[this.#at]?.kind === "redirection") this.#at += 2;
    this.#depth--;
    const redirections = this.#tokens.slice(from, this.#at);
    return { ...form, ...(redirections.length > 0 && { redirections }), ...this.#from(start) };
  }

  #form(): Form {
    switch (this.#next()) {
      case "if":
        return this.#if();
      case "while":
      case "until": {
        this.#at++;
        const condition = this.#upTo("do");
        return { kind: "loop", condition, body: this.#upTo("done"), variable: undefined, items: [] };
      }
      case "for":
      case "select": {
        this.#at++;
        const variable = this.#next();
        // Behind the name and `in`.
        const from = this.#at + 2;
        while (this.#at < this.#tokens.length && this.#next() !== "do") this.#at++;
        const items = this.#tokens.slice(from, this.#at);
        this.#at++;
        return { kind: "loop", condition: undefined, body: this.#upTo("done"), variable, items };
      }
      case "case":
        return this.#case();
      case "{":
        this.#at++;
        return this.#upTo("}");
      case "(":
        this.#at++;
        return { kind: "subshell", body: this.#upTo(")") };
      case "function":
        this.#at++;
        return this.#function();
      default:
        return this.#simple();
    }
  }

  /** At `if` or `elif`. */
  #if(): Form {
    this.#at++;
    const condition = this.#upTo("then");
    const body = this.list(["elif", "else", "fi"]);
    const start = this.#here;
    let otherwise: Flow | undefined;
    if (this.#next() === "elif" && this.#depth < maxDepth) {
      this.#depth++;
      otherwise = { ...this.#if(), ...this.#from(start) };
      this.#depth--;
    } else {
      if (this.#next() === "else") {
        this.#at++;
        otherwise = this.list(["fi"]);
      }
      this.#expect("fi");
    }
    return { kind: "if", condition, body, otherwise };
  }

  #case(): Form {
    this.#at++;
    const subject = this.#take();
    this.#skip(newlines);
    this.#expect("in");
    const arms: CaseArm[] = [];
    for (;;) {
      this.#skip(newlines);
      if (this.#next() === "esac" || this.#at >= this.#tokens.length) break;
      if (this.#next() === "(") this.#at++;
      const patterns: string[] = [];
      while (this.#at < this.#tokens.length && this.#next() !== ")") {
        const word = this.#take();
        if (word !== "|") patterns.push(word);
      }
      this.#expect(")");
      arms.push({ patterns, body: this.list([";;", "esac"]) });
      if (this.#next() === ";;") this.#at++;
    }
    this.#expect("esac");
    return { kind: "case", subject, arms };
  }

  /** Behind `function`, or at the name of `name() …`. */
  #function(): Form {
    const name = this.#take();
    if (this.#next() === "(") {
      this.#at++;
      this.#expect(")");
    }
    this.#skip(newlines);
    return { kind: "function", name, body: this.#command() };
  }

  #simple(): Form {
    const from = this.#at;
    let to = from;
    let name: string | undefined;
    for (;;) {
      const token = this.#tokens[this.#at];
      if (token?.kind === "redirection") {
        this.#at += 2;
      } else if (token?.kind === "word") {
        const word = this.#take();
        if (name === undefined && !isAssignment(word)) name = token.plain ? word : "";
      } else if (this.#next() === "(" && this.#beginsList()) {
        // `names=(a b)`: words that nothing runs.
        while (this.#at < this.#tokens.length && this.#next() !== ")") this.#at++;
        this.#at++;
        continue;
      } else if (this.#next() === "(" && this.#at === from + 1 && this.#beginsFunction()) {
        this.#at--;
        return this.#function();
      } else {
        if (name !== undefined) this.called.add(name);
        return { kind: "command", tokens: this.#tokens.slice(from, to) };
      }
      to = this.#at;
    }
  }

  /** At the `(` behind a name. */
  #beginsFunction(): boolean {
    return this.#next(1) === ")" && this.#depth < maxDepth;
  }

  /** At the `(` behind `names=`. */
  #beginsList(): boolean {
    const before = this.#tokens[this.#at - 1];
    return (
      before?.kind === "word" &&
      before.end === this.#here &&
      /^[A-Za-z_]\w*\+?=$/.test(this.#text.slice(before.start, before.end))
    );
  }

  /** A list and the word that ends it. */
  #upTo(end: string): Flow {
    const list = this.list([end]);
    this.#expect(end);
    return list;
  }

  #expect(text: string): void {
    if (this.#next() === text) this.#at++;
    else this.isWhole = false;
  }

  #skip(operators: readonly string[]): void {
    while (this.#tokens[this.#at]?.kind === "operator" && operators.includes(this.#next())) this.#at++;
  }

  /** The next token as written. */
  #take(): string {
    const token = this.#tokens[this.#at++];
    return token === undefined ? "" : this.#text.slice(token.start, token.end);
  }

  /** The next operator or word without quotes, which may be a reserved one; `""` for anything else. */
  #next(ahead = 0): string {
    const token = this.#tokens[this.#at + ahead];
    if (token?.kind === "operator") return token.text;
    return token?.kind === "word" && token.plain ? this.#text.slice(token.start, token.end) : "";
  }

  get #here(): number {
    return this.#tokens[this.#at]?.start ?? this.#end;
  }

  /** From there to the end of the last token that was read. */
  #from(start: number): { readonly start: number; readonly end: number } {
    return { start, end: Math.max(start, this.#tokens[Math.min(this.#at, this.#tokens.length) - 1]?.end ?? start) };
  }

  /** What cannot be read is left out. */
  #giveUp(): void {
    this.isWhole = false;
    this.#at++;
  }
}
