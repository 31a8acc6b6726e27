/** Files that a RUN writes as a whole, with their text where it is in the file: `cat <<EOF > /run.sh`, `echo … >> /run.sh`. */
import { bodyInImage } from "./copied-texts.ts";
import { outputOf, type CommandInput } from "./command-output.ts";
import type { WrittenText } from "./effects.ts";
import { pathOf } from "./ownership-commands.ts";
import { unescaped } from "./printed-text.ts";
import { basename } from "../shell/launch.ts";
import type { ShellCommand, ShellWord } from "../shell/model.ts";

/** What a command certainly puts into a file; `undefined` where it puts nothing into one that is known. */
export function writtenText(command: ShellCommand, input: CommandInput): Omit<WrittenText, "at"> | undefined {
  if (command.conditional) return undefined;
  const target = targetOf(command);
  const path = target && pathOf(command, target.word);
  if (target === undefined || path === undefined) return undefined;
  return { command, path, appends: target.appends, text: textOf(command, input) };
}

interface Target {
  readonly word: ShellWord;
  readonly appends: boolean;
}

/** `> x`, `>> x`, `tee x`. */
function targetOf({ redirections, words: [program, ...words] }: ShellCommand): Target | undefined {
  const output = redirections.findLast(({ operator }) => /^1?>[>|]?$/.test(operator));
  if (output !== undefined) return { word: output.target, appends: output.operator.endsWith(">>") };
  if (basename(program?.value ?? "") !== "tee") return undefined;
  const [word, another] = words.filter(({ raw }) => !raw.startsWith("-"));
  if (word === undefined || another !== undefined) return undefined;
  return { word, appends: words.some(({ raw }) => raw === "-a" || raw === "--append") };
}

function textOf(command: ShellCommand, input: CommandInput): string | undefined {
  const reading = { bodyOf: bodyInImage, unescape: unescaped };
  if (command.group === undefined) return outputOf(command, input, reading)?.text;
  let text = "";
  for (const one of command.group) {
    const output =
      targetOf(one) === undefined && !one.conditional ? outputOf(one, noFeeder(input), reading) : undefined;
    if (output === undefined) return undefined;
    text += output.text;
  }
  return text;
}

const noFeeder = (input: CommandInput): CommandInput => ({ ...input, feeder: undefined });
