/**
 * From findings to edits. Pure: the same input gives the same bytes. What only building can tell is asked for
 * (`observe`), never guessed.
 */
import { insertAfter, insertBefore, keywordLike, replaceArgument } from "../containerfile/edits.ts";
import type { Stage } from "../containerfile/build-model.ts";
import type { ArgumentInstruction, Instruction, RunInstruction } from "../containerfile/model.ts";
import type { Edit, Finding } from "../core/finding.ts";
import { isSystemPath, isWithin, resolvePath } from "../facts/paths.ts";
import { renderAccount, type AccountText } from "../recipe/render-account.ts";
import type { RecipeBook } from "../recipe/recipe-book.ts";
import { buildFaultEdits } from "./build-faults.ts";
import { decide, type ChosenAccount, type Decision, type DecisionInput } from "./decide.ts";
import {
  appendCommands,
  folderCommands,
  ownerText,
  runText,
  searchCommands,
  treeCommands,
  type Owner,
} from "./handover-text.ts";
import type { FixOptions } from "./options.ts";
import { copyHandovers, outermost, runHandovers, writableFolders, type WritableFolder } from "./ownership.ts";
import { firstVolume, isLastWord, latePlace, runsAsRoot, type Place } from "./placement.ts";
import { created, renumbered } from "./user-text.ts";

export interface PlanInput extends DecisionInput {
  readonly findings: readonly Finding[];
  readonly recipes: RecipeBook;
  readonly options: FixOptions;
}

export interface Prediction {
  readonly uid: number;
  readonly gid: number | undefined;
  readonly name: string | undefined;
}

export type Plan =
  | { readonly kind: "nothing" }
  | { readonly kind: "observe"; readonly why: string }
  | { readonly kind: "manual"; readonly why: string }
  | {
      readonly kind: "edits";
      readonly edits: readonly Edit[];
      /** What is done, a line each, in the order of the file. */
      readonly steps: readonly string[];
      readonly predicted: Prediction | undefined;
      /** Folders that the proof must find writable. */
      readonly writable: readonly string[];
    };

const comment = "# Run as a non-root user; the UID is a number, so that Kubernetes can check it (runAsNonRoot)";

/** Collects edits and the words for them. */
class Draft {
  readonly edits: Edit[] = [];
  readonly steps: string[] = [];
  add(step: string, ...edits: readonly Edit[]): void {
    this.edits.push(...edits);
    this.steps.push(step);
  }
}

/**
 * Plans the smallest change after which the image runs as a numeric non-root user and its application can still write
 * what it writes.
 */
export function planFix(input: PlanInput): Plan {
  const decision = decide(input);
  if (decision.kind === "observe" || decision.kind === "manual") return decision;
  const draft = new Draft();
  const account = applyDecision(input, decision, draft);
  buildFaultEdits(input, account.chosen, (step, ...edits) => draft.add(step, ...edits));
  if (draft.edits.length === 0) return { kind: "nothing" };
  return {
    kind: "edits",
    edits: draft.edits,
    steps: draft.steps,
    predicted: account.chosen && {
      uid: account.chosen.uid,
      gid: account.gidCertain ? account.chosen.gid : undefined,
      name: account.chosen.name,
    },
    writable: account.writable,
  };
}

interface Applied {
  readonly chosen: ChosenAccount | undefined;
  readonly gidCertain: boolean;
  readonly writable: readonly string[];
}

function applyDecision(
  input: PlanInput,
  decision: Exclude<Decision, { kind: "observe" | "manual" }>,
  draft: Draft,
): Applied {
  switch (decision.kind) {
    case "keep":
      return { chosen: undefined, gidCertain: false, writable: [] };
    case "renumber": {
      const { account, at, why } = decision;
      if (at === undefined) {
        insertUser(input, draft, [], String(account.uid));
      } else {
        const text = renumbered(at, account, input.user.groupPart);
        draft.add(
          `line ${at.startLine}: USER becomes ${text}, the same account in numbers (${why})`,
          replaceArgument(at, text),
        );
      }
      return { chosen: account, gidCertain: false, writable: [] };
    }
    case "pin":
      return applyPin(input, decision, draft);
    case "reuse": {
      draft.steps.push(`use the account ${decision.account.name ?? ""} (${decision.account.uid}): ${decision.why}`);
      const writable = applyNonRoot(input, draft, decision.account, [], undefined, String(decision.account.uid));
      return { chosen: decision.account, gidCertain: false, writable };
    }
    case "numeric": {
      const { account, at } = decision;
      draft.steps.push("the base has neither a shell nor a free account: numbers only");
      const writable = applyNonRoot(input, draft, account, [], at, ownerText({ ...account, groupWritable: false }));
      return { chosen: account, gidCertain: true, writable };
    }
    case "create": {
      const rendered = renderAccount(input.recipes, input.base, { ...input.options, userName: decision.name });
      const account = { uid: rendered.uid, gid: rendered.gid, name: rendered.name, home: rendered.home };
      draft.steps.push(describeAccount(rendered));
      const userText =
        rendered.name === undefined ? ownerText({ ...account, groupWritable: false }) : String(rendered.uid);
      const writable = applyNonRoot(input, draft, account, rendered.commands, decision.at, userText);
      return { chosen: account, gidCertain: true, writable };
    }
  }
}

const describeAccount = ({ name, uid, gid, recipe }: AccountText): string =>
  name === undefined
    ? `no account can be created here: numbers only (recipe ${recipe})`
    : `create the account ${name} (${uid}:${gid}) by the recipe ${recipe}`;

function applyPin(input: PlanInput, decision: Extract<Decision, { kind: "pin" }>, draft: Draft): Applied {
  const { account, creation, at, why } = decision;
  const option = creation.tool === "adduser-debian" ? "--uid" : "-u";
  const logInit = creation.tool === "useradd" && account.uid > 99_999 && !creation.noLogInit ? " -l" : "";
  draft.add(
    `line ${creation.at.instruction.startLine}: fix the uid of ${account.name ?? "the account"} to ${account.uid} (${why})`,
    { span: { start: creation.optionsAt, end: creation.optionsAt }, text: ` ${option} ${account.uid}${logInit}` },
  );
  if (at === undefined) {
    const writable = applyNonRoot(input, draft, account, [], undefined, String(account.uid));
    return { chosen: account, gidCertain: false, writable };
  }
  const text = renumbered(at, account, input.user.groupPart);
  draft.add(`line ${at.startLine}: USER becomes ${text}`, replaceArgument(at, text));
  return { chosen: account, gidCertain: false, writable: [] };
}

/** The image ran as root until now: the account, what it must own, and the USER. */
function applyNonRoot(
  input: PlanInput,
  draft: Draft,
  account: ChosenAccount,
  accountCommands: readonly string[],
  at: ArgumentInstruction | undefined,
  userText: string,
): readonly string[] {
  const { model, base, effects, options } = input;
  const owner: Owner = { uid: account.uid, gid: options.openshift ? 0 : account.gid, groupWritable: options.openshift };
  const shell = !(base.shell.known && !base.shell.value);
  const folders = writableFolders(model, options.writable);

  for (const { copy, edit } of copyHandovers(effects, folders, ownerText(owner))) {
    const { keyword, startLine } = copy.at.instruction;
    draft.add(`line ${startLine}: ${keyword} hands its files over with --chown=${ownerText(owner)}`, edit);
  }
  const late = shell ? handOverRuns(input, draft, folders, owner) : { commands: [], folders: [] };
  const commands = [...accountCommands, ...late.commands];
  if (shell) commands.push(...ownFolders(input, folders, owner, late.folders));

  if (!shell) {
    insertUser(input, draft, [], userText, at);
    return [];
  }
  insertUser(input, draft, commands, userText, at, folders);
  return folders.map(({ path }) => path);
}

/** Same-layer handover for RUNs; what cannot be put there is given back for the RUN that makes the account. */
function handOverRuns(
  input: PlanInput,
  draft: Draft,
  folders: readonly WritableFolder[],
  owner: Owner,
): { readonly commands: readonly string[]; readonly folders: readonly string[] } {
  const { model, effects, base, software } = input;
  const wanted = new Map<RunInstruction, string[]>();
  const later: string[] = [];
  const add = (run: RunInstruction, commands: readonly string[]): void => {
    wanted.set(run, [...(wanted.get(run) ?? []), ...commands]);
  };
  for (const { software: item, at } of software) {
    if (item.nonRoot === "never" || item.writable.length === 0) continue;
    const trees = item.writable.filter(({ kind }) => kind === "folder").map(({ path }) => path);
    const files = item.writable.filter(({ kind }) => kind === "file").map(({ path }) => path);
    const commands = treeCommands(trees, files, owner);
    if (at?.keyword === "RUN") add(at, commands);
    else later.push(...commands);
  }
  for (const { run, paths } of runHandovers(model, effects, folders)) add(run, searchCommands(paths, owner, base));

  const search: string[] = [];
  for (const [run, commands] of wanted) {
    const edits = appendCommands(model.graph.file, run, commands);
    if (edits !== undefined) {
      draft.add(`line ${run.startLine}: RUN hands over what it makes, in the same layer`, ...edits);
      continue;
    }
    later.push(...commands.filter((command) => !command.startsWith("find ")));
    if (commands.some((command) => command.startsWith("find "))) {
      search.push(...folders.filter(({ why }) => why !== "asked").map(({ path }) => path));
    }
  }
  const commands = [...later, ...searchCommands(outermost(search), owner, base)];
  return { commands, folders: outermost(search) };
}

/** Creates what may be missing and gives the folders themselves to the account. */
function ownFolders(
  input: PlanInput,
  folders: readonly WritableFolder[],
  owner: Owner,
  searched: readonly string[],
): readonly string[] {
  const missing = folders.filter(({ why }) => why !== "workdir").map(({ path }) => path);
  const volumeFirst = folders.some(({ why }) => why === "volume") ? folders.map(({ path }) => path) : missing;
  const own = folders
    .map(({ path }) => path)
    .filter((path) => !searched.some((folder) => isWithin(folder, path)) || volumeFirst.includes(path));
  void input;
  return [...(volumeFirst.length > 0 ? [`mkdir -p ${volumeFirst.join(" ")}`] : []), ...folderCommands(own, owner)];
}

/** Writes the RUN (if any commands) and the USER where they belong. */
function insertUser(
  input: PlanInput,
  draft: Draft,
  commands: readonly string[],
  userText: string,
  at?: ArgumentInstruction,
  folders: readonly WritableFolder[] = [],
): void {
  const { model, user, options } = input;
  const file = model.graph.file;
  const target = model.graph.target;
  const replace = at !== undefined && canReplace(input, at) ? at : undefined;
  const place: Place = replace === undefined ? latePlace(target) : { where: "before", instruction: replace };
  const stage = replace === undefined ? target : (user.stage ?? target);
  const sample = place.instruction;
  const userLine = `${keywordLike(file, sample, "USER")} ${userText}`;
  const note = options.comments ? [comment] : [];
  const run = commands.length > 0 ? [runText(file, keywordLike(file, sample, "RUN"), commands)] : [];

  const volume = run.length > 0 ? volumeAbove(input, stage, place, folders) : undefined;
  const needsRoot = run.length > 0 && !runsAsRoot(model, stageInstructionAt(volume ?? place, stage), stage);
  const root = needsRoot ? [`${keywordLike(file, sample, "USER")} root`] : [];

  if (replace !== undefined) {
    const text = created(replace, user.at === undefined ? [] : unsetIn(input), userText);
    draft.add(`line ${replace.startLine}: USER becomes ${text}`, replaceArgument(replace, text));
    if (run.length > 0) {
      draft.add(
        placeText(place, "the account and its folders"),
        insertBefore(file, replace, [...note, ...root, ...run]),
      );
    }
    return;
  }
  if (volume !== undefined) {
    draft.add(
      `line ${volume.instruction.startLine}: above VOLUME, which would discard a later change of owner`,
      insertBefore(file, volume.instruction, [...note, ...root, ...run]),
    );
    draft.add(placeText(place, `USER ${userText}`), insertAt(input, place, [userLine]));
    return;
  }
  draft.add(placeText(place, `USER ${userText}`), insertAt(input, place, [...note, ...root, ...run, userLine]));
}

const unsetIn = ({ model, user }: PlanInput): readonly string[] =>
  user.at?.keyword === "USER" ? model.expand(user.at, user.at.argument.value).unset : [];

/** A USER may take the new operand itself when nothing that builds stands behind it, or when it named no root. */
function canReplace({ model, user }: PlanInput, at: ArgumentInstruction): boolean {
  const stage = user.stage;
  const namesRoot = user.verdict === "root";
  if (!namesRoot) return true;
  return stage === model.graph.target && isLastWord(stage, at);
}

function volumeAbove(
  input: PlanInput,
  stage: Stage,
  place: Place,
  folders: readonly WritableFolder[],
): Place | undefined {
  const paths = folders.map(({ path }) => path);
  const volume = firstVolume(stage, input.model, (path) => {
    const resolved = resolvePath("/", path);
    return !isSystemPath(resolved) && paths.some((folder) => isWithin(folder, resolved) || isWithin(resolved, folder));
  });
  if (volume === undefined || volume.index >= place.instruction.index + (place.where === "after" ? 1 : 0))
    return undefined;
  return { where: "before", instruction: volume };
}

/** The instruction whose "before" state holds at a place; undefined for the end of the stage. */
function stageInstructionAt(place: Place, stage: Stage): Instruction | undefined {
  if (place.where === "before") return place.instruction;
  return stage.instructions[stage.instructions.indexOf(place.instruction) + 1];
}

function insertAt({ model }: PlanInput, place: Place, lines: readonly string[]): Edit {
  const file = model.graph.file;
  return place.where === "before"
    ? insertBefore(file, place.instruction, lines)
    : insertAfter(file, place.instruction, lines);
}

const placeText = (place: Place, what: string): string =>
  `${place.where} line ${place.where === "before" ? place.instruction.startLine : place.instruction.endLine}: ${what}`;
