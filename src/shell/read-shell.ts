/**
 * Reads a shell text into simple commands, in the order in which they run; a function's where it is first called.
 * Control flow is followed far enough to know what may not run, variables and `cd` as far as they are literal.
 */
import {
  endOfFailure,
  insideChain,
  insideCondition,
  insideFunction,
  insideList,
  insideNot,
  insideQuestion,
  insideShell,
  insideUnasked,
  outermost,
  type Surroundings,
} from "./failure.ts";
import { isAssignment, readFlow, writtenName, type Flow, type ListFlow } from "./flow.ts";
import { knownEndOf, type KnownEnd, type KnownScript } from "./known-end.ts";
import { either, enter, folderAt, unknownFolder, type Folder } from "./folder.ts";
import { shellTextAt } from "./launch.ts";
import type { RawToken, RawWord } from "./lexer.ts";
import { unknownText, type Redirection, type ShellCommand, type ShellScript, type ShellWord } from "./model.ts";
import {
  settingsAfter,
  settingsAfterTrap,
  settingsInside,
  settingsOfShell,
  type ShellSettings,
} from "./shell-settings.ts";
import { ShellVariables, spanOf, type ShellSource } from "./source.ts";
import { placesInWord } from "./places.ts";
import { fewValues, fieldsOf, possibleValues, valueOf, withHome } from "./word-values.ts";
import { takeWrappers } from "./wrappers.ts";

export interface ShellOptions {
  /** Variables with certain values when the script starts. */
  readonly variables: ReadonlyMap<string, string>;
  /** HOME, where the variables do not have it. */
  readonly home?: string | undefined;
  /** Absolute folder it starts in. */
  readonly cwd: string | undefined;
  /** The shell that reads it and the options that it is started with (`bash`, `-e`, `-o`, `pipefail`). */
  readonly shell?: readonly string[];
}

/** Scripts in scripts (`sh -c "sh -c …"`) are followed this deep. */
const maxDepth = 8;

const nothingKnown: ShellOptions = { variables: new Map(), cwd: undefined };

/** Reads a script. Never throws; costs grow with the text and no faster. */
export function readShell(source: ShellSource, options: ShellOptions = nothingKnown): ShellScript {
  const { variables, home, cwd, shell = [] } = options;
  const [program, ...words] = shell;
  const known = new ShellVariables(variables);
  if (home !== undefined && !variables.has("HOME")) known.set("HOME", home);
  const reader = new Reader(source, {
    variables: known,
    folder: folderAt(cwd),
    settings: settingsOfShell(program, words),
    functions: noFunctions(),
    depth: 0,
  });
  reader.readWhole({
    conditional: false,
    mayStay: false,
    joinedBy: "start",
    isInFunction: false,
    around: outermost,
  });
  return { commands: reader.commands, parsed: reader.parsed };
}

/** What a script knows when a part of it begins. */
interface State {
  readonly variables: ShellVariables;
  readonly folder: Folder;
  readonly settings: ShellSettings;
  readonly functions: Functions;
  /** Scripts around this one. */
  readonly depth: number;
}

/** The functions of one text. */
interface Functions {
  readonly bodies: Map<string, Flow>;
  /** Those that are read, or being read. */
  readonly entered: Set<Flow>;
  readonly ends: Map<Flow, KnownEnd>;
}

const noFunctions = (): Functions => ({ bodies: new Map(), entered: new Set(), ends: new Map() });

/** Where a part stands. */
interface Place {
  readonly conditional: boolean;
  /** Behind `||`, so that the script may also be where it was. */
  readonly mayStay: boolean;
  readonly joinedBy: ShellCommand["joinedBy"];
  readonly isInFunction: boolean;
  readonly around: Surroundings;
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
  #settings: ShellSettings;
  readonly #functions: Functions;
  #called: ReadonlySet<string> = new Set();
  readonly #depth: number;
  /** Where words that are not plain, and so may be scripts, start in the text. */
  readonly #starts = new Map<ShellWord, number>();

  constructor(source: ShellSource, { variables, folder, settings, functions, depth }: State) {
    this.#source = source;
    this.#variables = variables;
    this.#folder = folder;
    this.#settings = settings;
    this.#functions = functions;
    this.#depth = depth;
  }

  read(start: number, end: number, place: Place): void {
    const { flow, called, isWhole } = readFlow(this.#source.text, start, end);
    this.parsed = isWhole;
    this.#called = called;
    this.#part(flow, place);
  }

  /** All of the text. */
  readWhole(place: Place): void {
    this.read(0, this.#source.text.length, place);
    // What is called in a way that cannot be followed.
    for (const body of this.#functions.bodies.values()) this.#uncalled(body, place);
  }

  get #script(): KnownScript {
    return { text: this.#source.text, functions: this.#functions.bodies, ends: this.#functions.ends };
  }

  #part(flow: Flow, place: Place): void {
    if (flow.kind === "command") return this.#command(flow.tokens, place);
    const first = this.commands.length;
    this.#compound(flow, place);
    if (flow.redirections !== undefined) this.#command(flow.redirections, place, this.commands.slice(first));
  }

  #compound(flow: Exclude<Flow, { readonly kind: "command" }>, place: Place): void {
    const { around } = place;
    // What `||` stands before may not run, whatever it begins with; else a compound command begins anew.
    const begin: Place = { ...place, joinedBy: place.joinedBy === "||" ? "||" : "start" };
    switch (flow.kind) {
      case "list":
        this.#list(flow, begin);
        break;
      case "pipe":
        for (const [index, part] of flow.parts.entries()) {
          const isAsked = index === flow.parts.length - 1 || this.#settings.pipefail;
          this.#part(part, {
            ...place,
            joinedBy: index === 0 ? place.joinedBy : "|",
            around: isAsked ? insideShell(around, this.#settings) : insideUnasked(around),
          });
        }
        break;
      case "chain": {
        const surroundings = insideChain(this.#script, flow, around, this.#settings);
        for (const [index, part] of flow.parts.entries()) {
          const joinedBy = flow.operators[index - 1] ?? place.joinedBy;
          const mayStay = place.mayStay || joinedBy === "||";
          const conditional = place.conditional || joinedBy === "||";
          this.#part(part, { ...place, joinedBy, conditional, mayStay, around: surroundings[index] ?? around });
        }
        break;
      }
      case "background":
        this.#part(flow.body, { ...place, around: insideUnasked(around) });
        break;
      case "not":
        this.#part(flow.body, { ...begin, around: insideNot(around) });
        break;
      case "subshell":
        this.#subshell(flow.body, begin);
        break;
      case "if": {
        const before = this.#folder;
        this.#part(flow.condition, { ...begin, around: insideCondition(this.#script, flow, around, this.#settings) });
        const branch: Place = { ...begin, conditional: true };
        this.#part(flow.body, branch);
        const end = this.#folder;
        this.#folder = before;
        if (flow.otherwise !== undefined) this.#part(flow.otherwise, branch);
        this.#folder = either(this.#folder, end);
        break;
      }
      case "loop": {
        const before = this.#folder;
        if (flow.variable !== undefined) this.#variables.set(flow.variable, undefined, this.#items(flow.items));
        if (flow.condition !== undefined) this.#part(flow.condition, { ...begin, around: insideQuestion(around) });
        this.#part(flow.body, { ...begin, conditional: true });
        this.#folder = either(this.#folder, before);
        break;
      }
      case "case": {
        const before = this.#folder;
        let ends = before;
        for (const [index, { body }] of flow.arms.entries()) {
          this.#folder = before;
          this.#list(body, { ...begin, ...(index > 0 && { joinedBy: ";" }), conditional: true });
          ends = either(this.#folder, ends);
        }
        this.#folder = ends;
        break;
      }
      case "function":
        this.#functions.bodies.set(flow.name, flow.body);
        if (!this.#called.has(flow.name)) this.#uncalled(flow.body, begin);
        break;
    }
  }

  /** What `for` may set its variable to. */
  #items(tokens: readonly RawToken[]): readonly string[] | undefined {
    const items = tokens.flatMap((token) => (token.kind === "word" ? fieldsOf(this.#word(token)) : []));
    return items.length === 0 ? undefined : fewValues(items);
  }

  #list({ parts }: ListFlow, place: Place): void {
    const surroundings = insideList(this.#source.text, parts, place.around);
    let { joinedBy, conditional } = place;
    for (const [index, part] of parts.entries()) {
      this.#part(part, { ...place, joinedBy, conditional, around: surroundings[index] ?? place.around });
      joinedBy = part.kind === "background" ? "&" : ";";
      // What stands behind an `exit` does not run.
      conditional ||= part.kind === "command" && knownEndOf(this.#script, part, undefined).leaves !== undefined;
    }
  }

  #subshell(body: Flow, place: Place): void {
    const [variables, folder, settings] = [this.#variables, this.#folder, this.#settings];
    this.#variables = variables.subshell();
    this.#settings = settingsInside(settings);
    this.#part(body, { ...place, around: insideShell(place.around, settings) });
    this.#variables = variables;
    this.#folder = folder;
    this.#settings = settings;
  }

  #uncalled(body: Flow, place: Place): void {
    if (this.#functions.entered.has(body)) return;
    this.#functions.entered.add(body);
    const before = this.#folder;
    this.#part(body, { ...place, conditional: true, isInFunction: true, around: insideUnasked(place.around) });
    this.#folder = either(this.#folder, before);
  }

  /** A function is read where it is called first. */
  #call(body: Flow, place: Place): void {
    if (this.#functions.entered.has(body)) return;
    this.#functions.entered.add(body);
    this.#part(body, {
      ...place,
      joinedBy: "start",
      isInFunction: true,
      around: insideFunction(place.around, this.#settings),
    });
  }

  #command(tokens: readonly RawToken[], place: Place, group?: readonly ShellCommand[]): void {
    const words: ShellWord[] = [];
    const assignments: ShellWord[] = [];
    const redirections: Redirection[] = [];
    const asked = statusSubstitution(this.#source.text, tokens);
    for (let index = 0; index < tokens.length; index++) {
      const token = tokens[index];
      if (token === undefined || token.kind === "operator") continue;
      if (token.kind === "redirection") {
        const target = tokens[index + 1];
        if (target?.kind === "word") {
          this.#substitutions(target, place, false);
          const { text: operator, body } = token;
          redirections.push({ operator, target: this.#word(target), ...(body !== undefined && { body }) });
          index++;
        }
        continue;
      }
      this.#substitutions(token, place, token === asked);
      const word = this.#word(token);
      (words.length === 0 && isAssignment(word.raw) ? assignments : words).push(word);
    }
    if (words.length === 0) this.#assign(assignments, place.conditional);
    const [first] = tokens;
    const end = tokens.at(-1);
    if (first === undefined || end === undefined || (words.length === 0 && redirections.length === 0)) return;
    const taken = takeWrappers(words);
    const { conditional, joinedBy, isInFunction, around } = place;
    const isExec = taken.wrappers[0]?.value === "exec";
    const command: ShellCommand = {
      assignments,
      words: taken.words,
      wrappers: taken.wrappers,
      redirections,
      ...(group !== undefined && { group }),
      span: spanOf(this.#source, first.start, end.end),
      joinedBy,
      conditional,
      isInFunction,
      onFailure: isExec ? around.left : endOfFailure(around, this.#settings),
      ...this.#folder,
      home: this.#variables.get("HOME"),
    };
    this.commands.push(command);
    this.#follow(command, place);
  }

  #word(token: RawWord): ShellWord {
    const raw = this.#source.text.slice(token.start, token.end);
    const value = valueOf(token, this.#variables);
    const atHome = (one: string): string => withHome(one, raw, this.#variables.get("HOME"));
    const word: ShellWord = {
      raw,
      value: value && atHome(value),
      ...(value === undefined && { possible: possibleValues(token, this.#variables).map(atHome) }),
      span: spanOf(this.#source, token.start, token.end),
    };
    if (!token.plain) this.#starts.set(word, token.start);
    return word;
  }

  /** `isAsked`: the last of them is what an assignment ends with. */
  #substitutions(token: RawWord, place: Place, isAsked: boolean): void {
    if (token.substitutions.length === 0 || this.#depth >= maxDepth) return;
    // bash and BusyBox begin it without `set -e`, dash with.
    const settings = { ...settingsInside(this.#settings), errexit: false };
    for (const [index, { start, end }] of token.substitutions.entries()) {
      const isStatus = isAsked && index === token.substitutions.length - 1;
      const around = isStatus ? insideShell(place.around, this.#settings) : insideUnasked(place.around);
      const reader = this.#inner(this.#source, this.#functions, settings);
      reader.read(start, end, { ...place, joinedBy: "start", around });
      this.#take(reader);
    }
  }

  /** For a script inside this one, with what this one knows. */
  #inner(source: ShellSource, functions: Functions, settings: ShellSettings): Reader {
    const variables = this.#variables.subshell();
    return new Reader(source, { variables, folder: this.#folder, settings, functions, depth: this.#depth + 1 });
  }

  #take({ commands, parsed }: Reader): void {
    for (const command of commands) this.commands.push(command);
    if (!parsed) this.parsed = false;
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
  #follow(command: ShellCommand, place: Place): void {
    const [name, ...rest] = command.words;
    const values = rest.map(({ value }) => value);
    const body = command.wrappers.length === 0 ? this.#functions.bodies.get(name?.value ?? "") : undefined;
    if (body !== undefined) return this.#call(body, place);
    switch (name?.value ?? "") {
      case "cd":
      case "pushd": {
        const target = rest.find(({ raw }) => !raw.startsWith("-"));
        const isBack = rest.some(({ raw }) => raw === "-");
        if (name?.value === "pushd") this.#pushed.push(this.#folder);
        this.#move(place, isBack ? this.#previous : target && enter(this.#folder, target));
        break;
      }
      case "popd":
        this.#move(place, this.#pushed.pop());
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
      case "set":
        this.#settings = settingsAfter(values, this.#settings);
        break;
      case "trap":
        this.#settings = settingsAfterTrap(this.#script, values, this.#settings);
        break;
      case "eval": {
        const [only] = rest;
        const around = insideFunction(place.around, this.#settings);
        if (rest.length === 1 && only !== undefined) this.#nested(only, this.#settings, { ...place, around });
        break;
      }
      default: {
        const at = shellTextAt(command.words, 0);
        const script = command.words[at];
        if (script === undefined) break;
        const started = settingsOfShell(name?.value, values.slice(0, at - 1));
        const around = { ...insideShell(place.around, this.#settings), isAsked: false };
        const isOtherUser = command.wrappers.some(({ value }) => value === "sudo");
        this.#nested(script, started, { ...place, around }, isOtherUser);
      }
    }
  }

  #move({ conditional, mayStay }: Place, to: Folder = unknownFolder): void {
    const from = this.#folder;
    this.#previous = conditional ? { ...from, cwd: undefined } : from;
    // Where a branch ends is seen to there.
    const next = mayStay ? either(from, to) : to;
    this.#folder = conditional ? { ...next, cwd: undefined } : next;
  }

  /** A script in a word: places are exact where nothing was put into the word, else they are the word's start. */
  #nested(word: ShellWord, settings: ShellSettings, place: Place, isOtherUser = false): void {
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
    const reader = this.#inner(source, noFunctions(), settings);
    if (isOtherUser) reader.#variables.set("HOME", undefined);
    reader.readWhole({ ...place, joinedBy: "start" });
    this.#take(reader);
  }
}

/** The word of a bare assignment whose substitution the status comes from: the last that has one. */
function statusSubstitution(text: string, command: readonly RawToken[]): RawToken | undefined {
  const last = command.findLast((token) => token.kind === "word" && token.substitutions.length > 0);
  return last === undefined || writtenName(text, command) !== undefined ? undefined : last;
}
