/** Reading single shell commands. */
import { basename } from "../shell/launch.ts";
import type { ShellCommand } from "../shell/model.ts";

/** The program that a command starts, without its folder; `""` when that cannot be known. */
export const programOf = ({ words }: ShellCommand): string => basename(words[0]?.value ?? "");

/** Literal words behind the program that are no options. */
export const operandsOf = ({ words }: ShellCommand): readonly string[] =>
  words.slice(1).flatMap(({ value }) => (value === undefined || value.startsWith("-") ? [] : [value]));

/** Whether one of a command's wrappers (`sudo`, `env`) is of that name. */
export const isWrappedBy = ({ wrappers }: ShellCommand, names: ReadonlySet<string>): boolean =>
  wrappers.some(({ value }) => value !== undefined && names.has(basename(value)));

const searching: ReadonlySet<string> = new Set(["find", "xargs"]);

/** Whether `find` or `xargs` starts a command: they may start it for no file at all. */
export const isForFoundFiles = (command: ShellCommand): boolean => isWrappedBy(command, searching);
