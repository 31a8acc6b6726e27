/** Whose the files are that a COPY or ADD writes. */
import type { BuildModel, Stage } from "../containerfile/build-model.ts";
import { stageBelow, usedStage } from "../containerfile/stages.ts";
import type { CopyEffect } from "../facts/effects.ts";
import { judgeConfigUser } from "../image/config-user.ts";

/** What gives files to somebody else than root. */
const givesAway = /\b(?:chown|chgrp|useradd|adduser)\b|\binstall\s.*(?:-o|--owner)\b/;

const runsAsRoot = (model: BuildModel, stage: Stage): boolean => {
  const { value } = model.after(stage).user;
  return value.unknown.length === 0 && judgeConfigUser(value.value).verdict === "root";
};

/**
 * Tells whether a COPY or ADD without `--chown` certainly writes files of root: with `--from`, files keep the owner that
 * they have there.
 */
export function writesAsRoot(model: BuildModel): (at: CopyEffect["at"]) => boolean {
  const { text } = model.graph.file;
  const read = new Map<Stage, boolean>();
  /** Whether a stage's files are root's: it runs as root, and nothing in it or below it gives any to somebody. */
  const isAllOfRoot = (stage: Stage): boolean => {
    const there = read.get(stage);
    if (there !== undefined) return there;
    const { base, instructions } = stage;
    const below = stageBelow(stage);
    const answer =
      (below === undefined || isAllOfRoot(below)) &&
      (base.kind === "stage" || runsAsRoot(model, stage)) &&
      instructions.every(
        ({ keyword, span }) => keyword !== "USER" && !givesAway.test(text.slice(span.start, span.end)),
      );
    read.set(stage, answer);
    return answer;
  };
  return ({ instruction, stage }) => {
    const from = instruction.flags.find(({ name }) => name === "from")?.value;
    if (from === undefined) return true;
    const source = usedStage(stage, from);
    return source !== undefined && isAllOfRoot(source);
  };
}
