/** Folders and files that a RUN takes away again, so that nothing is left there to hand over. */
import type { Effect } from "../facts/effects.ts";
import { isWithin } from "../facts/paths.ts";
import { basename } from "../shell/launch.ts";
import { writtenPaths } from "../facts/written-paths.ts";
import type { ShellWord } from "../shell/model.ts";
import { parseOptions } from "../shell/options.ts";

/** What `rm`, `rmdir` and `mv` take away from where it was. */
function removedWords({ command }: Effect): readonly ShellWord[] {
  const [first, ...rest] = command.words;
  const { options, operands } = parseOptions(rest, { values: new Set(["t", "target-directory", "S", "suffix"]) });
  switch (basename(first?.value ?? "")) {
    case "rm":
    case "rmdir":
      return operands;
    case "mv":
      return options.has("t") || options.has("target-directory") ? operands : operands.slice(0, -1);
    default:
      return [];
  }
}

/**
 * Tells whether a path, or a folder around it, is certainly taken away behind an effect in the same instruction; `rm` ends
 * the build at a folder.
 * @param commands those of the build
 */
export function takenAway(commands: readonly Effect[]): (path: string, behind: Effect) => boolean {
  const removals = commands.flatMap((by) => {
    const words = by.command.conditional ? [] : removedWords(by);
    const named = words.flatMap((word) => writtenPaths(by.command, word)).filter(({ isUnnamed }) => !isUnnamed);
    return named.map(({ path }) => ({ by, path }));
  });
  return (path, { at, command }) =>
    removals.some(
      ({ by, path: removed }) =>
        by.at.instruction === at.instruction && by.command.span.start > command.span.start && isWithin(removed, path),
    );
}
