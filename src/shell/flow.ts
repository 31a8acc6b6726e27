/** How the commands of a script hang together: lists, conditions, functions. `read-shell.ts` tells what each of them is. */
import { lex, type RawToken } from "./lexer.ts";

/** A part of a script, with its place in the text. */
export type Flow = { readonly start: number; readonly end: number } & Form;

type Form =
  /** `words` as written, without redirections. */
  | { readonly kind: "command"; readonly words: readonly string[] }
  | { readonly kind: "list" | "pipe"; readonly parts: readonly Flow[] }
  | { readonly kind: "and" | "or"; readonly left: Flow; readonly right: Flow }
  | { readonly kind: "not" | "subshell"; readonly body: Flow }
  | { readonly kind: "if"; readonly condition: Flow; readonly body: Flow; readonly otherwise: Flow | undefined }
  | { readonly kind: "loop"; readonly condition: Flow | undefined; readonly body: Flow }
  | { readonly kind: "case"; readonly subject: string; readonly arms: readonly CaseArm[] }
  | { readonly kind: "function"; readonly name: string; readonly body: Flow };

/** `a|b) …;;` */
export interface CaseArm {
  readonly patterns: readonly string[];
  readonly body: Flow;
}

/** More than anybody writes; deeper texts are not read. */
const maxDepth = 200;

/** Reads a script's structure; `undefined` when its syntax is beyond us. Never throws. */
export function readFlow(text: string): Flow | undefined {
  const { tokens, closed } = lex(text, 0, text.length);
  const reader = new FlowReader(text, tokens);
  const flow = reader.list([]);
  return closed && reader.isWhole ? flow : undefined;
}

const newlines: readonly string[] = ["\n"];
const separators: readonly string[] = [";", "\n", "&"];

class FlowReader {
  readonly #text: string;
  readonly #tokens: readonly RawToken[];
  #at = 0;
  #depth = 0;
  isWhole = true;

  constructor(text: string, tokens: readonly RawToken[]) {
    this.#text = text;
    this.#tokens = tokens;
  }

  /** Commands up to a reserved word or an operator of `ends`, or to the end of the text. */
  list(ends: readonly string[]): Flow {
    const start = this.#here;
    const parts: Flow[] = [];
    for (;;) {
      this.#skip(separators);
      if (this.#at >= this.#tokens.length || ends.includes(this.#next())) break;
      const before = this.#at;
      parts.push(this.#andOr());
      if (this.#at === before) this.#giveUp();
    }
    return { kind: "list", parts, ...this.#from(start) };
  }

  #andOr(): Flow {
    let left = this.#pipe();
    for (;;) {
      const operator = this.#next();
      if (operator !== "&&" && operator !== "||") return left;
      this.#at++;
      this.#skip(newlines);
      left = { kind: operator === "&&" ? "and" : "or", left, right: this.#pipe(), ...this.#from(left.start) };
    }
  }

  #pipe(): Flow {
    const start = this.#here;
    let negated = false;
    for (; this.#next() === "!"; this.#at++) negated = !negated;
    let body = this.#command();
    const parts = [body];
    while (this.#next() === "|") {
      this.#at++;
      this.#skip(separators);
      parts.push(this.#command());
    }
    if (parts.length > 1) body = { kind: "pipe", parts, ...this.#from(start) };
    return negated ? { kind: "not", body, ...this.#from(start) } : body;
  }

  #command(): Flow {
    if (++this.#depth > maxDepth) this.#giveUp();
    const start = this.#here;
    const form = this.#form();
    // Those of a compound command; a simple one has taken its own.
    while (this.#tokens[this.#at]?.kind === "redirection") this.#at += 2;
    this.#depth--;
    return { ...form, ...this.#from(start) };
  }

  #form(): Form {
    switch (this.#next()) {
      case "if":
        return this.#if();
      case "while":
      case "until": {
        this.#at++;
        const condition = this.#upTo("do");
        return { kind: "loop", condition, body: this.#upTo("done") };
      }
      case "for":
      case "select":
        while (this.#at < this.#tokens.length && this.#next() !== "do") this.#at++;
        this.#at++;
        return { kind: "loop", condition: undefined, body: this.#upTo("done") };
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

  /** Behind `if` or `elif`. */
  #if(): Form {
    if (++this.#depth > maxDepth) this.#giveUp();
    this.#at++;
    const condition = this.#upTo("then");
    const body = this.list(["elif", "else", "fi"]);
    const start = this.#here;
    let otherwise: Flow | undefined;
    if (this.#next() === "elif") {
      otherwise = { ...this.#if(), ...this.#from(start) };
    } else {
      if (this.#next() === "else") {
        this.#at++;
        otherwise = this.list(["fi"]);
      }
      this.#expect("fi");
    }
    this.#depth--;
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
    const words: string[] = [];
    for (;;) {
      const token = this.#tokens[this.#at];
      if (token?.kind === "redirection") {
        this.#at += 2;
      } else if (token?.kind === "word") {
        words.push(this.#take());
      } else if (this.#next() === "(" && words.length === 1 && /^[A-Za-z_]\w*\+?=$/.test(words[0] ?? "")) {
        // `names=(a b)`: words that nothing runs.
        while (this.#at < this.#tokens.length && this.#next() !== ")") this.#at++;
        this.#at++;
      } else if (this.#next() === "(" && words.length === 1) {
        this.#at--;
        return this.#function();
      } else {
        return { kind: "command", words };
      }
    }
  }

  /** A list and the word that ends it. */
  #upTo(end: string): Flow {
    const list = this.list([end]);
    this.#expect(end);
    return list;
  }

  #expect(text: string): void {
    if (this.#next() === text) this.#at++;
    else this.#giveUp();
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
  #next(): string {
    const token = this.#tokens[this.#at];
    if (token?.kind === "operator") return token.text;
    return token?.kind === "word" && token.plain ? this.#text.slice(token.start, token.end) : "";
  }

  get #here(): number {
    return this.#tokens[this.#at]?.start ?? this.#text.length;
  }

  /** From there to the end of the last token that was read. */
  #from(start: number): { readonly start: number; readonly end: number } {
    return { start, end: Math.max(start, this.#tokens[Math.min(this.#at, this.#tokens.length) - 1]?.end ?? start) };
  }

  /** What cannot be read ends the reading. */
  #giveUp(): void {
    this.isWhole = false;
    this.#at = this.#tokens.length;
  }
}
