/** Hands over what RUNs make: in the same layer where that can be done, else in the RUN that makes the account. */
import type { RunInstruction } from "../containerfile/model.ts";
import type { Effects, TreeWrite } from "../facts/effects.ts";
import { isSystemPath, isWithin, resolvePath } from "../facts/paths.ts";
import { workdirs } from "../facts/workdirs.ts";
import type { FoundSoftware } from "../recipe/find-software.ts";
import { groupBy, isGlob } from "../rules/layers.ts";
import { mayStart, startOf } from "../rules/started-software.ts";
import { readStarted } from "../rules/started.ts";
import {
  appendCommands,
  folderCommands,
  ownerCommands,
  searchCommands,
  treeCommands,
  type Owner,
} from "./handover-text.ts";
import type { Draft } from "./draft.ts";
import { mountPoints } from "./mounts.ts";
import type { ChosenAccount, PlanInput, WritableFolder } from "./model.ts";
import { outermost, runHandovers } from "./ownership.ts";
import { isCovered, reaches, searcher, type Late, type PlacedSearch } from "./searches.ts";
import { spellBehind, type Spell, type Spellings } from "./spelling.ts";
import { unpackedPaths } from "./unpacked.ts";

/** What is left for the RUN that makes the account, and what is done already. */
export interface LateHandover {
  /** For small trees of known software. */
  readonly commands: readonly string[];
  /** For what RUNs that could not do it themselves make in VOLUMEs, and elsewhere. */
  readonly inVolumes: Commands;
  readonly last: Commands;
  readonly searches: readonly PlacedSearch[];
  /** Folders of mounts that nothing hands over yet. */
  readonly mountPoints: readonly WritableFolder[];
}

/** Commands for a place that is still to be found. */
type Commands = (spell: Spell) => readonly string[];

interface Wanted {
  readonly trees: readonly string[];
  readonly paths: readonly string[];
}

/**
 * Appends handovers to the RUNs that make or install something. What cannot be put there is given back.
 * @param isGiven tells what its RUN itself gives to the account.
 */
export function handOverRuns(
  input: PlanInput,
  draft: Draft,
  folders: readonly WritableFolder[],
  owner: Owner,
  spellings: Spellings,
  isGiven: (write: TreeWrite) => boolean,
): LateHandover {
  const { model, effects, base } = input;
  const { later, wanted } = wantedHandovers(input, folders, owner, isGiven);
  const searches: PlacedSearch[] = [];
  const searchIn = searcher(input);
  const open = [...unpackedPaths(model, effects, folders, owner), ...triggeredPaths(effects, folders)];
  for (const [run, { trees, paths }] of wanted) {
    const search = searchIn(paths, owner, run);
    const commands =
      search === undefined ? [] : searchCommands(search, owner, base, spellBehind(model, spellings, run));
    const isForShell = !effects.opaque.some(({ instruction }) => instruction === run);
    const edits = isForShell ? appendCommands(model.graph.file, run, [...trees, ...(commands ?? [])]) : undefined;
    if (edits === undefined) later.push(...trees);
    else draft.add(`line ${run.startLine}: RUN hands over what it makes, in the same layer`, ...edits);
    const isDone = search !== undefined && commands !== undefined && edits !== undefined;
    if (isDone && !search.onlyFiles) searches.push(search);
    else open.push(...paths.map((path) => ({ path, at: run.index })));
  }
  const points = mountPoints(model, folders).filter((point) => !isCovered(searches, point));
  const left = open.filter((one) => !searches.some((search) => reaches(search, one))).map(({ path }) => path);
  const isInVolume = (path: string): boolean => folders.some((one) => one.why === "volume" && isWithin(one.path, path));
  const lateSearch = (paths: readonly string[], place: Late): Commands => {
    const search = searchIn(outermost(paths), owner, place);
    if (search === undefined) return () => [];
    searches.push(search);
    return (spell) => searchCommands(search, owner, base, spell) ?? [];
  };
  return {
    commands: later,
    inVolumes: lateSearch(left.filter(isInVolume), "volume"),
    last: lateSearch(
      left.filter((path) => !isInVolume(path)),
      "last",
    ),
    searches,
    mountPoints: points,
  };
}

/** The folders that ONBUILD triggers may have written below: whatever they are, they ran as they stand. */
const triggeredPaths = ({ opaque }: Effects, folders: readonly WritableFolder[]) =>
  opaque
    .filter(({ instruction }) => instruction.keyword === "FROM")
    .flatMap(({ instruction }) =>
      folders.filter(({ why }) => why !== "software").map(({ path }) => ({ path, at: instruction.index })),
    );

/** What each RUN has to hand over, and the trees of software that no RUN here installs. */
function wantedHandovers(
  input: PlanInput,
  folders: readonly WritableFolder[],
  owner: Owner,
  isGiven: (write: TreeWrite) => boolean,
) {
  const later: string[] = [];
  const wanted = new Map<RunInstruction, Wanted>();
  const softwareBy = groupBy(startedSoftware(input), ({ at }) => (at?.keyword === "RUN" ? at : undefined));
  for (const [run, found] of softwareBy) {
    const paths = (kind: "folder" | "file") => [...new Set(found.flatMap((one) => pathsOf(one, kind)))];
    // What the base image holds is not stored again: its folders are handed over themselves.
    const trees = treeCommands(run === undefined ? [] : paths("folder"), paths("file"), owner);
    if (run === undefined) later.push(...trees);
    else wanted.set(run, { trees, paths: [] });
    for (const again of run === undefined ? [] : givenAway(input, run, [...paths("folder"), ...paths("file")], owner)) {
      const there = wanted.get(again.run)?.trees ?? [];
      wanted.set(again.run, { trees: [...there, ...again.trees], paths: [] });
    }
  }
  for (const { run, paths } of runHandovers(input.model, input.effects, folders, isGiven)) {
    wanted.set(run, { trees: wanted.get(run)?.trees ?? [], paths });
  }
  return { later, wanted };
}

/**
 * What RUNs behind the one that installs software give to its package's account (`RUN mkdir -p /run/mysqld && chown
 * mysql /run/mysqld`), as its daemon wants it that root starts: it is handed over there once more.
 */
function givenAway(
  { effects }: PlanInput,
  installer: RunInstruction,
  places: readonly string[],
  owner: Owner,
): readonly { readonly run: RunInstruction; readonly trees: readonly string[] }[] {
  return effects.owners.flatMap(({ tool, owner: given = "", paths, recursive, command, at: { instruction } }) => {
    const [user = ""] = given.split(":");
    if (tool !== "chown" || instruction.keyword !== "RUN" || instruction.index <= installer.index) return [];
    if (command.conditional || /^(?:|root|[0-9]+)$/.test(user)) return [];
    const changed = paths.flatMap((one) => {
      const { path } = one;
      if (path === undefined || isGlob(one)) return [];
      if (places.some((place) => isWithin(place, path))) return [path];
      return recursive ? places.filter((place) => isWithin(path, place)) : [];
    });
    const trees = changed.length === 0 ? [] : ownerCommands([...new Set(changed)], owner, recursive);
    return trees.length === 0 ? [] : [{ run: instruction, trees }];
  });
}

/** Folders of software that the base image brings, where the container starts it. */
export const softwareFolders = (input: PlanInput): readonly WritableFolder[] =>
  startedSoftware(input)
    .filter(({ at }) => at === undefined)
    .flatMap((found) => pathsOf(found, "folder"))
    .map((path) => ({ path, why: "software" }));

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
 * Creates what may be missing and gives the folders themselves to the account, with the files that are named in them, and
 * what is in those that become VOLUMEs.
 * @param made folders that the account's own commands have made and given to it.
 * @param isOwn tells which ones the file itself makes as the account's.
 */
export function ownFolders(
  folders: readonly WritableFolder[],
  owner: Owner,
  { inVolumes, searches }: LateHandover,
  made: readonly string[],
  spell: Spell,
  isOwn: (folder: WritableFolder) => boolean,
): readonly string[] {
  // Above a VOLUME no WORKDIR has made its folder yet.
  const hasVolume =
    folders.some((folder) => folder.why === "volume" && !isOwn(folder)) || searches.some(({ at }) => at === "volume");
  const before = searches.filter(({ at }) => typeof at === "number");
  const missing = folders.filter(
    (folder) =>
      folder.files?.includes(folder.path) !== true &&
      (hasVolume || folder.why !== "workdir") &&
      !isCovered(before, folder) &&
      !isOwn(folder),
  );
  const own = folders.filter((folder) => !isCovered(searches, folder) && !isOwn(folder));
  const files = own.flatMap((folder) => folder.files ?? []);
  const all = [...new Set([...sortedPaths(folders), ...made, ...files])].toSorted();
  return [
    ...(missing.length > 0 ? [`mkdir -p ${sortedPaths(missing).map(spell).join(" ")}`] : []),
    ...(files.length > 0 ? [`touch ${files.map(spell).join(" ")}`] : []),
    ...inVolumes(spell),
    ...folderCommands(all, [...new Set([...sortedPaths(own), ...files])], owner, spell),
  ];
}

const sortedPaths = (folders: readonly WritableFolder[]): readonly string[] =>
  folders.map(({ path }) => path).toSorted();

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
    writes.some((write) => isWithin(path, write.path)) ||
    workdirs(input.model).some((workdir) => isWithin(path, workdir.path));
  return isHomeless || (isTouched && !isSystemPath(path)) ? { path, why: "home" } : undefined;
}

/**
 * Tells the folder that the file's own `useradd -m` makes and gives to the account: a home that was there before, or was
 * given to somebody behind it, is none.
 */
export function madeHome(
  { base, effects, model }: PlanInput,
  { name }: ChosenAccount,
  owner: Owner,
): (folder: WritableFolder) => boolean {
  const maker = effects.users.find((user) => user.name === name && user.createsHome && !user.command.conditional);
  if (maker?.home === undefined || owner.groupWritable) return () => false;
  const home = resolvePath("/", maker.home);
  const { index } = maker.at.instruction;
  const isThere =
    !(base.accounts.known && base.accounts.value.passwd.every((one) => one.home !== home)) ||
    effects.copies.some(
      ({ at, destination }) =>
        at.instruction.index < index && (destination === undefined || isWithin(home, resolvePath("/", destination))),
    ) ||
    effects.writes.some(({ at, path }) => at.instruction.index <= index && isWithin(home, path)) ||
    model.shipped.some(
      ({ instruction }) => instruction.index < index && isWithin(home, model.before(instruction).workdir.value.value),
    ) ||
    isWithin(home, model.before(maker.at.instruction).workdir.value.value);
  const isGiven = effects.owners.some(({ paths }) => paths.some(({ path }) => path === undefined || path === home));
  return ({ path, why }) => path === home && why !== "volume" && !isThere && !isGiven;
}
