/** What a container of an image starts, from its configuration alone. */
import type { ImageConfig } from "../../core/ports.ts";
import { resolvePath } from "../../facts/paths.ts";
import { portOfFlag, isPrivileged } from "../../rules/ports.ts";
import { privilegeSwitch } from "../../rules/privilege-switches.ts";
import { needOfScript, type RootNeed } from "../../rules/started-scripts.ts";
import type { Environment } from "../../rules/unset-tests.ts";
import { basename, behindRunners, shellTextAt } from "../../shell/launch.ts";
import type { StartedWord } from "../../rules/started.ts";

/** Words of a command, `undefined` where only running tells. */
export type Words = readonly (string | undefined)[];

/** ENTRYPOINT with CMD behind it. */
export interface StartedArgv {
  readonly keyword: "ENTRYPOINT" | "CMD";
  /** At least one word. */
  readonly argv: readonly string[];
}

/** `undefined` when the image starts nothing by itself. */
export function startedArgv({ entrypoint, cmd }: ImageConfig): StartedArgv | undefined {
  const argv = [...entrypoint, ...cmd];
  return argv.length === 0 ? undefined : { keyword: entrypoint.length > 0 ? "ENTRYPOINT" : "CMD", argv };
}

/** What Linux and the runtimes use where the image sets no PATH. */
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Where a program may lie, in the order it is looked for; `from` is the folder that a relative name begins at. */
export function programPaths(config: ImageConfig, name: string, from: string | undefined): readonly string[] {
  if (name === "") return [];
  if (name.includes("/")) return from === undefined && !name.startsWith("/") ? [] : [resolvePath(from ?? "/", name)];
  const path = config.env.findLast((entry) => entry.startsWith("PATH="))?.slice("PATH=".length) || defaultPath;
  return path
    .split(":")
    .filter((folder) => folder.startsWith("/"))
    .slice(0, 50)
    .map((folder) => resolvePath(folder, name));
}

/** What is read of a word, whose place in a file is of no concern here. */
export const asWords = (words: Words): readonly StartedWord[] =>
  words.map((value) => ({ value, span: { start: 0, end: 0 } }));

/** The words behind inits and wrappers (`tini --`, `env A=b`). */
const commandOf = (words: Words): Words => words.slice(behindRunners(asWords(words), 0));

/** A privilege switch, or another thing that needs root, in a command; not in a script's own text. */
export function needOfWords(words: Words, environment: Environment): RootNeed | undefined {
  const command = asWords(commandOf(words));
  const text = command[shellTextAt(command, 0)];
  if (text === undefined)
    return privilegeSwitch({ program: basename(command[0]?.value ?? ""), wrappers: [], words: command });
  return needOfScript(text.value ?? "", environment);
}

/** The variables that a container of the image starts with. */
export const environmentOf = ({ env }: ImageConfig): Environment =>
  new Set(env.map((entry) => entry.split("=", 1)[0] ?? ""));

/** The same for what an image starts. */
export function needOfArgv(config: ImageConfig): (RootNeed & { readonly keyword: string }) | undefined {
  const started = startedArgv(config);
  const need = started === undefined ? undefined : needOfWords(started.argv, environmentOf(config));
  return started === undefined || need === undefined ? undefined : { keyword: started.keyword, ...need };
}

/** A port below 1024 that the command line names. */
export function portOfArgv(config: ImageConfig): { readonly port: number; readonly keyword: string } | undefined {
  const started = startedArgv(config);
  if (started === undefined) return undefined;
  const words = commandOf(started.argv).map((word) => word ?? "");
  for (let index = 0; index < words.length; index++) {
    const port = portOfFlag(words[0] ?? "", words, index);
    if (port !== undefined && isPrivileged(port)) return { port, keyword: started.keyword };
  }
  return undefined;
}
