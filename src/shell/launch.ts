/** How a command's words name what runs: the shells, and the programs that only start another one. */

/** A word, `undefined` where only running tells. */
type Words = readonly { readonly value: string | undefined }[];

/** The last part of a path: `/bin/sh` → `sh`. */
export const basename = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** Names of the shells whose language is read here. */
export const shells: ReadonlySet<string> = new Set(["sh", "bash", "ash", "dash", "zsh", "ksh"]);

/** Programs that run the command behind them, with their options that take a value. */
const runners: Readonly<Record<string, ReadonlySet<string>>> = {
  tini: new Set(["-p", "-e"]),
  "tini-static": new Set(["-p", "-e"]),
  "docker-init": new Set(["-p", "-e"]),
  "dumb-init": new Set(["-r", "--rewrite"]),
  catatonit: new Set(),
  pid1: new Set(),
  exec: new Set(["-a"]),
  env: new Set(["-u", "-C", "-S"]),
  nice: new Set(["-n"]),
  ionice: new Set(["-c", "-n"]),
  nohup: new Set(),
  setsid: new Set(),
  stdbuf: new Set(["-i", "-o", "-e"]),
  time: new Set(),
  command: new Set(),
};

/** The index of the first word behind inits and wrappers (`tini --`, `exec`, `env A=b`). */
export function behindRunners(words: Words, from: number): number {
  let at = from;
  for (;;) {
    const name = basename(words[at]?.value ?? "");
    const takesValue = Object.hasOwn(runners, name) ? runners[name] : undefined;
    if (takesValue === undefined) return at;
    for (at++; at < words.length; at++) {
      const value = words[at]?.value;
      if (value === undefined) break;
      if (value === "--") {
        at++;
        break;
      }
      if (takesValue.has(value)) at++;
      else if (!value.startsWith("-") && !(name === "env" && value.includes("="))) break;
    }
  }
}

/** Long options of shells that take the next word; `o` and `O` do so among short ones as well (`-eo pipefail`). */
const valued: ReadonlySet<string> = new Set(["--rcfile", "--init-file", "--emulate"]);

/**
 * The index of the text that the shell at `first` is handed: `sh -ec TEXT`, `bash -c -o pipefail TEXT`. -1 where it is
 * handed none, as of `sh FILE -c`, and where there is no shell.
 */
export function shellTextAt(words: Words, first: number): number {
  if (!shells.has(basename(words[first]?.value ?? ""))) return -1;
  let takesText = false;
  for (let at = first + 1; at < words.length; at++) {
    const value = words[at]?.value;
    // What a variable holds there is mostly options.
    if (value === undefined && !takesText) continue;
    const isLast = value === "--" || value === "-";
    if (isLast) at++;
    if (isLast || value === undefined || !/^[-+]/.test(value)) return takesText && at < words.length ? at : -1;
    if (/^-[a-zA-Z]*c/.test(value)) takesText = true;
    if (valued.has(value) || /^[-+][a-zA-Z]*[oO]/.test(value)) at++;
  }
  return -1;
}
