/** Files that the RUNs of a stage write and that another stage takes: `echo 'app:x:1000:1000::/:' > /passwd`. */
import type { Effects } from "./effects.ts";
import { pathOf } from "./ownership-commands.ts";
import { basename } from "../shell/launch.ts";

/** Commands that name a file and leave its text as it is. */
const harmless: ReadonlySet<string> = new Set(["cat", "chgrp", "chmod", "chown", "ls", "test", "["]);

/**
 * The text that a file certainly has at the end of a stage; `undefined` where its RUNs do not write all of it in words, or
 * something else names it.
 * @param effects of the stage.
 */
export function textAtEnd({ texts, commands, copies }: Effects, path: string): string | undefined {
  const written = texts.filter((one) => one.path === path);
  const first = written.findLastIndex(({ appends }) => !appends);
  if (first === -1) return undefined;
  const writers = new Set(written.map(({ command }) => command));
  const isNamed = commands.some(
    ({ command }) =>
      !writers.has(command) &&
      !harmless.has(basename(command.words[0]?.value ?? "")) &&
      [...command.words, ...command.redirections.map(({ target }) => target)].some(
        (word) => pathOf(command, word) === path,
      ),
  );
  if (isNamed || copies.some(({ destination }) => destination === path)) return undefined;
  let whole = "";
  for (const { text } of written.slice(first)) {
    // What a shell still has to replace.
    if (text === undefined || /[$`\\]/.test(text)) return undefined;
    whole += text;
  }
  return whole;
}
