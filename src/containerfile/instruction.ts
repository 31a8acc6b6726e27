import type { Span } from "../core/finding.ts";
import { isSpace } from "./characters.ts";
import type { CommandLine } from "./command-line.ts";
import { splitCommandLine } from "./command-line.ts";
import { readArguments } from "./docker-file-parser.ts";
import { keywordOf } from "./keywords.ts";
import { spanOf, subText, wordAt } from "./logical-text.ts";
import type { CommandForm, Flag, Heredoc, Instruction, LogicalText, Pair, Word } from "./model.ts";
import type { JsonReading, RawWord } from "./words.ts";
import { readJsonArray, splitAtBlanks, splitOutsideQuotes } from "./words.ts";

/** Takes a fault where it is found. */
export type Report = (span: Span, message: string, hint?: string) => void;

/** Faults that BuildKit finds as it reads the file, and those that it finds as it builds the stage. */
export interface Reports {
  readonly report: Report;
  readonly whenBuilt: Report;
}

/** What an instruction is made of; all but the last three go into the instruction as they are. */
export interface Parts {
  readonly index: number;
  readonly span: Span;
  readonly linesSpan: Span;
  readonly startLine: number;
  readonly endLine: number;
  readonly indent: string;
  readonly heredocs: readonly Heredoc[];
  readonly innerComments: readonly Span[];
  readonly leadingComments: readonly Span[];
  readonly logical: LogicalText;
  readonly command: CommandLine;
  readonly escape: string;
}

/**
 * Reads one instruction's arguments. Whatever is missing is an empty word at the end, so that a wrong instruction
 * still has its shape; the fault is reported here when the shape itself is wrong, by `checkInstruction` otherwise.
 */
export function readInstruction(parts: Parts, report: Report): Instruction {
  const reader = new ArgumentReader(parts, report);
  const keyword = keywordOf(parts.command.keyword);
  // Spread last: V8 takes ten times as long for what is written behind a spread.
  const base = baseOf(parts);
  switch (keyword) {
    case "FROM": {
      const [image = reader.nothing, , alias] = reader.list();
      return { keyword: "FROM", image, alias, ...base };
    }
    case "RUN":
      return { keyword: "RUN", command: reader.commandForm(), ...base };
    case "CMD":
      return { keyword: "CMD", command: reader.commandForm(), ...base };
    case "ENTRYPOINT":
      return { keyword: "ENTRYPOINT", command: reader.commandForm(), ...base };
    case "SHELL": {
      const command = reader.commandForm();
      return { keyword: "SHELL", words: command.form === "exec" ? command.words : [], ...base };
    }
    case "COPY":
    case "ADD": {
      const { words, json } = reader.listOrJson();
      const destination = (words.length > 1 ? words.at(-1) : undefined) ?? reader.nothing;
      const sources = words.length > 1 ? words.slice(0, -1) : words;
      return { keyword, sources, destination, json, ...base };
    }
    case "USER":
    case "WORKDIR":
    case "STOPSIGNAL":
    case "MAINTAINER":
      return { keyword, argument: reader.whole(), ...base };
    case "ENV":
    case "LABEL":
      return { keyword, ...reader.pairs(), ...base };
    case "ARG":
      return { keyword: "ARG", declarations: reader.declarations(), ...base };
    case "EXPOSE":
      return { keyword: "EXPOSE", words: reader.list(), json: false, ...base };
    case "VOLUME":
      return { keyword: "VOLUME", ...reader.listOrJson(), ...base };
    case "HEALTHCHECK":
      return { keyword: "HEALTHCHECK", command: reader.healthcheck(), ...base };
    case "ONBUILD":
      return { keyword: "ONBUILD", trigger: readTrigger(parts, report), ...base };
    case undefined:
      return { keyword: "UNKNOWN", name: parts.command.keyword, ...base };
  }
}

function baseOf(parts: Parts) {
  const { command } = parts;
  // Field by field: spreading what is left of the parts takes longer than reading them did.
  return {
    index: parts.index,
    span: parts.span,
    linesSpan: parts.linesSpan,
    startLine: parts.startLine,
    endLine: parts.endLine,
    indent: parts.indent,
    logical: parts.logical,
    heredocs: parts.heredocs,
    innerComments: parts.innerComments,
    leadingComments: parts.leadingComments,
    keywordSpan: spanOf(parts.logical, command.keywordStart, command.keywordEnd),
    argumentsAt: command.argumentsStart,
    flags: command.flags.map((flag): Flag => {
      const span = spanOf(parts.logical, flag.start, flag.end);
      const valueStart = flag.equals === -1 ? flag.end : flag.equals + 1;
      const valueSpan =
        flag.equals === -1 ? { start: span.end, end: span.end } : spanOf(parts.logical, valueStart, flag.end);
      return { name: flag.name, value: flag.value, span, valueSpan };
    }),
  };
}

/** The instruction behind ONBUILD; `undefined` where there is none or where it may not be one. */
function readTrigger(parts: Parts, report: Report): Instruction | undefined {
  const { argumentsStart, argumentsEnd } = parts.command;
  if (argumentsStart === argumentsEnd) return undefined;
  const logical = subText(parts.logical, argumentsStart);
  const command = splitCommandLine(logical.text, parts.escape);
  if (keywordOf(command.keyword) === "ONBUILD") return undefined;
  const span = { start: logical.toSource(0), end: parts.span.end };
  return readInstruction({ ...parts, span, logical, command }, report);
}

/** Reads the arguments of one instruction: values by docker-file-parser, places by our own words. */
class ArgumentReader {
  readonly #logical: LogicalText;
  readonly #keyword: string;
  readonly #start: number;
  readonly #end: number;
  readonly #escape: string;
  readonly #report: Report;

  constructor(parts: Parts, report: Report) {
    this.#logical = parts.logical;
    this.#keyword = keywordOf(parts.command.keyword) ?? parts.command.keyword;
    this.#start = parts.command.argumentsStart;
    this.#end = parts.command.argumentsEnd;
    this.#escape = parts.escape;
    this.#report = report;
  }

  /** The empty word at the end of the arguments. */
  get nothing(): Word {
    const end = spanOf(this.#logical, this.#start, this.#end).end;
    return { value: "", span: { start: end, end } };
  }

  whole(): Word {
    const { start, end } = { start: this.#start, end: this.#end };
    const [word = this.nothing] = this.#agreed([{ value: this.#logical.text.slice(start, end), start, end }]);
    return word;
  }

  list(): Word[] {
    return this.#agreed(splitAtBlanks(this.#logical.text, this.#start, this.#end));
  }

  listOrJson(): { words: readonly Word[]; json: boolean } {
    const json = this.#json(this.#start);
    return json === undefined ? { words: this.list(), json: false } : { words: this.#agreed(json), json: true };
  }

  commandForm(): CommandForm {
    return this.#commandFrom(this.#start);
  }

  declarations(): { name: Word; value: Word | undefined }[] {
    const words = splitOutsideQuotes(this.#logical.text, this.#start, this.#end, this.#escape);
    return this.#settle(words).map((word) => {
      const cut = word.value.indexOf("=");
      if (cut === -1) return { name: this.#word(word), value: undefined };
      return { name: this.#part(word, 0, cut), value: this.#part(word, cut + 1) };
    });
  }

  /** `name=value …`, or `name value with blanks` when the first word has no `=`. */
  pairs(): { pairs: readonly Pair[]; legacy: boolean } {
    const words = splitOutsideQuotes(this.#logical.text, this.#start, this.#end, this.#escape);
    const [first] = words;
    if (first === undefined) return { pairs: [], legacy: false };
    if (!first.value.includes("=")) return { pairs: [this.#legacyPair()], legacy: true };
    return { pairs: words.map((word) => this.#pair(word)), legacy: false };
  }

  /** The command behind `HEALTHCHECK CMD`; `undefined` for every other type. */
  healthcheck(): CommandForm | undefined {
    const { text } = this.#logical;
    let at = this.#start;
    while (at < this.#end && !isSpace(text.charCodeAt(at))) at++;
    if (text.slice(this.#start, at).toUpperCase() !== "CMD") return undefined;
    while (at < this.#end && isSpace(text.charCodeAt(at))) at++;
    return this.#commandFrom(at);
  }

  #commandFrom(start: number): CommandForm {
    const json = this.#json(start);
    if (json !== undefined) return { form: "exec", words: this.#agreed(json) };
    const text = { value: this.#logical.text.slice(start, this.#end), start, end: this.#end };
    const [word = this.nothing] = this.#agreed([text]);
    return { form: "shell", command: word.value, span: word.span };
  }

  #json(start: number): readonly RawWord[] | undefined {
    const reading: JsonReading = readJsonArray(this.#logical.text, start, this.#end);
    if (reading !== "mixed") return reading;
    this.#report(
      spanOf(this.#logical, start, this.#end),
      `${this.#keyword}: a JSON array here may hold nothing but strings`,
      "put every element into double quotes",
    );
    return undefined;
  }

  #agreed(words: readonly RawWord[]): Word[] {
    return this.#settle(words).map((word) => this.#word(word));
  }

  /**
   * Our words have the places, which docker-file-parser does not know; their values are those that it read, wherever it
   * reads as BuildKit does.
   */
  #settle(words: readonly RawWord[]): readonly RawWord[] {
    const values = readArguments(this.#keyword, this.#logical.text.slice(this.#start, this.#end), this.#escape);
    if (values === undefined) return words;
    return words.map(({ value, start, end }, index) => ({ value: values[index] ?? value, start, end }));
  }

  #word({ start, end, value }: Partial<RawWord> & Pick<RawWord, "start" | "end">): Word {
    return wordAt(this.#logical, start, end, value);
  }

  /** `[from, to)` of a word's value, which is its text from the first character on. */
  #part(word: RawWord, from: number, to = word.value.length): Word {
    return wordAt(this.#logical, word.start + from, word.start + to, word.value.slice(from, to));
  }

  #pair(word: RawWord): Pair {
    const cut = word.value.indexOf("=");
    if (cut !== -1) return { key: this.#part(word, 0, cut), value: this.#part(word, cut + 1) };
    const key = this.#word(word);
    this.#report(
      key.span,
      `${this.#keyword}: no = in ${JSON.stringify(word.value)}`,
      "write name=value, and put a value with blanks into quotes",
    );
    return { key, value: { value: "", span: { start: key.span.end, end: key.span.end } } };
  }

  #legacyPair(): Pair {
    const { text } = this.#logical;
    const [first] = splitAtBlanks(text, this.#start, this.#end);
    const keyEnd = first?.end ?? this.#end;
    let at = keyEnd;
    while (at < this.#end && "\t\v\f\r ".includes(text.charAt(at))) at++;
    if (at === this.#end) {
      this.#report(
        spanOf(this.#logical, this.#start, this.#end),
        `${this.#keyword} must have two arguments`,
        `write ${this.#keyword} name=value`,
      );
    }
    return {
      key: this.#word({ start: this.#start, end: keyEnd }),
      value: this.#word({ start: at, end: this.#end }),
    };
  }
}
