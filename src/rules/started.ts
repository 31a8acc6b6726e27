/** What a container of the image starts: the programs of ENTRYPOINT and CMD, through inits, shells and wrappers. */
import type { Span } from "../core/finding.ts";
import type { Stage, Starter } from "../containerfile/build-model.ts";
import { stageOf } from "./placing.ts";
import type { RuleInput } from "./rule.ts";
import { basename, behindRunners, shellTextAt, shells } from "../shell/launch.ts";
import { readShell } from "../shell/read-shell.ts";
import { ownSource } from "../shell/source.ts";

/** A word of a command that starts with the container. */
export interface StartedWord {
  /** `undefined` where only running tells. */
  readonly value: string | undefined;
  readonly span: Span;
}

/** One command that starts with the container. */
export interface StartedCommand {
  /** The ENTRYPOINT or CMD it stands in. */
  readonly at: Starter;
  readonly stage: Stage;
  /** The program and its arguments; inits and wrappers (`tini --`, `exec`, `env A=b`) are taken off. */
  readonly words: readonly StartedWord[];
  /** Last part of the program's path; `""` when unknown. */
  readonly program: string;
  /** `sudo` and the like that were taken off. */
  readonly wrappers: readonly string[];
  /** Read by a shell, so that `~` and variables are expanded when it starts. */
  readonly isShell: boolean;
  /** The shell text it stands in; `undefined` when no shell reads it. */
  readonly script: string | undefined;
  /** CMD that only holds arguments of the ENTRYPOINT (`CMD ["--port", "80"]`). */
  readonly isArguments: boolean;
}

export interface Started {
  readonly commands: readonly StartedCommand[];
  /** Whether ENTRYPOINT comes from the base image (or is not set). */
  readonly baseEntrypoint: boolean;
  /** Whether CMD comes from the base image (or is not set). */
  readonly baseCmd: boolean;
}

interface Place {
  readonly at: Starter;
  readonly stage: Stage;
  readonly isShell: boolean;
  readonly script: string | undefined;
}

/** Values of variables when the container starts, which only a shell puts in. */
type Variables = ReadonlyMap<string, string>;

/** The commands of words that start as they are; a shell with `-c` starts those of its script. */
function fromWords(words: readonly StartedWord[], place: Place, variables: Variables): readonly StartedCommand[] {
  let first = behindRunners(words, 0);
  if (shells.has(basename(words[first]?.value ?? ""))) {
    const script = words[shellTextAt(words, first)];
    if (script !== undefined) {
      return script.value === undefined
        ? []
        : fromScript(script.value, { ...place, isShell: true, script: script.value }, variables, () => script.span);
    }
    // `sh /entrypoint.sh`: the script is what starts.
    const operand = words.findIndex(
      ({ value }, index) => index > first && (value === undefined || !value.startsWith("-")),
    );
    if (operand !== -1) first = behindRunners(words, operand);
  }
  const argv = words.slice(first);
  if (argv.length === 0) return [];
  const program = basename(argv[0]?.value ?? "");
  const isArguments = place.at.keyword === "CMD" && !place.isShell && program.startsWith("-");
  return [{ words: argv, program, wrappers: [], isArguments, ...place }];
}

/** The commands of a shell text. */
function fromScript(
  text: string,
  place: Place,
  variables: Variables,
  spanOf: (span: Span) => Span,
): readonly StartedCommand[] {
  const { commands } = readShell(ownSource(text), { variables, cwd: undefined });
  return commands.flatMap((command) => {
    // What `sh -c` runs is among the commands already.
    if (shellTextAt(command.words, 0) !== -1) return [];
    const words = command.words.map(({ value, span }) => ({ value, span: spanOf(span) }));
    const wrappers = command.wrappers.flatMap(({ value }) => (value === undefined ? [] : [basename(value)]));
    return fromWords(words, place, variables).map((one) => ({ ...one, wrappers: [...wrappers, ...one.wrappers] }));
  });
}

function commandsOf(instruction: Starter, stage: Stage, variables: Variables): readonly StartedCommand[] {
  const { command } = instruction;
  if (command.form === "exec")
    return fromWords(command.words, { at: instruction, stage, isShell: false, script: undefined }, variables);
  const { logical } = instruction;
  const offset = logical.text.indexOf(command.command, instruction.argumentsAt);
  const toSource = (span: Span): Span =>
    offset === -1
      ? command.span
      : { start: logical.toSource(offset + span.start), end: logical.toSource(offset + span.end - 1) + 1 };
  return fromScript(
    command.command,
    { at: instruction, stage, isShell: true, script: command.command },
    variables,
    toSource,
  );
}

/** What the finished image starts. */
export function readStarted({ model }: RuleInput): Started {
  const { entrypoint, cmd, env } = model.after(model.graph.target);
  // A shell-form ENTRYPOINT never sees CMD.
  const seesCmd = entrypoint.value?.command.form !== "shell";
  const commands = [entrypoint.value, seesCmd ? cmd.value : undefined].flatMap((starter) =>
    starter === undefined ? [] : commandsOf(starter, stageOf(model, starter), env),
  );
  return { commands, baseEntrypoint: entrypoint.value === undefined, baseCmd: cmd.value === undefined };
}
