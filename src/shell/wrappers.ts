/** Commands that only run another one: taken off, so that what counts stands first. */
import { basename } from "./launch.ts";
import type { ShellWord } from "./model.ts";

/** Options of a wrapper that take the next word. */
const withValue: Readonly<Record<string, ReadonlySet<string>>> = {
  sudo: new Set(["-u", "-g", "-h", "-p", "-C", "-r", "-t", "-U", "-D", "-T"]),
  env: new Set(["-u", "-C", "-S"]),
  nice: new Set(["-n"]),
  ionice: new Set(["-c", "-n", "-p"]),
  timeout: new Set(["-k", "-s"]),
  stdbuf: new Set(["-i", "-o", "-e"]),
};
const plainWrappers = new Set([
  "sudo",
  "env",
  "exec",
  "command",
  "builtin",
  "time",
  "nice",
  "ionice",
  "nohup",
  "busybox",
  "stdbuf",
  "timeout",
  "chronic",
  "fakeroot",
]);

/**
 * Splits `sudo -E env A=b useradd x` into the wrappers (with their options) and `useradd x`.
 */
export function takeWrappers(words: readonly ShellWord[]): {
  readonly words: readonly ShellWord[];
  readonly wrappers: readonly ShellWord[];
} {
  let at = 0;
  for (;;) {
    const name = basename(words[at]?.value ?? "");
    if (!plainWrappers.has(name) || at + 1 >= words.length) break;
    let next = at + 1;
    const takes = withValue[name];
    while (next < words.length) {
      const { raw } = words[next]!;
      if (raw === "--") {
        next++;
        break;
      }
      if (raw.startsWith("-")) next += takes?.has(raw) === true ? 2 : 1;
      else if ((name === "env" || name === "sudo") && /^[A-Za-z_][A-Za-z0-9_]*=/.test(raw)) next++;
      else break;
    }
    if (name === "timeout" && next < words.length) next++;
    if (next >= words.length) break;
    at = next;
  }
  return { words: words.slice(at), wrappers: words.slice(0, at) };
}
