/** What a container of an image starts, from its configuration alone. */
import type { ImageConfig } from "../../core/ports.ts";
import { resolvePath } from "../../facts/paths.ts";
import { portOfFlag, isPrivileged } from "../../rules/ports.ts";
import { privilegeSwitch } from "../../rules/privilege-switches.ts";
import { needOfScript, type RootNeed } from "../../rules/started-scripts.ts";
import { basename } from "../../rules/shell-words.ts";
import { behindRunners, shells } from "../../rules/started.ts";

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

/** Where the program that starts may lie, in the order the runtime looks; a script that a shell starts counts as it. */
export function programPaths(config: ImageConfig): readonly string[] {
  const started = startedArgv(config);
  if (started === undefined) return [];
  const name = started.argv[0] ?? "";
  if (name === "") return [];
  const workdir = config.workingDir || "/";
  if (name.includes("/")) return [resolvePath(workdir, name)];
  const path = config.env.findLast((entry) => entry.startsWith("PATH="))?.slice("PATH=".length) || defaultPath;
  return path
    .split(":")
    .filter((folder) => folder.startsWith("/"))
    .slice(0, 50)
    .map((folder) => resolvePath(folder, name));
}

/** The words behind inits and wrappers (`tini --`, `env A=b`). */
function commandOf({ argv }: StartedArgv): readonly string[] {
  return argv.slice(
    behindRunners(
      argv.map((value) => ({ value, span: { start: 0, end: 0 } })),
      0,
    ),
  );
}

/** The text that a shell is given with `-c`. */
function shellText(words: readonly string[]): string | undefined {
  if (!shells.has(basename(words[0] ?? ""))) return undefined;
  const at = words.findIndex((word, index) => index > 0 && /^-[a-z]*c$/.test(word));
  return at === -1 ? undefined : words[at + 1];
}

/** A privilege switch, or another thing that needs root, in what starts; not in a script's own text. */
export function needOfArgv(config: ImageConfig): (RootNeed & { readonly keyword: string }) | undefined {
  const started = startedArgv(config);
  if (started === undefined) return undefined;
  const words = commandOf(started);
  const text = shellText(words);
  const need =
    text === undefined
      ? privilegeSwitch({
          program: basename(words[0] ?? ""),
          wrappers: [],
          words: words.map((value) => ({ value, span: { start: 0, end: 0 } })),
        })
      : needOfScript(text);
  return need === undefined ? undefined : { keyword: started.keyword, ...need };
}

/** A port below 1024 that the command line names. */
export function portOfArgv(config: ImageConfig): { readonly port: number; readonly keyword: string } | undefined {
  const started = startedArgv(config);
  if (started === undefined) return undefined;
  const words = commandOf(started);
  for (let index = 0; index < words.length; index++) {
    const port = portOfFlag(words[0] ?? "", words, index);
    if (port !== undefined && isPrivileged(port)) return { port, keyword: started.keyword };
  }
  return undefined;
}
