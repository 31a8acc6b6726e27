/** What the RUNs of a file leave in root's home by tools that install for whoever runs them. */
import type { Span } from "../core/finding.ts";
import type { Stage } from "../containerfile/build-model.ts";
import type { RunInstruction } from "../containerfile/model.ts";
import { isOnFolder, mountTarget, mountType, readMount } from "../containerfile/run-mounts.ts";
import type { Effect } from "../facts/effects.ts";
import { isWithin, resolvePath } from "../facts/paths.ts";
import { basename } from "../shell/launch.ts";
import { rootHome } from "./root-home.ts";
import type { RuleInput } from "./rule.ts";
import { isWrappedBy, operandsOf, programOf } from "./shell-words.ts";
import { homeTools, type HomeTool } from "./home-tools.ts";

export interface InstalledAtHome {
  readonly tool: HomeTool;
  readonly path: string;
  readonly at: Span;
  readonly stage: Stage;
}

const asOther: ReadonlySet<string> = new Set(["sudo"]);
const carriesAway: ReadonlySet<string> = new Set(["rm", "cp", "mv", "rsync", "tar", "find"]);

/** Whether the file or its base image chooses where a tool puts its things, or the file has a finding for that place. */
function isChosen({ model }: RuleInput, { chosenBy, images, folder }: HomeTool): boolean {
  const { graph } = model;
  const { env } = model.after(graph.target);
  return (
    chosenBy.test(graph.file.text) ||
    (graph.base.kind === "image" && images?.test(graph.base.reference) === true) ||
    [...env].some(([name, value]) => chosenBy.test(name) || value.includes(`${rootHome}/${folder}/`))
  );
}

/** Whether a later command removes, moves or copies what lies at a path. */
const isCarriedAway = (commands: readonly Effect[], path: string, start: number): boolean =>
  commands.some(
    ({ command }) =>
      command.span.start > start &&
      carriesAway.has(programOf(command)) &&
      operandsOf(command).some(
        (word) => isWithin(rootHome, word) && (isWithin(path, word) || isWithin(resolvePath("/", word), path)),
      ),
  );

/** Whether something is mounted around a path while the RUN runs, so that what is put there stays out of the image. */
const isMounted = ({ flags }: RunInstruction, path: string): boolean =>
  flags.some(({ name, value = "" }) => {
    const fields = name === "mount" ? (readMount(value) ?? []) : [];
    const target = mountTarget(fields);
    return target !== "" && isOnFolder(mountType(fields)) && isWithin(resolvePath("/", target), path);
  });

/** What stays there, each tool once, in the order of the file; what may not run is left out. */
export function installedAtHome(input: RuleInput): readonly InstalledAtHome[] {
  const { commands } = input.effects;
  const found = new Map<HomeTool, InstalledAtHome>();
  for (const { command, at } of commands) {
    if (command.home !== rootHome || command.conditional || isWrappedBy(command, asOther)) continue;
    const [program = "", ...rest] = command.words.map(({ value, raw }) => value ?? raw);
    const line = [basename(program), ...rest].join(" ");
    const tool = homeTools.find((one) => one.command.test(line) && one.elsewhere?.test(line) !== true);
    if (tool === undefined || found.has(tool) || isChosen(input, tool)) continue;
    const path = `${rootHome}/${tool.folder}`;
    if (isCarriedAway(commands, path, command.span.start) || isMounted(at.instruction, path)) continue;
    found.set(tool, { tool, path, at: command.span, stage: at.stage });
  }
  return [...found.values()];
}
