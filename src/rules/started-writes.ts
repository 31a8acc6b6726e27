/** What scripts that start with the container write, as far as their text tells. */
import type { ContextScript } from "../facts/context.ts";
import { isWithin, resolvePath } from "../facts/paths.ts";
import { writtenFolders } from "../facts/tree-writes.ts";
import { readFlow } from "../shell/flow.ts";
import type { ShellCommand } from "../shell/model.ts";
import { runAsNonRoot } from "./non-root-run.ts";
import type { RuleInput } from "./rule.ts";
import { programOf } from "./shell-words.ts";

/** The folders that a script certainly writes, and where it does so first. */
export interface ScriptWrites {
  readonly script: ContextScript;
  readonly line: number;
  /** Absolute, each once, in the order of the text. */
  readonly folders: readonly string[];
}

/** Places of the kernel's, of which nobody gives any away. */
const kernelFolders = ["/", "/dev", "/proc", "/sys"];

/**
 * The folders that have to be a user's for the scripts to do what they do, whoever starts them; what only root does, or
 * stands behind a condition, or may fail, is none of it.
 */
export function scriptWrites({ scripts }: RuleInput): readonly ScriptWrites[] {
  return scripts.flatMap((script) => {
    if (script.isCalled) return [];
    const writes = script.commands.flatMap((command) => foldersOf(command).map((folder) => ({ folder, command })));
    const [first] = writes;
    if (first === undefined) return [];
    const { flow, isWhole } = readFlow(script.text);
    const reached = writes.filter(
      ({ command: { span } }) => isWhole && runAsNonRoot(script.text, flow, [span], false) === span,
    );
    const start = reached[0]?.command.span.start;
    if (start === undefined) return [];
    const line = script.text.slice(0, start).split("\n").length;
    return [{ script, line, folders: [...new Set(reached.map(({ folder }) => folder))] }];
  });
}

/** The folder that a command makes, or puts something into. */
function foldersOf(command: ShellCommand): readonly string[] {
  if (command.conditional || command.onFailure === "caught") return [];
  const makes = programOf(command) === "mkdir";
  return writtenFolders(command).flatMap(({ path, certain, isUnnamed }) => {
    const target = resolvePath("/", path);
    if (!certain || kernelFolders.slice(1).some((folder) => isWithin(folder, target))) return [];
    const isFile = !isUnnamed && !(makes && command.redirections.length === 0);
    const folder = isFile ? resolvePath(target, "..") : target;
    return kernelFolders.includes(folder) ? [] : [folder];
  });
}
