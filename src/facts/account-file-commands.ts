/** Commands that write `/etc/passwd` and `/etc/group` themselves: lines that are in the file, and edits by other means. */
import type { ShellCommand, ShellWord } from "../shell/model.ts";
import { idOf, type AccountEffect } from "./account-effect.ts";
import { outputOf, type CommandInput } from "./command-output.ts";
import { pathOf } from "./ownership-commands.ts";
import { literalBody } from "./passwd-files.ts";
import { basename } from "../shell/launch.ts";

interface Written {
  readonly path: "/etc/passwd" | "/etc/group";
  readonly appends: boolean;
}

/** Lines of an account file, and the word that they stand in where it is one. */
interface Lines {
  readonly lines: readonly string[];
  readonly word: ShellWord | undefined;
}

const accountFile = (path: string | undefined): path is Written["path"] =>
  path === "/etc/passwd" || path === "/etc/group";

/**
 * `echo 'app:x:1000:1000::/home/app:/bin/sh' >> /etc/passwd`, `printf`, `cat <<EOF`, `echo … | tee -a`, and edits by other
 * means.
 * @param name `undefined` where a redirection stands alone: of a group (`{ … } >> /etc/passwd`), whose text is not looked for
 */
export function accountFileEffects(
  command: ShellCommand,
  name: ShellWord | undefined,
  input: CommandInput,
): readonly AccountEffect[] {
  const tool = basename(name?.value ?? "");
  const written = writtenFile(command, tool);
  if (name === undefined) return written === undefined ? [] : [changed(command, "unknown")];
  if (written === undefined) return edits(command, tool);
  const text = linesOf(command, input);
  if (text === undefined) return [changed(command, "unknown")];
  const isReplaced = written.path === "/etc/passwd" && !written.appends;
  return [
    ...(isReplaced ? [changed(command, "replace")] : []),
    ...text.lines
      .filter((line) => line.includes(":"))
      .map((line) => lineEffect(command, name, written.path, line, text.word)),
  ];
}

function writtenFile(command: ShellCommand, tool: string): Written | undefined {
  const { redirections, words } = command;
  for (const { operator, target } of redirections) {
    const path = pathOf(command, target);
    if (/>\|?$/.test(operator) && accountFile(path)) return { path, appends: operator.endsWith(">>") };
  }
  if (tool !== "tee") return undefined;
  const operands = words.slice(1).filter(({ raw }) => !raw.startsWith("-"));
  const path = operands[0] && pathOf(command, operands[0]);
  const appends = words.some(({ value }) => value === "-a" || value === "--append");
  return operands.length === 1 && accountFile(path) ? { path, appends } : undefined;
}

/** The lines that a command prints, where they are in the file. */
function linesOf(command: ShellCommand, input: CommandInput): Lines | undefined {
  const output = outputOf(command, input, { bodyOf: literalBody });
  return (
    output && {
      lines: output.text.split(/\\n|\n/),
      word: output.printer?.words.slice(1).find(({ value }) => value?.includes(":")),
    }
  );
}

/** Commands that may leave another `/etc/passwd`, or none, where they name it. */
const editors = new Set("sed tee perl ed ex vi vim cp mv install ln rm unlink truncate".split(" "));

/** `sed -i … /etc/passwd` and its kin: what it says afterwards only running tells. */
function edits(command: ShellCommand, tool: string): readonly AccountEffect[] {
  if (editsFile(command, tool, "passwd")) return [changed(command, "unknown")];
  if (!editsFile(command, tool, "group")) return [];
  return [{ kind: "group-change", effect: { command, name: undefined, renumbers: false, gid: undefined } }];
}

function editsFile(command: ShellCommand, tool: string, file: "passwd" | "group"): boolean {
  const words = command.words.slice(1);
  if (tool === "dd") return words.some(({ value }) => value === `of=/etc/${file}`);
  if (tool === "tar" || tool === "find")
    return file === "passwd" && isInEtc(command, words) && mayTouchAny(tool, words);
  if (!editors.has(tool)) return false;
  if (!words.some((word) => standsFor(command, word, file)) && !bringsIt(command, words, file)) return false;
  return tool !== "sed" || words.some(({ raw }) => /^-[a-zA-Z]*i|^--in-place/.test(raw));
}

const isInEtc = (command: ShellCommand, words: readonly ShellWord[]): boolean =>
  command.cwd === "/etc" || words.some((word) => pathOf(command, word) === "/etc");

/** Archives hold anything, and so do searches that delete what is called like the file. */
const mayTouchAny = (tool: string, words: readonly ShellWord[]): boolean =>
  tool === "tar"
    ? words.some(
        ({ raw }, index) => /^(?:-[a-zA-Z]*x|--(?:extract|get)$)/.test(raw) || (index === 0 && /^[a-zA-Z]*x/.test(raw)),
      )
    : words.some(({ raw }) => raw === "-delete") && words.some(({ value = "" }) => value.startsWith("passwd"));

/** Whether a word is the file, or a pattern that it is among (`/etc/*`), of which {@link pathOf} gives the folder. */
function standsFor(command: ShellCommand, word: ShellWord, file: string): boolean {
  const path = pathOf(command, word);
  if (path !== "/etc") return path === `/etc/${file}`;
  const name = word.value?.split("/").at(-1) ?? "";
  const pattern = name.replace(/\[[^\]]+\]/g, "?").replace(/[.+^${}()|[\]\\]/g, "\\$&");
  // Stars side by side are one: as many patterns of their own they would be tried against each other.
  const regex = pattern.replace(/\*+/g, ".*").replaceAll("?", ".");
  return /[*?]/.test(pattern) && new RegExp(`^${regex}$`).test(file);
}

/** `cp /tmp/passwd /etc/`. */
function bringsIt(command: ShellCommand, words: readonly ShellWord[], file: string): boolean {
  const into = words.at(-1);
  if (into === undefined || pathOf(command, into) !== "/etc" || /[*?[]/.test(into.raw)) return false;
  return words.slice(0, -1).some(({ value }) => value?.split("/").at(-1) === file);
}

const changed = (command: ShellCommand, kind: "replace" | "unknown"): AccountEffect => ({
  kind: "change",
  effect: { command, kind, name: undefined, uid: undefined },
});

function lineEffect(
  command: ShellCommand,
  name: ShellWord,
  path: Written["path"],
  line: string,
  nameWord: ShellWord | undefined,
): AccountEffect {
  const [account, , id, gid, , home] = line.split(":");
  if (path === "/etc/group") {
    return {
      kind: "group",
      effect: { command, tool: "group-append", name: account, gid: idOf(id), optionsAt: name.span.end },
    };
  }
  return {
    kind: "user",
    effect: {
      command,
      tool: "passwd-append",
      name: account,
      uid: idOf(id) ?? 0,
      group: gid,
      ownGroup: false,
      gid: idOf(gid) ?? 0,
      home,
      createsHome: false,
      system: false,
      supplementary: [],
      noLogInit: true,
      optionsAt: name.span.end,
      uidWord: undefined,
      nameWord,
    },
  };
}
