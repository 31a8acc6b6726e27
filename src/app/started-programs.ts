/** The programs that an image starts by themselves, as far as its configuration tells. */
import type { ImageConfig } from "../core/ports.ts";
import { behindRunners, scriptOption } from "../rules/started.ts";
import { asWords, programPaths, startedArgv } from "./image-audit/started-argv.ts";

/** The first word of a shell's script where it is a program's path; names may be the shell's own commands. */
const firstPath = /^\s*(?:exec\s+)?((?:\/|\.\.?\/)[\w./+@-]+)(?:[\s;&|]|$)/;

/**
 * The program of ENTRYPOINT and CMD, and the one behind an init (`tini -- run.sh`) or in a shell's script
 * (`CMD ./run.sh`). Each by the places where it may lie.
 */
export function startedPrograms(config: ImageConfig): readonly (readonly string[])[] {
  const argv = startedArgv(config)?.argv ?? [];
  const words = asWords(argv);
  const first = behindRunners(words, 0);
  const script = scriptOption(words, first);
  const names = new Set([argv[0], script === -1 ? argv[first] : firstPath.exec(argv[script + 1] ?? "")?.[1]]);
  const folder = config.workingDir === "" ? "/" : config.workingDir;
  return [...names].flatMap((name) => (name === undefined ? [] : [programPaths(config, name, folder)]));
}
