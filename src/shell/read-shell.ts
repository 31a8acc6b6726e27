/**
 * Reads a shell text into simple commands, in the order in which they stand. Control flow is followed far enough to
 * know what may not run, variables and `cd` as far as they are literal.
 */
import { FailureReader, optionsAfter, type FailureOptions, type ReadCommand } from "./failure.ts";
import { either, enter, folderAt, unknownFolder, type Folder } from "./folder.ts";
import { lex, type RawToken, type RawWord } from "./lexer.ts";
import { unknownText, type Redirection, type ShellCommand, type ShellScript, type ShellWord } from "./model.ts";
import { ShellVariables, spanOf, type ShellSource } from "./source.ts";
import { placesInWord } from "./places.ts";
import { fewValues, fieldsOf, possibleValues, valueOf } from "./word-values.ts";
import { takeWrappers } from "./wrappers.ts";

export interface ShellOptions {
  /** Variables with certain values when the script starts. */
  readonly variables: ReadonlyMap<string, string>;
  /** Absolute folder it starts in. */
  readonly cwd: string | undefined;
  /** Options that its shell is started with (`-e`, `-o pipefail`). */
  readonly shellOptions?: readonly string[];
}

const noOptions: FailureOptions = { errexit: false, pipefail: false };

/** Scripts in scripts (`sh -c "sh -c …"`) are followed this deep. */
const maxDepth = 8;

/** Reads a script. Never throws; costs grow with the text and no faster. */
export function readShell(source: ShellSource, options: ShellOptions): ShellScript {
  const failures = new FailureReader(optionsAfter(options.shellOptions ?? [], noOptions));
  const reader = new Reader(source, new ShellVariables(options.variables), folderAt(options.cwd), 0, failures);
  reader.read(0, source.text.length, false);
  failures.finish();
  return { commands: reader.commands, parsed: reader.parsed };
}

const opens = new Set(["if", "while", "until", "for", "select", "case"]);
const closes = new Set(["fi", "done", "esac"]);
/** Reserved words behind which a command begins. */
const continues = new Set(["then", "else", "elif", "do", "{", "!"]);

interface Compound {
  readonly word: string;
  /** A body has begun, so that what follows may not run. */
  body: boolean;
  /** Where the script is in front of it, and at the ends of its branches. */
  readonly before: Folder;
  readonly ends: Folder[];
  /** One of its branches runs in any case. */
  hasElse?: boolean;
}

class Reader {
  readonly commands: ShellCommand[] = [];
  parsed = true;
  readonly #source: ShellSource;
  #variables: ShellVariables;
  #folder: Folder;
  /** For `cd -` and `popd`. */
  #previous = unknownFolder;
  readonly #pushed: Folder[] = [];
  readonly #depth: number;
  readonly #failures: FailureReader;
  /** Where words that are not plain, and so may be scripts, start in the text. */
  readonly #starts = new Map<ShellWord, number>();

  constructor(source: ShellSource, variables: ShellVariables, folder: Folder, depth: number, failures: FailureReader) {
    this.#source = source;
    this.#variables = variables;
    this.#folder = folder;
    this.#depth = depth;
    this.#failures = failures;
  }

  read(start: number, end: number, outerConditional: boolean): void {
    const { tokens, closed } = lex(this.#source.text, start, end);
    if (!closed) this.parsed = false;
    const compounds: Compound[] = [];
    const subshells: { folder: Folder; variables: ShellVariables }[] = [];
    const failures = this.#failures;
    const floor = failures.depth;
    const close = (kind: "group" | "subshell"): void => {
      if (failures.depth > floor) failures.close(kind);
    };
    let joinedBy: ShellCommand["joinedBy"] = "start";
    let negated = false;
    let pending: RawToken[] = [];
    const flush = (): void => {
      if (pending.length > 0) {
        const mayNotRun = failures.conditional || compounds.some(({ body }) => body) || joinedBy === "||";
        this.#command(pending, joinedBy, outerConditional || mayNotRun, negated);
        negated = false;
      }
      pending = [];
    };
    for (let index = 0; index < tokens.length; index++) {
      const token = tokens[index];
      if (token === undefined) break;
      if (token.kind === "operator") {
        if (
          token.text === "(" &&
          pending.length === 1 &&
          tokens[index + 1]?.kind === "operator" &&
          textOf(tokens[index + 1]) === ")"
        ) {
          // `name() …`: a function; its body runs when it is called.
          pending = [];
          index++;
          compounds.push({ word: "function", body: true, before: this.#folder, ends: [] });
          continue;
        }
        // A line may end behind `&&`, `||` and `|`.
        if (token.text === "\n" && pending.length === 0 && awaitsMore.has(textOf(tokens[index - 1]) ?? "")) continue;
        flush();
        if (token.text === "(") {
          failures.open();
          subshells.push({ folder: this.#folder, variables: this.#variables });
          this.#variables = this.#variables.subshell();
          joinedBy = joinedBy === "||" ? "||" : "start";
        } else if (token.text === ")") {
          close("subshell");
          const left = subshells.pop();
          if (left !== undefined) {
            this.#folder = left.folder;
            this.#variables = left.variables;
          }
        } else if (token.text === ";;") {
          const top = compounds.at(-1);
          if (top?.word === "case") {
            index = this.#skipPattern(tokens, index + 1);
            this.#branch(top);
          }
          failures.branch();
          joinedBy = ";";
        } else {
          joinedBy = token.text === "\n" ? ";" : asJoin(token.text);
          failures.join(joinedBy);
        }
        continue;
      }
      if (token.kind === "word" && pending.length === 0 && token.plain) {
        const word = this.#source.text.slice(token.start, token.end);
        if (opens.has(word)) {
          compounds.push({ word, body: false, before: this.#folder, ends: [] });
          failures.open();
          if (word === "for" || word === "select" || word === "case") index = this.#header(tokens, index, word);
          if (word === "case") compounds.at(-1)!.body = true;
          joinedBy = joinedBy === "||" ? "||" : "start";
          continue;
        }
        if (closes.has(word) || (word === "}" && compounds.at(-1)?.word === "function")) {
          const compound = compounds.pop();
          if (compound !== undefined) {
            close("group");
            const ends = compound.hasElse === true ? compound.ends : [compound.before, ...compound.ends];
            this.#folder = ends.reduce(either, this.#folder);
          }
          continue;
        }
        if (word === "}") {
          close("group");
          continue;
        }
        if (word === "function") {
          index++;
          compounds.push({ word, body: true, before: this.#folder, ends: [] });
          continue;
        }
        if (continues.has(word)) {
          const top = compounds.at(-1);
          if (word === "{") failures.open();
          else if (word === "!") negated = true;
          else if (top !== undefined) {
            top.body = word !== "elif" || top.body;
            if (word === "then" || word === "do") failures.condition();
            else {
              failures.branch();
              this.#branch(top);
              top.hasElse = word === "else";
            }
          }
          joinedBy = joinedBy === "||" ? "||" : "start";
          continue;
        }
      }
      pending.push(token);
    }
    flush();
    while (failures.depth > floor) failures.close("group");
    if (compounds.some(({ word }) => word !== "function")) this.parsed = false;
  }

  /** A branch ends: the next one begins where the first did. */
  #branch({ before, ends }: Compound): void {
    ends.push(this.#folder);
    this.#folder = before;
  }

  /** `for x in …` and `case x in pattern)`: gives the index of the last token that belongs to the head. */
  #header(tokens: readonly RawToken[], at: number, word: string): number {
    let index = at + 1;
    if (word === "case") {
      while (index < tokens.length && this.#plainText(tokens[index]) !== "in") index++;
      return this.#skipPattern(tokens, index + 1);
    }
    const subject = tokens[index];
    const items: string[] = [];
    for (; index < tokens.length; index++) {
      const token = tokens[index];
      if (token?.kind === "operator" || this.#plainText(token) === "do") {
        if (token?.kind === "word") index--;
        break;
      }
      if (token?.kind === "word" && index > at + 2) items.push(...fieldsOf(this.#word(token)));
    }
    if (subject?.kind === "word") {
      const possible = items.length === 0 ? undefined : fewValues(items);
      this.#variables.set(this.#source.text.slice(subject.start, subject.end), undefined, possible);
    }
    return index;
  }

  /** From the first token of a case pattern to its `)`; stops in front of `esac`. */
  #skipPattern(tokens: readonly RawToken[], from: number): number {
    let index = from;
    while (textOf(tokens[index]) === "\n") index++;
    if (this.#plainText(tokens[index]) === "esac") return index - 1;
    for (; index < tokens.length; index++) {
      if (textOf(tokens[index]) === ")") return index;
    }
    return tokens.length;
  }

  #plainText(token: RawToken | undefined): string | undefined {
    return token?.kind === "word" && token.plain ? this.#source.text.slice(token.start, token.end) : undefined;
  }

  #command(
    tokens: readonly RawToken[],
    joinedBy: ShellCommand["joinedBy"],
    conditional: boolean,
    negated: boolean,
  ): void {
    const words: ShellWord[] = [];
    const assignments: ShellWord[] = [];
    const redirections: Redirection[] = [];
    for (let index = 0; index < tokens.length; index++) {
      const token = tokens[index];
      if (token === undefined || token.kind === "operator") continue;
      if (token.kind === "redirection") {
        const target = tokens[index + 1];
        if (target?.kind === "word") {
          this.#substitutions(target, conditional);
          redirections.push({ operator: token.text, target: this.#word(target) });
          index++;
        }
        continue;
      }
      this.#substitutions(token, conditional);
      const word = this.#word(token);
      const isAssignment = words.length === 0 && /^[A-Za-z_][A-Za-z0-9_]*\+?=/.test(word.raw);
      (isAssignment ? assignments : words).push(word);
    }
    if (words.length === 0) this.#assign(assignments, conditional);
    const first = tokens[0];
    const last = tokens.at(-1);
    if (first === undefined || last === undefined || (words.length === 0 && redirections.length === 0)) return;
    const taken = takeWrappers(words);
    const command: ReadCommand = {
      assignments,
      words: taken.words,
      wrappers: taken.wrappers,
      redirections,
      span: spanOf(this.#source, first.start, last.end),
      joinedBy,
      conditional,
      onFailure: "stops",
      ...this.#folder,
    };
    this.commands.push(command);
    this.#failures.add(command, negated);
    this.#follow(command);
  }

  #word(token: RawWord): ShellWord {
    const value = valueOf(token, this.#variables);
    const word: ShellWord = {
      raw: this.#source.text.slice(token.start, token.end),
      value,
      ...(value === undefined && { possible: possibleValues(token, this.#variables) }),
      span: spanOf(this.#source, token.start, token.end),
    };
    if (!token.plain) this.#starts.set(word, token.start);
    return word;
  }

  #substitutions(token: RawWord, conditional: boolean): void {
    if (this.#depth >= maxDepth) return;
    for (const { start, end } of token.substitutions) {
      const inner = new Reader(this.#source, this.#variables.subshell(), this.#folder, this.#depth + 1, this.#failures);
      this.#failures.open();
      inner.read(start, end, conditional);
      this.#failures.close("unnoticed");
      for (const command of inner.commands) this.commands.push(command);
      if (!inner.parsed) this.parsed = false;
    }
  }

  #assign(words: readonly ShellWord[], conditional: boolean): void {
    for (const { raw, value, possible = [] } of words) {
      const at = raw.indexOf("=");
      const isAppended = raw[at - 1] === "+";
      const name = raw.slice(0, isAppended ? at - 1 : at);
      const before = this.#variables.possible(name);
      const given = (value === undefined ? possible : [value]).map((one) =>
        one.startsWith(unknownText) ? unknownText : one.slice(at + 1),
      );
      const set = isAppended ? before.flatMap((start) => given.map((end) => start + end)) : given;
      const whole = isAppended || conditional ? undefined : value?.slice(at + 1);
      this.#variables.set(name, whole, fewValues(conditional ? [...before, ...set] : set));
    }
  }

  /** What a command does to the reading of those behind it. */
  #follow(command: ShellCommand): void {
    const [name, ...rest] = command.words;
    switch (name?.value ?? "") {
      case "cd":
      case "pushd": {
        const target = rest.find(({ raw }) => !raw.startsWith("-"));
        const isBack = rest.some(({ raw }) => raw === "-");
        if (name?.value === "pushd") this.#pushed.push(this.#folder);
        this.#move(command, isBack ? this.#previous : target && enter(this.#folder, target));
        break;
      }
      case "popd":
        this.#move(command, this.#pushed.pop());
        break;
      case "export":
      case "readonly":
      case "local":
      case "declare":
      case "typeset":
        this.#assign(
          rest.filter(({ raw }) => /^[A-Za-z_][A-Za-z0-9_]*=/.test(raw)),
          command.conditional,
        );
        break;
      case "read":
        for (const { value } of rest)
          if (value !== undefined && !value.startsWith("-")) this.#variables.set(value, undefined);
        break;
      case "sh":
      case "bash":
      case "ash":
      case "dash":
      case "/bin/sh":
      case "/bin/bash":
      case "/bin/ash": {
        const flag = rest.findIndex(({ value }) => value !== undefined && /^-[a-z]*c$/.test(value));
        const script = flag === -1 ? undefined : rest[flag + 1];
        const started = optionsAfter(
          rest.slice(0, flag).map(({ value }) => value),
          optionsAfter([rest[flag]?.value], noOptions),
        );
        if (script !== undefined) this.#nested(script, command.conditional, started);
        break;
      }
      case "eval": {
        const [only] = rest;
        if (rest.length === 1 && only !== undefined) this.#nested(only, command.conditional);
        break;
      }
      default:
    }
  }

  #move({ conditional, joinedBy }: ShellCommand, to: Folder = unknownFolder): void {
    const from = this.#folder;
    this.#previous = conditional ? { ...from, cwd: undefined } : from;
    // Behind `||` it may also stay where it is; where a branch ends is seen to there.
    const next = joinedBy === "||" || this.#failures.conditional ? either(from, to) : to;
    this.#folder = conditional ? { ...next, cwd: undefined } : next;
  }

  /** A script in a word: places are exact where nothing was put into the word, else they are the word's start. */
  #nested(word: ShellWord, conditional: boolean, options?: FailureOptions): void {
    if (word.value === undefined || this.#depth >= maxDepth) return;
    const start = this.#starts.get(word);
    const places = start === undefined ? undefined : placesInWord(word.raw, word.value);
    const source: ShellSource = {
      text: word.value,
      toSource:
        start === undefined || places === undefined
          ? () => word.span.start
          : (index) => this.#source.toSource(start + (places[index] ?? word.raw.length - 1)),
    };
    const inner = new Reader(source, this.#variables.subshell(), this.#folder, this.#depth + 1, this.#failures);
    this.#failures.open(options);
    inner.read(0, word.value.length, conditional);
    this.#failures.close(options === undefined ? "group" : "subshell");
    for (const command of inner.commands) this.commands.push(command);
    if (!inner.parsed) this.parsed = false;
  }
}

const textOf = (token: RawToken | undefined): string | undefined =>
  token?.kind === "operator" ? token.text : undefined;

/** Behind these a list goes on, also on the next line. */
const awaitsMore = new Set(["&&", "||", "|"]);

const asJoin = (operator: string): ShellCommand["joinedBy"] =>
  operator === "&&" || operator === "||" || operator === "|" || operator === "&" ? operator : ";";
