/**
 * POSIX sh tokens with their places: words (quoting, escapes and parameter expansion taken into account), operators and
 * redirections. One pass; nesting is followed by counting, never by trying again.
 */
export interface OperatorToken {
  readonly kind: "operator";
  readonly start: number;
  readonly end: number;
  /** `&&` `||` `;` `;;` `|` `&` `(` `)` or a line feed. */
  readonly text: string;
}

export interface RedirectionToken {
  readonly kind: "redirection";
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Of `<<`: what it stands for, where the text has it. The builder cuts out those of a RUN, and keeps those inside of these. */
  readonly body?: HereBody;
}

/** The lines of a here-document, tabs cut for `<<-`. */
export interface HereBody {
  readonly text: string;
  /** The delimiter has no quotes: variables are replaced. */
  readonly expand: boolean;
}

const blank = /[ \t\r]/;
const operatorStart = new Set([";", "&", "|", "(", ")", "<", ">", "\n"]);

/** Cuts `[start, end)` of a text into tokens. `closed` is false when a quote or a substitution does not close. */
export function lex(text: string, start: number, end: number): { tokens: RawToken[]; closed: boolean } {
  const lexer = new Lexer(text, start, end);
  return lexer.run();
}

/** A token whose words still hold their parts, so that a value can be taken when the variables are known. */
export type RawToken = OperatorToken | RedirectionToken | RawWord;

export interface RawWord {
  readonly kind: "word";
  readonly start: number;
  readonly end: number;
  readonly parts: readonly Part[];
  readonly plain: boolean;
  readonly substitutions: readonly { readonly start: number; readonly end: number }[];
}

export type Part =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "variable"; readonly name: string; readonly modifier: string | undefined }
  /** `isName`: a number or a name, without a path in front of it. */
  | { readonly kind: "unknown"; readonly isName: boolean };

/** Commands whose output has no slash in it, on their own: what they name is nothing absolute. */
const naming = /^\s*(?:basename|date|hostname|id|nproc|seq|uname)\b[^|;&\n]*$/;

/** Characters of a word that mean themselves. */
const plainRun = /[^\s'"\\$`;&|()<>]+/y;

class Lexer {
  readonly #text: string;
  readonly #end: number;
  #at: number;
  #closed = true;
  readonly #tokens: RawToken[] = [];
  /** Here-documents whose bodies begin behind the next line feed. */
  #heredocs: { readonly name: string; readonly chomp: boolean; readonly expand: boolean; readonly token: number }[] =
    [];

  constructor(text: string, start: number, end: number) {
    this.#text = text;
    this.#at = start;
    this.#end = end;
  }

  run(): { tokens: RawToken[]; closed: boolean } {
    while (this.#at < this.#end) this.#token();
    return { tokens: this.#tokens, closed: this.#closed };
  }

  #token(): void {
    const character = this.#text[this.#at] ?? "";
    if (blank.test(character)) {
      this.#at++;
    } else if (character === "\\" && this.#text[this.#at + 1] === "\n") {
      this.#at += 2;
    } else if (character === "#") {
      const feed = this.#text.indexOf("\n", this.#at);
      this.#at = feed === -1 ? this.#end : Math.min(feed, this.#end);
    } else if (operatorStart.has(character)) {
      this.#operator(character);
    } else {
      this.#word();
    }
  }

  #operator(character: string): void {
    const start = this.#at;
    if (character === "<" || character === ">") {
      this.#redirection(start);
      return;
    }
    const next = this.#text[start + 1];
    if (character === "&" && next === ">") {
      this.#at++;
      this.#redirection(start);
      return;
    }
    const double = (character === "&" || character === "|" || character === ";") && next === character;
    this.#at += double ? 2 : 1;
    this.#tokens.push({ kind: "operator", start, end: this.#at, text: double ? character + character : character });
    if (character === "\n") this.#skipHeredocs();
  }

  #redirection(start: number): void {
    const match = /^(?:<<<|<<-?|<>|<&|>>|>&|>\||<|>)/.exec(this.#text.slice(this.#at, this.#at + 3));
    const operator = match?.[0] ?? ">";
    this.#at += operator.length;
    // `<(…)` and `>(…)` are words of bash whose value is not known.
    if ((operator === "<" || operator === ">") && this.#text[this.#at] === "(") {
      const from = this.#at + 1;
      this.#at = this.#closing(from);
      this.#tokens.push({
        kind: "word",
        start,
        end: this.#at,
        parts: [{ kind: "unknown", isName: false }],
        plain: false,
        substitutions: [{ start: from, end: this.#at - 1 }],
      });
      return;
    }
    this.#tokens.push({ kind: "redirection", start, end: this.#at, text: this.#text.slice(start, this.#at) });
    if (operator === "<<" || operator === "<<-") {
      const [, quote, name] =
        /^[ \t]*(['"]?)([^\s'";&|()<>]+)\1/.exec(this.#text.slice(this.#at, this.#at + 200)) ?? [];
      const token = this.#tokens.length - 1;
      if (name !== undefined) this.#heredocs.push({ name, chomp: operator === "<<-", expand: quote === "", token });
    }
  }

  #skipHeredocs(): void {
    for (const { name, chomp, expand, token } of this.#heredocs) {
      const lines: string[] = [];
      for (;;) {
        if (this.#at >= this.#end) break;
        const feed = this.#text.indexOf("\n", this.#at);
        const stop = feed === -1 || feed > this.#end ? this.#end : feed;
        const whole = this.#text.slice(this.#at, stop).replace(/\r$/, "");
        const line = chomp ? whole.replace(/^\t+/, "") : whole;
        this.#at = Math.min(stop + 1, this.#end);
        if (line === name) break;
        lines.push(`${line}\n`);
      }
      const announced = this.#tokens[token];
      if (announced?.kind === "redirection")
        this.#tokens[token] = { ...announced, body: { text: lines.join(""), expand } };
    }
    this.#heredocs = [];
  }

  #word(): void {
    const start = this.#at;
    const parts: Part[] = [];
    const substitutions: { start: number; end: number }[] = [];
    let plain = true;
    while (this.#at < this.#end) {
      const character = this.#text[this.#at] ?? "";
      if (blank.test(character) || operatorStart.has(character)) {
        // `2>file`: digits in front of a redirection belong to it.
        if ((character === "<" || character === ">") && /^[0-9]+$/.test(this.#text.slice(start, this.#at))) {
          this.#redirection(start);
          return;
        }
        break;
      }
      if (character === "'") {
        plain = false;
        const close = this.#text.indexOf("'", this.#at + 1);
        const stop = close === -1 || close >= this.#end ? this.#end : close;
        if (stop === this.#end) this.#closed = false;
        parts.push({ kind: "text", text: this.#text.slice(this.#at + 1, stop) });
        this.#at = Math.min(stop + 1, this.#end);
      } else if (character === '"') {
        plain = false;
        this.#at++;
        this.#doubleQuoted(parts, substitutions);
      } else if (character === "\\") {
        if (this.#text[this.#at + 1] !== "\n") {
          parts.push({ kind: "text", text: this.#text[this.#at + 1] ?? "" });
          plain = false;
        }
        this.#at += 2;
      } else if (character === "$" || character === "`") {
        plain = false;
        this.#expansion(parts, substitutions);
      } else {
        const from = this.#at;
        plainRun.lastIndex = from;
        this.#at = plainRun.test(this.#text) ? Math.min(plainRun.lastIndex, this.#end) : from + 1;
        parts.push({ kind: "text", text: this.#text.slice(from, this.#at) });
      }
    }
    this.#at = Math.min(this.#at, this.#end);
    this.#tokens.push({ kind: "word", start, end: this.#at, parts, plain, substitutions });
  }

  #doubleQuoted(parts: Part[], substitutions: { start: number; end: number }[]): void {
    parts.push({ kind: "text", text: "" });
    while (this.#at < this.#end) {
      const character = this.#text[this.#at] ?? "";
      if (character === '"') {
        this.#at++;
        return;
      }
      if (character === "\\") {
        const next = this.#text[this.#at + 1] ?? "";
        if (next !== "\n") parts.push({ kind: "text", text: /[$`"\\]/.test(next) ? next : `\\${next}` });
        this.#at += 2;
      } else if (character === "$" || character === "`") {
        this.#expansion(parts, substitutions);
      } else {
        const from = this.#at;
        while (this.#at < this.#end && !/["\\$`]/.test(this.#text[this.#at] ?? "")) this.#at++;
        parts.push({ kind: "text", text: this.#text.slice(from, this.#at) });
      }
    }
    this.#closed = false;
  }

  #expansion(parts: Part[], substitutions: { start: number; end: number }[]): void {
    const from = this.#at;
    if (this.#text[from] === "`") {
      const close = this.#text.indexOf("`", from + 1);
      const stop = close === -1 || close >= this.#end ? this.#end : close;
      if (stop === this.#end) this.#closed = false;
      substitutions.push({ start: from + 1, end: stop });
      parts.push({ kind: "unknown", isName: naming.test(this.#text.slice(from + 1, stop)) });
      this.#at = Math.min(stop + 1, this.#end);
      return;
    }
    const next = this.#text[from + 1] ?? "";
    if (next === "(") {
      const arithmetic = this.#text[from + 2] === "(";
      this.#at = this.#closing(from + 2);
      const end = Math.max(from + 2, this.#at - 1);
      if (!arithmetic) substitutions.push({ start: from + 2, end });
      parts.push({ kind: "unknown", isName: arithmetic || naming.test(this.#text.slice(from + 2, end)) });
      return;
    }
    if (next === "{") {
      let depth = 0;
      let at = from + 1;
      for (; at < this.#end; at++) {
        const character = this.#text[at];
        if (character === "\\") at++;
        else if (character === "{") depth++;
        else if (character === "}" && --depth === 0) break;
      }
      if (at >= this.#end) this.#closed = false;
      const inner = this.#text.slice(from + 2, Math.min(at, this.#end));
      const match = /^([A-Za-z_][A-Za-z0-9_]*)([^]*)$/.exec(inner);
      parts.push(
        match?.[1] === undefined
          ? { kind: "unknown", isName: false }
          : { kind: "variable", name: match[1], modifier: match[2] === "" ? undefined : match[2] },
      );
      this.#at = Math.min(at + 1, this.#end);
      return;
    }
    const name = /^[A-Za-z_][A-Za-z0-9_]*/.exec(this.#text.slice(from + 1, Math.min(from + 129, this.#end)))?.[0];
    if (name !== undefined) {
      parts.push({ kind: "variable", name, modifier: undefined });
      this.#at = from + 1 + name.length;
    } else if (/[0-9@*#?$!-]/.test(next)) {
      parts.push({ kind: "unknown", isName: /[#?$!]/.test(next) });
      this.#at = from + 2;
    } else {
      parts.push({ kind: "text", text: "$" });
      this.#at = from + 1;
    }
  }

  /** The index behind the `)` that closes what was opened before `from`; quotes are followed. */
  #closing(from: number): number {
    let depth = 1;
    for (let at = from; at < this.#end; at++) {
      const character = this.#text[at];
      if (character === "\\") {
        at++;
      } else if (character === "'") {
        const close = this.#text.indexOf("'", at + 1);
        if (close === -1) break;
        at = close;
      } else if (character === "(") {
        depth++;
      } else if (character === ")" && --depth === 0) {
        return at + 1;
      }
    }
    this.#closed = false;
    return this.#end;
  }
}
