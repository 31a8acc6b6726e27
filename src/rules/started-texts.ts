/** Shell texts that start with the container: scripts whose text a builder has, and those of ENTRYPOINT and CMD. */
import type { Instruction } from "../containerfile/model.ts";
import type { RuleInput } from "./rule.ts";
import { isForShell } from "./started-scripts.ts";
import { readStarted } from "./started.ts";

export interface StartedText {
  /** The script's path in the context, or the keyword of the instruction that it stands in. */
  readonly by: string;
  readonly text: string;
  /** The ENTRYPOINT or CMD that starts it. */
  readonly at: Instruction;
  /** It is a file, with lines of its own. */
  readonly isScript: boolean;
  /** Only another script starts it. */
  readonly isCalled: boolean;
}

/** Each once, however often it starts. */
export function startedTexts(input: RuleInput): readonly StartedText[] {
  const scripts = input.scripts.map(({ path, text, startedBy, isCalled }): StartedText => ({
    by: path,
    text,
    at: startedBy,
    isScript: true,
    isCalled,
  }));
  const inline = readStarted(input).commands.flatMap(({ script, at }): StartedText[] =>
    script === undefined ? [] : [{ by: at.keyword, text: script, at, isScript: false, isCalled: false }],
  );
  const all = [...scripts, ...inline].filter(({ text }) => isForShell(text));
  return [...new Map(all.map((one) => [one.text, one])).values()];
}
