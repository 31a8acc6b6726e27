/**
 * `--writable` for an image that runs as a number already, as one does that was fixed before: the folders that nothing
 * gives to its user are made and given to it above its USER.
 */
import { insertBefore, keywordLike } from "../containerfile/edits.ts";
import { isSystemPath, isWithin, resolvePath } from "../facts/paths.ts";
import { missingFolders } from "../rules/given-paths.ts";
import type { Draft } from "./draft.ts";
import { withFilesOfStart } from "./files-of-start.ts";
import { handOverRuns, ownFolders } from "./hand-over.ts";
import { ownerText, runText, type Owner } from "./handover-text.ts";
import type { ChosenAccount, PlanInput, WritableFolder } from "./model.ts";
import { copyHandovers } from "./ownership.ts";
import { firstVolume, runsAsRoot } from "./placement.ts";
import { spellAt, spellingsOf } from "./spelling.ts";

/**
 * @param given whom the folders are given to.
 * @returns the folders that it gives; none where no root runs above the USER, which is left to a person.
 */
export function giveAsked(
  input: PlanInput,
  draft: Draft,
  given: Pick<ChosenAccount, "uid" | "gid">,
): readonly string[] {
  const { model, user, base, effects, options } = input;
  const missing = missingFolders(input, options.writable);
  if (missing.length === 0 || user.at?.keyword !== "USER") return [];
  if (base.shell.known && !base.shell.value) return [];
  const covers = (path: string): boolean => missing.some((one) => isWithin(one, path) || isWithin(path, one));
  const volume = firstVolume(model, user.stage, (path) => !isSystemPath(path) && covers(resolvePath("/", path)));
  const isAbove = volume !== undefined && volume.instruction.index < user.at.index;
  const place = isAbove ? volume : { instruction: user.at, stage: user.stage };
  if (!runsAsRoot(model, place.instruction, place.stage)) return [];

  const { openshift } = options;
  const owner: Owner = { uid: given.uid, gid: openshift ? 0 : given.gid, groupWritable: openshift };
  const folders = withFilesOfStart(
    input,
    missing.map((path): WritableFolder => ({ path, why: "asked" })),
  );
  for (const { copy, edit } of copyHandovers(effects, folders, ownerText(owner))) {
    const { keyword, startLine } = copy.at.instruction;
    draft.add(`line ${startLine}: ${keyword} hands its files over with --chown=${ownerText(owner)}`, edit);
  }
  const spellings = spellingsOf(model);
  // What its software writes was seen to when the image came to run as this user.
  const late = handOverRuns({ ...input, software: [] }, draft, folders, owner, spellings, () => false);
  const spell = spellAt(model, spellings, place.stage, place.instruction);
  const all = [...folders, ...late.mountPoints];
  const commands = [...ownFolders(all, owner, late, [], spell, () => false), ...late.last(spell)];
  if (commands.length > 0) {
    const { file } = model.graph;
    const run = runText(file, keywordLike(file, place.instruction, "RUN"), commands);
    draft.add(
      `before line ${place.instruction.startLine}: ${missing.join(", ")} for ${user.userPart ?? "the user"}`,
      insertBefore(file, place.instruction, [run]),
    );
  }
  return missing;
}
