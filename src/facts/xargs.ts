/** The command that `xargs` runs. */
import { unknownText, type ShellCommand, type ShellWord } from "../shell/model.ts";
import { takeWrappers } from "../shell/wrappers.ts";

/** Options that take the next word. */
const valued = /^(?:-[0oprtx]*[EILPadns]|--(?:arg-file|delimiter|max-(?:args|chars|procs)))$/;

/**
 * The command with `xargs` and its options as its wrappers; `undefined` where it runs none of its own.
 * @param read the words that it reads, where they are known.
 */
export function commandOfXargs(command: ShellCommand, read?: readonly ShellWord[]): ShellCommand | undefined {
  const [first, ...rest] = command.words;
  const start = rest.findIndex(({ raw }, index) => !raw.startsWith("-") && !valued.test(rest[index - 1]?.raw ?? ""));
  if (first === undefined || start === -1) return undefined;
  const options = rest.slice(0, start);
  const { words, wrappers } = takeWrappers(rest.slice(start));
  const replaced = replacedText(options);
  const input = read ?? [{ raw: "", value: undefined, possible: [unknownText], span: first.span }];
  return {
    ...command,
    words:
      replaced === undefined
        ? [...words, ...input]
        : words.flatMap((word) => (word.value === replaced ? input : [filled(word, replaced)])),
    wrappers: [...command.wrappers, first, ...options, ...wrappers],
  };
}

/** `{}` of `-I {}`, `-I{}`, `-i`: what the input takes the place of; where there is none it goes behind the words. */
function replacedText(options: readonly ShellWord[]): string | undefined {
  const at = options.findIndex(({ raw }) => /^-[0oprtx]*[Ii]|^--replace/.test(raw));
  const option = options[at]?.value;
  if (option === undefined) return undefined;
  const given = option.replace(/^(?:--replace=?|-[^Ii]*[Ii])/, "");
  if (given !== "") return given;
  return /^-[^i-]*I$/.test(option) ? options[at + 1]?.value : "{}";
}

function filled(word: ShellWord, replaced: string): ShellWord {
  if (word.value?.includes(replaced) !== true) return word;
  return { ...word, value: undefined, possible: [word.value.replaceAll(replaced, unknownText)] };
}
