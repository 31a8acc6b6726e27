/** Where the files lie that a word of a command names, as far as its name can be told. */
import { placesOf } from "../shell/folder.ts";
import { unknownText, type ShellCommand, type ShellWord } from "../shell/model.ts";
import { fieldsOf } from "../shell/word-values.ts";

export interface WrittenPath {
  /** Absolute. */
  readonly path: string;
  /** The name of what is written is not known: it lies somewhere below the path. */
  readonly isUnnamed: boolean;
}

/** The paths that a word may stand for. Empty where it may be anywhere: `$DIR/x` of an unknown variable. */
export function writtenPaths(command: ShellCommand, word: ShellWord): readonly WrittenPath[] {
  const isLiteral = word.value !== undefined && (!/[*?[]/.test(word.raw) || /^['"]/.test(word.raw));
  return placesOf(fieldsOf(word), command.mayBeIn).map((path) => named(path, isLiteral));
}

/** The folders in which a command may run. */
export const foldersOf = (command: ShellCommand): readonly WrittenPath[] =>
  command.mayBeIn.map((path) => named(path, false));

/** Cut back to the folder of the first name that is not known. */
function named(path: string, isLiteral: boolean): WrittenPath {
  const parts = path.split("/");
  const end = parts.findIndex((part) => part.includes(unknownText) || (!isLiteral && /[*?[]/.test(part)));
  if (end === -1) return { path, isUnnamed: false };
  return { path: parts.slice(0, end).join("/") || "/", isUnnamed: true };
}
