/** Hands over what RUNs make: in the same layer where that can be done, else in the RUN that makes the account. */
import type { RunInstruction } from "../containerfile/model.ts";
import { isSystemPath, isWithin, resolvePath } from "../facts/paths.ts";
import type { FoundSoftware } from "../recipe/find-software.ts";
import { groupBy } from "../rules/layers.ts";
import { mayStart, startOf } from "../rules/started-software.ts";
import { readStarted } from "../rules/started.ts";
import {
  appendCommands,
  folderCommands,
  quoteWord,
  searchCommands,
  treeCommands,
  type Owner,
} from "./handover-text.ts";
import type { ChosenAccount } from "./decide.ts";
import type { Draft } from "./draft.ts";
import { keptBelow } from "./kept-paths.ts";
import { outermost, runHandovers, type WritableFolder } from "./ownership.ts";
import type { PlanInput } from "./plan.ts";

/** What is left for the RUN that makes the account: commands, and the folders that they look through. */
export interface LateHandover {
  readonly commands: readonly string[];
  readonly folders: readonly string[];
  /** Folders that a RUN hands over itself, with what it makes in them. */
  readonly done: readonly string[];
}

/** Appends handovers to the RUNs that make or install something. What cannot be put there is given back. */
export function handOverRuns(
  input: PlanInput,
  draft: Draft,
  folders: readonly WritableFolder[],
  owner: Owner,
): LateHandover {
  const { model, effects, base } = input;
  const wanted = new Map<RunInstruction, string[]>();
  const later: string[] = [];
  const add = (run: RunInstruction, commands: readonly string[]): void => {
    wanted.set(run, [...(wanted.get(run) ?? []), ...commands]);
  };
  const softwareBy = groupBy(startedSoftware(input), ({ at }) => (at?.keyword === "RUN" ? at : undefined));
  for (const [run, found] of softwareBy) {
    const paths = (kind: "folder" | "file") => [...new Set(found.flatMap((one) => pathsOf(one, kind)))];
    const commands = treeCommands(paths("folder"), paths("file"), owner);
    if (run === undefined) later.push(...commands);
    else add(run, commands);
  }
  const search: string[] = [];
  const searched = new Map<RunInstruction, readonly string[]>();
  for (const { run, paths } of runHandovers(model, effects, folders)) {
    const kept = keptBelow(paths, effects, owner, run);
    if (kept === undefined) continue;
    add(run, searchCommands(paths, owner, base, kept));
    searched.set(run, paths);
  }
  const done: string[] = [];
  for (const [run, commands] of wanted) {
    const edits = appendCommands(model.graph.file, run, commands);
    if (edits !== undefined) {
      done.push(...(searched.get(run) ?? []));
      draft.add(`line ${run.startLine}: RUN hands over what it makes, in the same layer`, ...edits);
      continue;
    }
    const searches = commands.filter((command) => command.startsWith("find ") || command.startsWith("chown -hR "));
    later.push(...commands.filter((command) => !searches.includes(command)));
    if (searches.length > 0) search.push(...folders.filter(({ why }) => why !== "asked").map(({ path }) => path));
  }
  const through = outermost(search);
  const kept = keptBelow(through, effects, owner, undefined);
  return kept === undefined
    ? { commands: later, folders: [], done }
    : { commands: [...later, ...searchCommands(through, owner, base, kept)], folders: through, done };
}

/** Known software that the container starts and that can run without root. */
function startedSoftware(input: PlanInput): readonly FoundSoftware[] {
  const started = readStarted(input);
  return input.software.filter(
    ({ software, at }) =>
      software.nonRoot !== "never" &&
      (startOf(input, started, software, at) !== undefined || mayStart(started, software)),
  );
}

/** What software writes where this package manager, or the official image, puts it. */
const pathsOf = ({ software, manager }: FoundSoftware, kind: "folder" | "file"): readonly string[] =>
  software.writable
    .filter((one) => one.kind === kind && (one.managers?.includes(manager ?? "image") ?? true))
    .map(({ path }) => path);

/**
 * Creates what may be missing and gives the folders themselves to the account.
 * @param made folders that the account's own commands have made and given to it.
 */
export function ownFolders(
  folders: readonly WritableFolder[],
  owner: Owner,
  { folders: searched, done }: LateHandover,
  made: readonly string[],
): readonly string[] {
  const sorted = folders.map(({ path }) => path).toSorted();
  // Above a VOLUME no WORKDIR has made its folder yet.
  const hasVolume = folders.some(({ why }) => why === "volume");
  const missing = sorted.filter(
    (path) => hasVolume || folders.some((one) => one.path === path && one.why !== "workdir"),
  );
  const isDone = (path: string): boolean => done.includes(path) || searched.some((folder) => isWithin(folder, path));
  const own = sorted.filter((path) => !isDone(path) || missing.includes(path));
  return [
    ...(missing.length > 0 ? [`mkdir -p ${missing.map(quoteWord).join(" ")}`] : []),
    ...folderCommands([...new Set([...sorted, ...made])].toSorted(), own, owner),
  ];
}

/** As `/etc/login.defs` has it: ids below are the system's. */
const firstPersonalUid = 1000;

/**
 * The account's home where its tool may not see to it: it is there before the account is, or an account of the file's
 * own is made without one.
 */
export function homeFolder(input: PlanInput, { name, uid, home }: ChosenAccount): WritableFolder | undefined {
  if (home === undefined) return undefined;
  const path = resolvePath("/", home);
  // A system account's is only the folder that it is registered with: `/var/www` of www-data.
  if (uid < firstPersonalUid && !path.startsWith("/home/")) return undefined;
  const { copies, writes, users } = input.effects;
  const isHomeless = path.startsWith("/home/") && users.some((user) => user.name === name && !user.createsHome);
  const isTouched =
    copies.some(({ destination }) => destination !== undefined && isWithin(path, resolvePath("/", destination))) ||
    writes.some((write) => write.path !== undefined && isWithin(path, write.path)) ||
    input.model.shipped.some(
      ({ instruction }) =>
        instruction.keyword === "WORKDIR" && isWithin(path, resolvePath("/", instruction.argument.value)),
    );
  return isHomeless || (isTouched && !isSystemPath(path)) ? { path, why: "home" } : undefined;
}
