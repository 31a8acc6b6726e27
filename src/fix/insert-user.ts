/** Writes the RUN that makes the account and the USER where they belong. */
import { insertAfter, insertBefore, keywordLike, replaceArgument } from "../containerfile/edits.ts";
import type { Shipped, Stage } from "../containerfile/build-model.ts";
import type { ArgumentInstruction, Instruction } from "../containerfile/model.ts";
import type { Edit } from "../core/finding.ts";
import { isSystemPath, isWithin, resolvePath } from "../facts/paths.ts";
import type { Draft } from "./draft.ts";
import { runText } from "./handover-text.ts";
import type { PlanInput, WritableFolder } from "./model.ts";
import { firstVolume, isLastWord, latePlace, runsAsRoot, type Place } from "./placement.ts";
import { spellAt, type Spell, type Spellings } from "./spelling.ts";
import { created } from "./user-text.ts";

const comment = "# Run as non-root; Kubernetes can check only a number (runAsNonRoot)";

/** What goes above the USER. */
export interface AboveUser {
  readonly commands: (spell: Spell) => readonly string[];
  /** Commands that must stand behind everything that builds, also where the RUN goes above a VOLUME. */
  readonly last: (spell: Spell) => readonly string[];
  readonly folders: readonly WritableFolder[];
  readonly spellings: Spellings;
}

/** Writes the RUN (if any commands) and the USER where they belong. */
export function insertUser(
  input: PlanInput,
  draft: Draft,
  userText: string,
  at?: ArgumentInstruction,
  above?: AboveUser,
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
  const runOf = (all: readonly string[], where: Place, whose: Stage): readonly string[] => {
    if (all.length === 0) return [];
    const root = runsAsRoot(model, stageInstructionAt(where, whose), whose)
      ? []
      : [`${keywordLike(file, sample, "USER")} root`];
    return [...root, runText(file, keywordLike(file, sample, "RUN"), all)];
  };
  const commandsAt = (where: Place, whose: Stage) => {
    if (above === undefined) return { commands: [], last: [] };
    const spell = spellAt(model, above.spellings, whose, stageInstructionAt(where, whose));
    return { commands: above.commands(spell), last: above.last(spell) };
  };
  const here = commandsAt(place, stage);
  const found = here.commands.length > 0 ? volumeAbove(input, stage, place, above?.folders ?? []) : undefined;
  const volume: Place | undefined = found && { where: "before", instruction: found.instruction };
  const run =
    found === undefined || volume === undefined
      ? runOf([...here.commands, ...here.last], place, stage)
      : runOf(commandsAt(volume, found.stage).commands, volume, found.stage);
  const lastRun = volume === undefined ? [] : runOf(here.last, place, stage);

  if (replace !== undefined) {
    const text = created(replace, user.at === undefined ? [] : unsetIn(input), userText);
    draft.add(`line ${replace.startLine}: USER becomes ${text}`, replaceArgument(replace, text));
    if (run.length > 0) {
      const where = volume ?? place;
      draft.add(
        placeText(where, "the account and its folders"),
        insertBefore(file, where.instruction, [...note, ...run]),
      );
    }
    if (lastRun.length > 0) {
      draft.add(placeText(place, "what could not be handed over before"), insertBefore(file, replace, lastRun));
    }
    return;
  }
  if (volume !== undefined) {
    draft.add(
      `line ${volume.instruction.startLine}: above VOLUME, which would discard a later change of owner`,
      insertBefore(file, volume.instruction, [...note, ...run]),
    );
    draft.add(placeText(place, `USER ${userText}`), insertAt(input, place, [...lastRun, userLine]));
    return;
  }
  draft.add(placeText(place, `USER ${userText}`), insertAt(input, place, [...note, ...run, userLine]));
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
): Shipped | undefined {
  const paths = folders.map(({ path }) => path);
  const volume = firstVolume(input.model, stage, (path) => {
    const resolved = resolvePath("/", path);
    return !isSystemPath(resolved) && paths.some((folder) => isWithin(folder, resolved) || isWithin(resolved, folder));
  });
  if (volume === undefined) return undefined;
  return volume.instruction.index < place.instruction.index + (place.where === "after" ? 1 : 0) ? volume : undefined;
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
