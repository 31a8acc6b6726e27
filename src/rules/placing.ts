/** Where a finding stands, and which stage it belongs to. */
import type { Span } from "../core/finding.ts";
import type { Instruction } from "../containerfile/model.ts";
import type { BuildModel, Stage } from "../containerfile/build-model.ts";

/**
 * The part of an instruction that a finding about the whole instruction marks: the image of a FROM, the argument of a
 * USER or WORKDIR, else everything from the keyword on.
 */
export function placeOf(instruction: Instruction): Span {
  if (instruction.keyword === "FROM") return instruction.image.span;
  if (instruction.keyword === "USER" || instruction.keyword === "WORKDIR") return instruction.argument.span;
  return instruction.span;
}

/** Whether the place is a whole instruction or a span of its own. */
export const isInstruction = (at: Span | Instruction): at is Instruction => "keyword" in at;

/** The stage of the shipped chain that an instruction stands in; the target when it is none of the chain's. */
export function stageOf(model: BuildModel, instruction: Instruction): Stage {
  for (const stage of model.graph.chain) {
    if (stage.from.index === instruction.index) return stage;
    const first = stage.instructions[0];
    const last = stage.instructions.at(-1);
    if (
      first !== undefined &&
      last !== undefined &&
      first.index <= instruction.index &&
      instruction.index <= last.index
    ) {
      return stage;
    }
  }
  return model.graph.target;
}
