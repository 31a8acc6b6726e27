import { isDigit, isNameCharacter, isSpace } from "./characters.ts";
import { readPattern, replaceMatch, trimMatch } from "./patterns.ts";

/** What is known of a variable where a word is expanded. */
export type Lookup =
  | { readonly state: "set"; readonly value: string }
  | { readonly state: "unset" }
  | { readonly state: "unknown" };

export interface LexOptions {
  /** Escapes outside quotes, and `"`, `$` and itself inside double quotes. */
  readonly escape: string;
  readonly lookup: (name: string) => Lookup;
  /** Quotes stay in the output. */
  readonly keepQuotes?: boolean;
  /** Escapes stay in the output. */
  readonly keepEscapes?: boolean;
  /** Unset variables stay as written. */
  readonly keepUnset?: boolean;
  /** Quotes are ordinary characters (heredoc bodies). */
  readonly ignoreQuotes?: boolean;
}

/** A word after splitting, with its place in the input. */
export interface LexedWord {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

export interface Lexed {
  readonly value: string;
  readonly words: readonly LexedWord[];
  /** Names that were unset and so came out empty. */
  readonly unset: readonly string[];
  /** Names whose value nobody knows here; `value` then means nothing. */
  readonly unknown: readonly string[];
}

export type LexResult =
  | ({ readonly ok: true } & Lexed)
  /** `syntax`: no value of any variable makes it right. `unset`: `${x:?word}`. `at` is an index into the input. */
  | {
      readonly ok: false;
      readonly kind: "syntax" | "unset";
      readonly error: string;
      readonly at: number;
    };

/** Substitutions inside substitutions, beyond which nothing is read: no Containerfile needs them, the stack does. */
const depthLimit = 200;
const specialParameters = "@*#?-$!0";

class LexFault extends Error {
  readonly kind: "syntax" | "unset";
  readonly at: number;
  constructor(kind: "syntax" | "unset", message: string, at: number) {
    super(message);
    this.kind = kind;
    this.at = at;
  }
}

/**
 * Reads a text as BuildKit's word lexer (`shell/lex.go`) does: quotes and escapes removed, `$x` and `${x…}` replaced,
 * and split at white space outside quotes *after* replacing. Text in single quotes is taken as it is.
 * An unsupported form is an error value, never an exception. Time is linear in the text.
 */
export function lex(text: string, options: LexOptions): LexResult {
  const lexer = new Lexer(text, options);
  try {
    return { ok: true, ...lexer.run() };
  } catch (fault) {
    if (!(fault instanceof LexFault)) throw fault;
    return { ok: false, kind: fault.kind, error: fault.message, at: fault.at };
  }
}

/** The output of one level; all levels of one lexer share the buffer, which is BuildKit's behaviour, not a slip. */
interface WordList {
  readonly words: LexedWord[];
  inWord: boolean;
}

/** ASCII that is no blank, quote, escape or beginning of anything; a run of it is taken at once. */
const plain = /[!#%&()*+,\-./0-9:;=>?@A-Z[\]^_a-z{|}~]+/y;

class Lexer {
  readonly #text: string;
  readonly #options: LexOptions;
  readonly #unset: string[] = [];
  readonly #unknown: string[] = [];
  #at = 0;
  #depth = 0;
  #keepEscapes: boolean;
  #buffer = "";
  #bufferStart = 0;
  #bufferEnd = 0;

  constructor(text: string, options: LexOptions) {
    this.#text = text;
    this.#options = options;
    this.#keepEscapes = options.keepEscapes ?? false;
  }

  run(): Lexed {
    const { value, words } = this.#readUntil("", this.#keepEscapes);
    return { value, words, unset: [...new Set(this.#unset)], unknown: [...new Set(this.#unknown)] };
  }

  /** Reads to the end of the text, or behind the next `stop` at this level. */
  #readUntil(stop: string, keepEscapes: boolean): { value: string; words: LexedWord[] } {
    if (++this.#depth > depthLimit) throw this.#fault(`substitutions nested more than ${depthLimit} deep`);
    const outerKeepEscapes = this.#keepEscapes;
    this.#keepEscapes = keepEscapes;
    const list: WordList = { words: [], inWord: false };
    this.#buffer = "";
    let value = "";
    for (;;) {
      const from = this.#at;
      const run = this.#plainRun(stop);
      if (run !== "") {
        this.#at += run.length;
        this.#addRaw(list, run, from);
        value += run;
        continue;
      }
      const character = this.#peek();
      if (character === "") {
        if (stop !== "") throw this.#fault(`unexpected end of statement while looking for matching ${stop}`);
        break;
      }
      if (character === stop) {
        this.#at++;
        break;
      }
      const special = this.#special(character);
      if (special !== undefined) {
        value += special;
        if (character === "$") this.#addSplit(list, special, from);
        else this.#addRaw(list, special, from);
        continue;
      }
      this.#at += character.length;
      if (character !== this.#options.escape) {
        if (isSpace(character.charCodeAt(0))) this.#endWord(list);
        else this.#addRaw(list, character, from);
        value += character;
        continue;
      }
      if (this.#keepEscapes) {
        this.#addRaw(list, character, from);
        value += character;
      }
      const escaped = this.#next();
      if (escaped === "") continue;
      this.#addRaw(list, escaped, this.#at - escaped.length);
      value += escaped;
    }
    this.#flush(list);
    this.#keepEscapes = outerKeepEscapes;
    this.#depth--;
    return { value, words: list.words };
  }

  #special(character: string): string | undefined {
    if (character === "$") return this.#dollar();
    if (character === "<") return this.#possibleHeredoc();
    if (this.#options.ignoreQuotes === true) return undefined;
    if (character === "'") return this.#singleQuoted();
    return character === '"' ? this.#doubleQuoted() : undefined;
  }

  #singleQuoted(): string {
    const start = this.#at;
    const end = this.#text.indexOf("'", start + 1);
    if (end === -1) throw this.#fault("unexpected end of statement while looking for matching single-quote");
    this.#at = end + 1;
    return this.#options.keepQuotes === true ? this.#text.slice(start, end + 1) : this.#text.slice(start + 1, end);
  }

  #doubleQuoted(): string {
    const { escape, keepQuotes } = this.#options;
    const quote = keepQuotes === true ? '"' : "";
    const start = this.#at++;
    let value = quote;
    for (;;) {
      const character = this.#peek();
      if (character === "") {
        throw this.#fault("unexpected end of statement while looking for matching double-quote", start);
      }
      if (character === '"') {
        this.#at++;
        return value + quote;
      }
      if (character === "$") {
        value += this.#dollar();
        continue;
      }
      this.#at += character.length;
      if (character !== escape) {
        value += character;
        continue;
      }
      if (this.#keepEscapes) value += character;
      const next = this.#peek();
      if (next === "") continue;
      if (next === '"' || next === "$" || next === escape) {
        this.#at++;
        value += next;
      } else {
        value += character;
      }
    }
  }

  /** Blanks behind `<<` belong to the word, so that `<< EOF` is one. */
  #possibleHeredoc(): string {
    const start = this.#at++;
    if (this.#peek() !== "<") return "<";
    this.#at++;
    while ("\t\r ".includes(this.#peek() || "x")) this.#at++;
    return this.#text.slice(start, this.#at);
  }

  #dollar(): string {
    const start = this.#at++;
    if (this.#peek() !== "{") {
      const name = this.#name();
      if (name === "") return "$";
      const found = this.#look(name);
      if (found.state === "set") return found.value;
      return this.#options.keepUnset === true ? `$${name}` : this.#missing(name, found);
    }
    this.#at++;
    const next = this.#peek();
    if (next === "") throw this.#fault("syntax error: missing '}'", start);
    if (next === "{" || next === "}" || next === ":") throw this.#fault("syntax error: bad substitution", start);
    const name = this.#name();
    const operator = this.#next();
    switch (operator) {
      case "}": {
        const found = this.#look(name);
        if (found.state === "set") return found.value;
        return this.#options.keepUnset === true ? `\${${name}}` : this.#missing(name, found);
      }
      case ":":
      case "+":
      case "-":
      case "?":
      case "#":
      case "%":
        return this.#modified(name, operator, start);
      case "/":
        return this.#replaced(name, start);
      case "":
        throw this.#fault("syntax error: missing '}'", start);
      default:
        throw this.#fault(`unsupported modifier (${operator}) in substitution`, start);
    }
  }

  #modified(name: string, first: string, start: number): string {
    const operator = first === ":" ? this.#next() : first;
    const written = first === ":" ? first + operator : first;
    const trims = operator === "#" || operator === "%";
    if (first === ":" && trims) throw this.#fault(`unsupported modifier (${written}) in substitution`, start);
    const unset = this.#unset.length;
    const unknown = this.#unknown.length;
    const word = this.#inner("}", trims, "syntax error: missing '}'", start);
    const drop = (): void => {
      this.#unset.length = unset;
      this.#unknown.length = unknown;
    };
    const found = this.#look(name);
    if (this.#options.keepUnset === true && found.state !== "set") return `\${${name}${written}${word}}`;
    if (!"-+?#%".includes(operator || "x"))
      throw this.#fault(`unsupported modifier (${written}) in substitution`, start);
    if (found.state === "unknown") {
      drop();
      return this.#missing(name, found);
    }
    const value = found.state === "set" ? found.value : "";
    const missing = found.state === "unset" || (first === ":" && value === "");
    switch (operator) {
      case "-":
        if (missing) return word;
        drop();
        return value;
      case "+":
        if (!missing) return word;
        drop();
        return "";
      case "?":
        if (missing) {
          const reason = found.state === "unset" ? "is not allowed to be unset" : "is not allowed to be empty";
          throw new LexFault("unset", `${name}: ${word === "" ? reason : word}`, start);
        }
        drop();
        return value;
      default:
        return this.#trimmed(name, value, operator === "#" ? "start" : "end", word, operator, found, start);
    }
  }

  #trimmed(
    name: string,
    value: string,
    side: "start" | "end",
    word: string,
    operator: string,
    found: Lookup,
    start: number,
  ): string {
    const greedy = word.startsWith(operator);
    const pattern = readPattern(greedy ? word.slice(1) : word);
    if (!pattern.ok) throw this.#fault(pattern.error, start);
    if (found.state !== "set") return this.#missing(name, found);
    return trimMatch(pattern.tokens, value, side, greedy) ?? this.#missing(name, { state: "unknown" });
  }

  #replaced(name: string, start: number): string {
    const all = this.#peek() === "/";
    if (all) this.#at++;
    const pattern = this.#inner("/", true, "syntax error: missing '/' in ${}", start);
    const replacement = this.#inner("}", true, "syntax error: missing '}'", start);
    const found = this.#look(name);
    // BuildKit writes one slash here even for `//`; the text only serves to find heredocs.
    if (this.#options.keepUnset === true && found.state !== "set") return `\${${name}/${pattern}/${replacement}}`;
    const read = readPattern(pattern);
    if (!read.ok) throw this.#fault(read.error, start);
    if (found.state !== "set") return this.#missing(name, found);
    return replaceMatch(read.tokens, found.value, replacement, all) ?? this.#missing(name, { state: "unknown" });
  }

  /** Reads a nested word; an error at the end of the text is told as the missing bracket that it is. */
  #inner(stop: string, keepEscapes: boolean, missing: string, start: number): string {
    try {
      return this.#readUntil(stop, keepEscapes).value;
    } catch (fault) {
      if (fault instanceof LexFault && fault.kind === "syntax" && this.#peek() === "")
        throw this.#fault(missing, start);
      throw fault;
    }
  }

  #name(): string {
    const first = this.#peek();
    if (first !== "" && isDigit(first)) return this.#takeWhile(isDigit);
    if (first !== "" && specialParameters.includes(first)) return this.#next();
    return this.#takeWhile(isNameCharacter);
  }

  #takeWhile(belongs: (character: string) => boolean): string {
    const start = this.#at;
    for (let next = this.#peek(); next !== "" && belongs(next); next = this.#peek()) this.#at += next.length;
    return this.#text.slice(start, this.#at);
  }

  #look(name: string): Lookup {
    return this.#options.lookup(name);
  }

  #missing(name: string, found: Lookup): string {
    (found.state === "unknown" ? this.#unknown : this.#unset).push(name);
    return "";
  }

  /** What follows up to the next character that may mean something. */
  #plainRun(stop: string): string {
    plain.lastIndex = this.#at;
    if (!plain.test(this.#text)) return "";
    const run = this.#text.slice(this.#at, plain.lastIndex);
    const end = stop === "" ? -1 : run.indexOf(stop);
    return end === -1 ? run : run.slice(0, end);
  }

  #peek(): string {
    const code = this.#text.codePointAt(this.#at);
    return code === undefined ? "" : String.fromCodePoint(code);
  }

  #next(): string {
    const character = this.#peek();
    this.#at += character.length;
    return character;
  }

  #addRaw(list: WordList, value: string, from: number): void {
    if (this.#buffer === "") this.#bufferStart = from;
    this.#buffer += value;
    this.#bufferEnd = this.#at;
    list.inWord = true;
  }

  /** Adds the result of a substitution, whose spaces split words. */
  #addSplit(list: WordList, value: string, from: number): void {
    const to = this.#at;
    // Unset variables are kept as written while heredocs are looked for, so places inside them are exact.
    const verbatim = to - from === value.length && this.#text.startsWith(value, from);
    for (let index = 0; index < value.length; index++) {
      const start = verbatim ? from + index : from;
      if (isSpace(value.charCodeAt(index))) this.#endWord(list);
      else {
        if (this.#buffer === "") this.#bufferStart = start;
        this.#buffer += value.charAt(index);
        this.#bufferEnd = verbatim ? start + 1 : to;
        list.inWord = true;
      }
    }
  }

  #endWord(list: WordList): void {
    if (!list.inWord || this.#buffer === "") return;
    this.#flush(list);
  }

  #flush(list: WordList): void {
    if (this.#buffer !== "") list.words.push({ value: this.#buffer, start: this.#bufferStart, end: this.#bufferEnd });
    this.#buffer = "";
    list.inWord = false;
  }

  #fault(message: string, at = this.#at): LexFault {
    return new LexFault("syntax", message, at);
  }
}
