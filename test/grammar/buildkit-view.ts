/**
 * A parsed file in the shape in which BuildKit's own parser answers, so that the two can be compared: one entry an
 * instruction, as `fixtures/grammar/expected-buildkit.jsonl` has them.
 */
import { parseContainerfile } from "../../src/containerfile/parse.ts";
import type { CommandForm, Instruction, Word } from "../../src/containerfile/model.ts";

/** One line of `expected-buildkit.jsonl`. */
export interface BuildKitFile {
  readonly File: string;
  readonly Err?: string;
  readonly Escape: string;
  readonly Ins: readonly BuildKitInstruction[] | null;
}

export interface BuildKitInstruction {
  readonly Cmd: string;
  readonly Start: number;
  readonly End: number;
  readonly Flags: readonly string[] | null;
  readonly Args: readonly string[];
  readonly JSON: boolean;
  readonly Orig: string;
  readonly H?: readonly BuildKitHeredoc[];
}

interface BuildKitHeredoc {
  readonly Name: string;
  readonly Expand: boolean;
  readonly Chomp: boolean;
  /** UTF-8 bytes of the body. */
  readonly Len: number;
}

/** What our reading of a text comes to in BuildKit's words. */
export const buildKitView = (text: string): readonly BuildKitInstruction[] =>
  parseContainerfile(text).instructions.map(viewOf);

function viewOf(instruction: Instruction): BuildKitInstruction {
  const { logical, argumentsAt, startLine, endLine, flags, heredocs, keyword } = instruction;
  const isUnknown = keyword === "UNKNOWN";
  const { args, json } = argumentsOf(instruction);
  return {
    Cmd: isUnknown ? instruction.name.toLowerCase() : keyword.toLowerCase(),
    Start: startLine,
    End: endLine,
    Flags: isUnknown
      ? null
      : flags.map(({ name, value }) => (value === undefined ? `--${name}` : `--${name}=${value}`)),
    Args: isUnknown ? [logical.text.slice(argumentsAt)] : args,
    JSON: json,
    ...(heredocs.length > 0 && {
      H: heredocs.map(({ name, expand, chomp, body, bodySpan }) => ({
        Name: name,
        Expand: expand,
        Chomp: chomp,
        Len: chomp ? bodySpan.end - bodySpan.start : Buffer.byteLength(body),
      })),
    }),
    Orig: logical.text,
  };
}

const texts = (words: readonly Word[]): readonly string[] => words.map(({ value }) => value);

const ofCommand = (command: CommandForm): { args: readonly string[]; json: boolean } =>
  command.form === "exec"
    ? { args: texts(command.words), json: true }
    : { args: command.command === "" ? [] : [command.command], json: false };

function argumentsOf(instruction: Instruction): { args: readonly string[]; json: boolean } {
  switch (instruction.keyword) {
    case "FROM": {
      const { image, alias, logical } = instruction;
      const as = logical.text.split(/\s+/)[2] ?? "AS";
      return { args: alias === undefined ? [image.value] : [image.value, as, alias.value], json: false };
    }
    case "RUN":
    case "CMD":
    case "ENTRYPOINT":
      return ofCommand(instruction.command);
    case "SHELL":
      return { args: texts(instruction.words), json: true };
    case "COPY":
    case "ADD":
      return {
        args: texts([...instruction.sources, instruction.destination]).filter((value) => value !== ""),
        json: instruction.json,
      };
    case "USER":
    case "WORKDIR":
    case "STOPSIGNAL":
    case "MAINTAINER":
      return { args: [instruction.argument.value], json: false };
    case "ENV":
    case "LABEL":
      return {
        args: instruction.pairs.flatMap(({ key, value }) => [key.value, value.value, instruction.legacy ? "" : "="]),
        json: false,
      };
    case "ARG":
      return {
        args: instruction.declarations.map(({ name, value }) =>
          value === undefined ? name.value : `${name.value}=${value.value}`,
        ),
        json: false,
      };
    case "EXPOSE":
    case "VOLUME":
      return { args: texts(instruction.words), json: instruction.json };
    case "HEALTHCHECK": {
      const { command } = instruction;
      if (command === undefined) return { args: ["NONE"], json: false };
      const { args, json } = ofCommand(command);
      return { args: ["CMD", ...args], json };
    }
    case "ONBUILD":
      return { args: triggerWords(instruction.trigger), json: false };
    case "UNKNOWN":
      return { args: [], json: false };
  }
}

/** BuildKit parses the trigger into a tree of its own; its dump lists keyword and arguments. */
function triggerWords(trigger: Instruction | undefined): readonly string[] {
  if (trigger === undefined) return [];
  return [trigger.keyword, ...argumentsOf(trigger).args];
}
