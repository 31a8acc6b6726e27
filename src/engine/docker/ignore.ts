/**
 * `.dockerignore` as Docker's client reads it.
 * @see https://docs.docker.com/build/concepts/context/#dockerignore-files
 * @see https://github.com/moby/patternmatcher
 */
export interface IgnoreRules {
  /** `path` is relative to the context, with `/` between its parts. */
  ignores(path: string): boolean;
  /** True when nothing below this ignored folder can be wanted again, so that it need not be walked. */
  skipsFolder(path: string): boolean;
}

interface Pattern {
  readonly negated: boolean;
  /** Cleaned, without a leading slash. */
  readonly text: string;
  readonly matches: (path: string) => boolean;
}

/** Reads ignore rules; a pattern that is none (an open bracket) counts as not there. */
export function readIgnoreRules(text: string): IgnoreRules {
  const patterns = text
    .replace(/^\ufeff/, "")
    .split(/\r?\n/)
    .map(readPattern)
    .filter((pattern) => pattern !== undefined);
  const negated = patterns.filter((pattern) => pattern.negated);
  return {
    ignores(path) {
      // A path is what its nearest decision says: the last pattern that meets it or a folder above it.
      const parts = path.split("/");
      const above = parts.map((_, depth) => parts.slice(0, depth + 1).join("/"));
      let ignored = false;
      for (const pattern of patterns) {
        if (pattern.negated === ignored && above.some((prefix) => pattern.matches(prefix))) ignored = !pattern.negated;
      }
      return ignored;
    },
    skipsFolder: (path) => !negated.some(({ text: wanted }) => `${wanted}/`.startsWith(`${path}/`)),
  };
}

function readPattern(line: string): Pattern | undefined {
  if (line.startsWith("#")) return undefined;
  let text = line.trim();
  const negated = text.startsWith("!");
  if (negated) text = text.slice(1).trim();
  text = clean(text);
  if (text === "" || text === ".") return undefined;
  const expression = toExpression(text);
  return expression === undefined ? undefined : { negated, text, matches: (path) => expression.test(path) };
}

/** As Go's `filepath.Clean` behind a root: no empty part, no `.`, `..` taken back. */
function clean(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") parts.pop();
    else parts.push(part);
  }
  return parts.join("/");
}

/** `*` and `?` stay within a part, `**` crosses parts, brackets are classes, a backslash makes the next letter plain. */
function toExpression(pattern: string): RegExp | undefined {
  let source = "^";
  for (let at = 0; at < pattern.length; at++) {
    const letter = pattern[at] ?? "";
    if (letter === "*") {
      if (pattern[at + 1] !== "*") {
        source += "[^/]*";
        continue;
      }
      while (pattern[at + 1] === "*") at++;
      if (pattern[at + 1] === "/") at++;
      // At the end it takes everything; else any number of whole parts.
      source += at + 1 >= pattern.length ? ".*" : "(?:.*/)?";
    } else if (letter === "?") source += "[^/]";
    else if (letter === "[") {
      const end = pattern.indexOf("]", at + 2);
      if (end === -1) return undefined;
      source += `[${pattern.slice(at + 1, end).replaceAll("\\", "\\\\")}]`;
      at = end;
    } else if (letter === "\\") {
      at++;
      source += quote(pattern[at] ?? "\\");
    } else source += quote(letter);
  }
  try {
    return new RegExp(`${source}$`, "s");
  } catch {
    return undefined;
  }
}

const quote = (letter: string): string => letter.replace(/[.*+?^${}()|[\]\\/]/, "\\$&");
