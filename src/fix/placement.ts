/**
 * Where the account and the USER go: as late as they can, so that the build cache of earlier layers stays valid, and
 * never above what they depend on.
 */
import type { BuildModel, Shipped, Stage } from "../containerfile/build-model.ts";
import type { ArgumentInstruction, Instruction } from "../containerfile/model.ts";
import { judgeConfigUser } from "../image/config-user.ts";

/** A place between instructions of one stage. */
export type Place =
  | { readonly where: "before"; readonly instruction: Instruction }
  | { readonly where: "after"; readonly instruction: Instruction };

/** What changes the file system or runs as somebody: a USER for the finished image goes behind the last of these. */
const builds = new Set(["RUN", "COPY", "ADD", "WORKDIR", "ONBUILD"]);
/** What starts the application: a reader looks for USER right above it. */
const starts = new Set(["CMD", "ENTRYPOINT", "HEALTHCHECK"]);

/** Whether instructions at this point run as root, as far as can be known (an unknown user counts as root). */
export function runsAsRoot(model: BuildModel, instruction: Instruction | undefined, stage: Stage): boolean {
  const { user } = instruction === undefined ? model.after(stage) : model.before(instruction);
  if (user.value.unknown.length > 0) return true;
  const judged = judgeConfigUser(user.value.value);
  return judged.verdict === "root" || judged.userPart === "root";
}

/** Behind the last instruction that builds, right above what starts the application. */
export function latePlace(stage: Stage): Place {
  const { instructions, from } = stage;
  const lastBuild = instructions.findLastIndex((instruction) => builds.has(instruction.keyword));
  const start = instructions.slice(lastBuild + 1).find((instruction) => starts.has(instruction.keyword));
  if (start !== undefined) return { where: "before", instruction: start };
  return { where: "after", instruction: instructions.at(-1) ?? from };
}

/** Whether a USER of the stage already stands behind everything that builds, so that its operand can simply change. */
export function isLastWord(stage: Stage, user: ArgumentInstruction): boolean {
  const place = stage.instructions.indexOf(user);
  return place >= 0 && !stage.instructions.slice(place + 1).some((instruction) => builds.has(instruction.keyword));
}

/** The first VOLUME whose path `covers` accepts, of a stage and of those that it is based on. */
export function firstVolume(model: BuildModel, stage: Stage, covers: (path: string) => boolean): Shipped | undefined {
  for (const { value, at, stage: whose } of model.after(stage).volumes)
    if (at?.keyword === "VOLUME" && covers(value)) return { instruction: at, stage: whose };
  return undefined;
}
