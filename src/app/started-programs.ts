/** The programs that an image starts by themselves, as far as its configuration tells. */
import type { ImageConfig } from "../core/ports.ts";
import { behindRunners, scriptOption } from "../rules/started.ts";
import { asWords, programPaths, startedArgv } from "./image-audit/started-argv.ts";
import { startedByText } from "./image-audit/started-text.ts";

/** The rule that who grants such programs their file capabilities silences. */
export const fileCapabilities = "file-capabilities";

/** A shell's text that starts more than these is more than a command line. */
const mostPrograms = 16;

/**
 * The program of ENTRYPOINT and CMD, and those behind an init (`tini -- run.sh`) or in a shell's text (`CMD ./run.sh`).
 * Each by the places where it may lie.
 */
export function startedPrograms(config: ImageConfig): readonly (readonly string[])[] {
  const { argv } = startedArgv(config) ?? { argv: [] };
  const [program = ""] = argv;
  const cwd = config.workingDir === "" ? "/" : config.workingDir;
  const words = asWords(argv);
  const first = behindRunners(words, 0);
  const script = scriptOption(words, first);
  const behind = script === -1 ? [{ words: argv.slice(first), cwd }] : startedIn(config, argv.slice(script + 1), cwd);
  const programs = behind.slice(0, mostPrograms).map((one) => programPaths(config, one.words[0] ?? "", one.cwd));
  const all = [programPaths(config, program, cwd), ...programs].filter((places) => places.length > 0);
  return [...new Map(all.map((places) => [places.join("\n"), places])).values()];
}

/** `text` is run by a shell, which calls the first of its arguments `$0`. */
const startedIn = ({ env }: ImageConfig, [text = "", , ...args]: readonly string[], cwd: string) =>
  startedByText(text, { extent: "whole", args, cwd, env });
