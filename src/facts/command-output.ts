/** What a command of a RUN prints, where the file has it: `echo`, `printf`, and here-documents through `cat` and `tee`. */
import type { Heredoc } from "../containerfile/model.ts";
import type { ShellCommand } from "../shell/model.ts";
import { printedText, type EchoDialect, type Unescape } from "./printed-text.ts";
import { basename } from "../shell/launch.ts";

/** What a command reads, and how its shell prints. */
export interface CommandInput {
  /** Those of its RUN. */
  readonly heredocs: readonly Heredoc[];
  /** The command whose output it reads. */
  readonly feeder: ShellCommand | undefined;
  readonly echo: EchoDialect;
}

/** How a text is read. */
interface Reading {
  /** The lines of a here-document; `undefined` where they are not known. */
  readonly bodyOf: (heredoc: { readonly body: string; readonly expand: boolean }) => string | undefined;
  readonly unescape?: Unescape;
}

export interface Output {
  readonly text: string;
  /** The `echo` or `printf`; `undefined` for a here-document. */
  readonly printer: ShellCommand | undefined;
}

/** `undefined` where the text is not in the file. */
export function outputOf(command: ShellCommand, input: CommandInput, reading: Reading): Output | undefined {
  const tool = basename(command.words[0]?.value ?? "");
  if (tool === "echo" || tool === "printf") {
    const text = printedText(tool, command.words.slice(1), input.echo, reading.unescape);
    return text === undefined ? undefined : { text, printer: command };
  }
  if (tool !== "tee" && !(tool === "cat" && command.words.every(({ raw }, at) => at === 0 || raw === "-")))
    return undefined;
  const inputs = command.redirections.filter(({ operator }) => /^<<-?$/.test(operator));
  if (inputs.length === 0 && input.feeder !== undefined)
    return outputOf(input.feeder, { ...input, feeder: undefined }, reading);
  const [here, anotherInput] = inputs;
  if (here === undefined || anotherInput !== undefined) return undefined;
  if (here.body !== undefined) return heredocOutput({ body: here.body.text, expand: here.body.expand }, reading);
  const [heredoc, another] = input.heredocs.filter((one) => one.name === here.target.value);
  return heredoc === undefined || another !== undefined ? undefined : heredocOutput(heredoc, reading);
}

function heredocOutput(heredoc: Parameters<Reading["bodyOf"]>[0], { bodyOf }: Reading): Output | undefined {
  const text = bodyOf(heredoc);
  return text === undefined ? undefined : { text, printer: undefined };
}
