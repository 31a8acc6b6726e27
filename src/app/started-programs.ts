/** The programs that an image starts by themselves, as far as its configuration and the scripts of its context tell. */
import type { ImageConfig } from "../core/ports.ts";
import type { ContextScript } from "../facts/context.ts";
import { basename, behindRunners, shellTextAt, shells } from "../shell/launch.ts";
import { asWords, programPaths, startedArgv, type Words } from "./image-audit/started-argv.ts";
import { startedByText, type TextStart } from "./image-audit/started-text.ts";

/** The rule that who grants such programs their file capabilities silences. */
export const fileCapabilities = "file-capabilities";

/** What starts more than these is more than a command line. */
const mostPrograms = 16;

/** Scripts of the build context with their places in the image. */
export type PlacedScripts = readonly Pick<ContextScript, "place" | "text">[];

/**
 * The program of ENTRYPOINT and CMD, and those behind an init (`tini -- run.sh`), in a shell's text (`CMD ./run.sh`) or in
 * a script's place (`exec "$@"`). Each by the places where it may lie.
 */
export function startedPrograms(config: ImageConfig, scripts: PlacedScripts = []): readonly (readonly string[])[] {
  const found = new Map<string, readonly string[]>();
  let left = mostPrograms;
  const follow = (words: Words, cwd: string | undefined): void => {
    if (left-- <= 0) return;
    const places = programPaths(config, words[0] ?? "", cwd);
    if (places.length > 0) found.set(places.join("\n"), places);
    const first = behindRunners(asWords(words), 0);
    if (first > 0) return follow(words.slice(first), cwd);
    for (const one of textsOf(words, cwd))
      for (const { words: started, cwd: from } of startedByText(one.text, one)) follow(started, from);
  };
  const textsOf = (words: Words, cwd: string | undefined): readonly (TextStart & { readonly text: string })[] => {
    const text = shellTextAt(asWords(words), 0);
    // The first word behind a shell's text is its `$0`.
    if (text !== -1)
      return [{ text: words[text] ?? "", extent: "whole", args: words.slice(text + 2), cwd, env: config.env }];
    const at = shells.has(basename(words[0] ?? "")) ? operandOf(words) : 0;
    const name = words[at] ?? "";
    const script = scripts.find(({ place }) => programPaths(config, name, cwd).includes(place));
    if (script === undefined || !isForShell(script)) return [];
    return [{ text: script.text, extent: "exec", args: words.slice(at + 1), cwd, env: config.env }];
  };
  follow(startedArgv(config)?.argv ?? [], config.workingDir || "/");
  return [...found.values()];
}

const operandOf = (words: Words): number =>
  words.findIndex((word, index) => index > 0 && word?.startsWith("-") !== true);

const isForShell = ({ text }: { readonly text: string }): boolean =>
  !text.startsWith("#!") || (text.split("\n", 1)[0] ?? "").split(/[\s/]+/).some((word) => shells.has(word));
