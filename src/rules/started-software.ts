/** Which known software a container of the image starts, and from where. */
import type { Span } from "../core/finding.ts";
import type { Stage } from "../containerfile/build-model.ts";
import type { Instruction } from "../containerfile/model.ts";
import type { Software } from "../recipe/software.ts";
import { placeOf } from "./placing.ts";
import type { RuleInput } from "./rule.ts";
import { basename } from "./shell-words.ts";
import type { Started, StartedCommand } from "./started.ts";

export interface SoftwareStart {
  readonly span: Span;
  readonly stage: Stage;
  /** The base image starts it; the place is the target's FROM. */
  readonly isBase: boolean;
}

/** Whether a command starts the software: its program, or `service NAME start`. */
const starts = ({ program, words, isArguments }: StartedCommand, { commands }: Software): boolean =>
  !isArguments &&
  (commands.includes(program) ||
    (program === "service" && commands.includes(words[1]?.value ?? "")) ||
    (/^(?:systemctl|rc-service)$/.test(program) &&
      words.some(({ value }) => value !== undefined && commands.includes(value.replace(/\.service$/, "")))));

/** Whether the container starts what the base image starts: neither ENTRYPOINT nor CMD was replaced. */
export const startsBaseProgram = ({ baseEntrypoint, baseCmd }: Started): boolean => baseEntrypoint && baseCmd;

/**
 * Where the container starts a known software.
 * @param installedBy The RUN that installs it, or `undefined` when the base image brings it.
 */
export function startOf(
  { model }: RuleInput,
  started: Started,
  software: Software,
  installedBy: Instruction | undefined,
): SoftwareStart | undefined {
  const command = started.commands.find((one) => starts(one, software));
  if (command !== undefined) {
    return { span: command.words[0]?.span ?? placeOf(command.at), stage: command.stage, isBase: false };
  }
  if (installedBy !== undefined || !startsBaseProgram(started)) return undefined;
  const { target } = model.graph;
  return { span: placeOf(target.from), stage: target, isBase: true };
}

/** The program that the base image's own CMD or ENTRYPOINT starts; `undefined` when nobody knows. */
export function baseProgram({ base }: RuleInput): string | undefined {
  if (!base.config.known) return undefined;
  const { entrypoint = [], cmd = [] } = base.config.value;
  const word = cmd[0] ?? entrypoint[0];
  return word === undefined ? undefined : basename(word);
}
