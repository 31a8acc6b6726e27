/** Programs that a known base image gives file capabilities, as long as the file leaves them as they are. */
import { contextCopy } from "../facts/context-copies.ts";
import { resolvePath } from "../facts/paths.ts";
import type { Software } from "../recipe/software.ts";
import { basename } from "../shell/launch.ts";
import { startOf } from "./started-software.ts";
import type { RuleInput } from "./rule.ts";
import { programOf } from "./shell-words.ts";
import { readStarted } from "./started.ts";

/** One of them, with the name of the software. */
export type BaseProgram = Pick<Software, "title"> & NonNullable<Software["fileCapabilities"]>[number];

/** Those of software that the container starts. */
export function basePrograms(input: RuleInput): readonly BaseProgram[] {
  const started = readStarted(input);
  return input.software.flatMap(({ software, at }) => {
    const { title, fileCapabilities = [] } = software;
    const programs = fileCapabilities.filter(({ path }) => !isChanged(input, path));
    if (programs.length === 0 || at !== undefined || startOf(input, started, software, at) === undefined) return [];
    return programs.map((program) => ({ title, ...program }));
  });
}

/** Whether a command names the program, or may be about it, or a COPY puts another one in its place. */
const isChanged = ({ model, effects: { commands, copies } }: RuleInput, path: string): boolean =>
  commands.some(
    ({ command }) => programOf(command) === "setcap" || command.words.some(({ value }) => value === path),
  ) ||
  copies.some(({ at }) => {
    const { sources, destination } = contextCopy(model, at.instruction);
    return (
      destination === undefined ||
      destination === path ||
      sources.some((source) => resolvePath(destination, basename(source)) === path)
    );
  });
