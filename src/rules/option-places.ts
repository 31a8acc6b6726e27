/** Folders that programs write because an option of theirs says so: `--pid /run/app.pid`, `--data-dir=/data`. */
import { resolvePath } from "../facts/paths.ts";

const fileOption = /^--?(?:[\w.-]*[-_.])?(?:pid(?:[-_]?file)?|(?:access|error)?[-_]?log(?:[-_]?file)?)$/i;
const folderOption =
  /^--?(?:[\w.-]*[-_.])?(?:(?:data|cache|log|state|spool)[-_]?(?:dir|directory|path)|db[-_]?path|storage\.(?:[\w-]+\.)?path)$/i;

/**
 * The folders of a command line, as far as they are absolute.
 * @param words The words of the command; `undefined` for those only running tells.
 */
export const optionPlaces = (words: readonly (string | undefined)[]): readonly string[] =>
  words.flatMap((word, index) => {
    const [, name = "", joined] = /^(-[^=]*)(?:=(.*))?$/s.exec(word ?? "") ?? [];
    const value = joined ?? words[index + 1] ?? "";
    if (!value.startsWith("/")) return [];
    if (folderOption.test(name)) return [resolvePath("/", value)];
    return fileOption.test(name) ? [resolvePath(value, "..")] : [];
  });
