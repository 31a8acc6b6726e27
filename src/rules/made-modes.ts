/** Folders that come into being with a mode of their own: `mkdir -m 700`, `umask 077 && mkdir`. */
import type { Effect, Effects } from "../facts/effects.ts";
import { isWithin, resolvePath } from "../facts/paths.ts";
import { workdirs } from "../facts/workdirs.ts";
import { parseOptions } from "../shell/options.ts";
import { madeFolders, type MadeFolder } from "./layers.ts";
import type { RuleInput } from "./rule.ts";
import { operandsOf, programOf } from "./shell-words.ts";

/** A folder that a `mkdir` makes, with its mode in octal or in letters. */
export interface MadeWithMode extends Pick<Effect, "at" | "command"> {
  readonly path: string;
  readonly mode: string;
}

const mkdirOptions = { values: new Set(["m"]), aliases: { mode: "m", parents: "p" } };

/** Those whose mode is told, by an option or by a `umask` in front of them; `mkdir -p` leaves a folder that is there as it is. */
export function foldersWithMode(input: RuleInput): readonly MadeWithMode[] {
  const made = madeFolders(input.effects);
  const masks = masksOf(input.effects);
  return made.flatMap((folder): readonly MadeWithMode[] => {
    const { command, path, at } = folder;
    if (programOf(command) !== "mkdir" || command.conditional) return [];
    const { options } = parseOptions(command.words.slice(1), mkdirOptions);
    const mode = options.has("m") ? options.get("m")?.value : modeUnder(masks.get(command));
    if (mode === undefined || (options.has("p") && isThere(input, made, folder))) return [];
    return [{ at, command, path, mode }];
  });
}

/** Every `mkdir` with the mask that its RUN has set in front of it. */
function masksOf({ commands }: Effects): ReadonlyMap<Effect["command"], string | undefined> {
  const masks = new Map<Effect["command"], string | undefined>();
  let [run, mask]: [Effect["at"]["instruction"] | undefined, string | undefined] = [undefined, undefined];
  for (const { at, command } of commands) {
    if (at.instruction !== run) [run, mask] = [at.instruction, undefined];
    const program = programOf(command);
    if (program === "umask") mask = command.conditional ? undefined : operandsOf(command)[0];
    else if (program === "mkdir") masks.set(command, mask);
  }
  return masks;
}

/** What a mask in octal leaves of 777. */
const modeUnder = (mask: string | undefined): string | undefined =>
  mask !== undefined && /^[0-7]{1,4}$/.test(mask)
    ? (0o777 & ~Number.parseInt(mask, 8)).toString(8).padStart(3, "0")
    : undefined;

/** Whether something in the file, or the base's own working directory, has made the folder before. */
function isThere({ model, effects, base }: RuleInput, made: readonly MadeFolder[], folder: MadeFolder): boolean {
  const { start } = folder.command.span;
  const reaches = (path: string | undefined): boolean =>
    path !== undefined && isWithin(folder.path, resolvePath("/", path));
  return (
    (base.config.known && reaches(base.config.value.workingDir)) ||
    made.some(({ path, command }) => command.span.start < start && reaches(path)) ||
    effects.copies.some(({ at, destination }) => at.instruction.span.start < start && reaches(destination)) ||
    workdirs(model).some(({ instruction, path }) => instruction.span.start < start && reaches(path))
  );
}
