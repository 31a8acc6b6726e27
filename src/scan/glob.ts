/**
 * Globs over repository names and tags, as `--include` and `--exclude` take them: `*` and `?` stay within one part of a
 * path, `**` goes across parts, `[a-z]` is a class and `{a,b}` a choice. Everything else stands for itself.
 */
import { err, ok, type Result } from "../core/result.ts";

/** Characters that mean something to a regular expression and nothing to a glob. */
const special = /[\\^$.|+()]/;

/** Compiles a glob. The error says what is wrong with it, as the end of a sentence. */
export function compileGlob(glob: string): Result<RegExp, string> {
  if (glob === "") return err("it is empty");
  let source = "";
  let depth = 0;
  for (let at = 0; at < glob.length; at++) {
    const character = glob[at] ?? "";
    if (character === "*") {
      if (glob[at + 1] !== "*") {
        source += "[^/]*";
        continue;
      }
      while (glob[at + 1] === "*") at++;
      // `a/**/b` also matches `a/b`, and `**/b` also `b`.
      const opens = source === "" || source.endsWith("/");
      if (opens && glob[at + 1] === "/") {
        source += "(?:.*/)?";
        at++;
      } else source += ".*";
    } else if (character === "?") source += "[^/]";
    else if (character === "[") {
      const end = glob.indexOf("]", at + 2);
      if (end === -1) return err("its [ has no ]");
      const body = glob
        .slice(at + 1, end)
        .replace(/^!/, "^")
        .replace(/[\\[\]]/g, String.raw`\$&`);
      source += `[${body}]`;
      at = end;
    } else if (character === "{") {
      source += "(?:";
      depth++;
    } else if (character === "}" && depth > 0) {
      source += ")";
      depth--;
    } else if (character === "," && depth > 0) source += "|";
    else source += special.test(character) || character === "}" || character === "]" ? `\\${character}` : character;
  }
  if (depth > 0) return err("its { has no }");
  try {
    return ok(new RegExp(`^${source}$`, "u"));
  } catch {
    return err("it is no glob");
  }
}
