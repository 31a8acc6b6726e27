import type { ShellCommand } from "../shell/model.ts";
import { basename } from "../shell/launch.ts";

/** Whether a command takes an id that is taken: `-o` lets two share it; `groupadd -f` takes another one or the group as it is. */
export const allowsDoubles = ({ words }: ShellCommand): boolean =>
  words.some(
    ({ value }) =>
      value !== undefined &&
      (/^(?:-[a-zA-Z]*o|--non-unique)$/.test(value) ||
        (basename(words[0]?.value ?? "") === "groupadd" && /^(?:-[a-zA-Z]*f|--force)$/.test(value))),
  );
