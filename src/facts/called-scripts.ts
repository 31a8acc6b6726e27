/** Which files a script starts in turn, or takes in, by the words of its commands. Pure. */
import { readShell } from "../shell/read-shell.ts";
import { ownSource } from "../shell/source.ts";
import { unknownText, type ShellCommand, type ShellWord } from "../shell/model.ts";
import { resolvePath } from "./paths.ts";
import { basename } from "../shell/launch.ts";

/** A command that starts a file, or takes it in. */
export interface CalledFile {
  /** Places in the text of the script. */
  readonly start: number;
  readonly end: number;
  /** Where the file may lie in the image, the likeliest first. */
  readonly places: readonly string[];
  /** A loop starts what lies in each of the places, which may be patterns: `for f in /docker-entrypoint.d/*.sh`. */
  readonly isEach: boolean;
  /** `.` and `source`: its functions are there to be called afterwards. */
  readonly isSourced: boolean;
}

/** Where a script lies, and what it starts with. */
export interface ScriptPlace {
  /** In the image. */
  readonly path: string;
  readonly cwd: string;
  readonly variables: ReadonlyMap<string, string>;
  /** Folders that a name without a slash is looked for in. */
  readonly searchPath: readonly string[];
}

/** Programs whose first operand is the file. */
const openers: ReadonlySet<string> = new Set(["sh", "bash", "ash", "dash", ".", "source", "tini", "dumb-init"]);

/** The script's own folder, as scripts find it: `$(dirname "$0")/lib.sh`, `${0%/*}/lib.sh`. */
const ownFolder =
  /^"?(?:\$\(dirname (?:-- )?"?\$(?:0|\{?BASH_SOURCE(?:\[0\])?\}?)"?\)|\$\{(?:0|BASH_SOURCE(?:\[0\])?)%\/\*\})"?\/([\w./-]+)"?$/;

/** The files that a script's commands name. */
export function calledFiles(text: string, script: ScriptPlace): readonly CalledFile[] {
  const { variables, cwd } = script;
  const { commands } = readShell(ownSource(text), { variables, cwd });
  return commands.flatMap((command) => {
    const [program] = command.words;
    const name = basename(program?.value ?? "");
    const operand = command.words.find(({ raw }, index) => index > 0 && !raw.startsWith("-"));
    const word = openers.has(name) ? operand : program;
    const each = name === "run-parts" ? allIn(operand) : placesOfEach(word);
    const places = word === undefined || each.length > 0 ? each : placesOf(word, command, script);
    const isSourced = name === "." || name === "source";
    return places.length === 0 ? [] : [{ ...command.span, places, isEach: each.length > 0, isSourced }];
  });
}

/** `run-parts /docker-entrypoint.d` */
const allIn = (folder: ShellWord | undefined): readonly string[] =>
  folder?.value?.startsWith("/") === true ? [resolvePath(folder.value, "*")] : [];

/** What the variable of a loop may be, as far as it is known. */
const placesOfEach = (word: ShellWord | undefined): readonly string[] =>
  (word?.possible ?? []).filter((place) => place.startsWith("/") && !place.includes(unknownText));

function placesOf(
  { raw, value }: ShellWord,
  { cwd }: ShellCommand,
  { path, searchPath }: ScriptPlace,
): readonly string[] {
  const beside = ownFolder.exec(raw)?.[1];
  if (beside !== undefined) return [resolvePath(resolvePath(path, ".."), beside)];
  if (value === undefined) return [];
  if (value.startsWith("/")) return [resolvePath("/", value)];
  const here = cwd === undefined ? [] : [resolvePath(cwd, value)];
  if (value.includes("/")) return here;
  return /\.(?:sh|bash)$|entrypoint/.test(value) ? [...searchPath.map((folder) => `${folder}/${value}`), ...here] : [];
}
