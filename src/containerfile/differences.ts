import type { BuilderDifference, Instruction } from "./model.ts";
import type { Scan } from "./scan.ts";

/**
 * Finds the places that Buildah's parser (imagebuilder) reads otherwise than BuildKit's; both readings are told.
 * What neither of them builds is an error elsewhere and not repeated here.
 */
export function buildDifferences(scanned: Scan, instructions: readonly Instruction[]): BuilderDifference[] {
  const differences: BuilderDifference[] = [];
  for (const { doubledEscapes } of scanned.instructions) {
    for (const span of doubledEscapes) {
      differences.push({
        span,
        message: "BuildKit ends the instruction at a doubled escape character, Buildah goes on with the next line",
      });
    }
  }
  const escape = scanned.directives.find(({ key }) => key === "escape");
  if (escape !== undefined && scanned.directives[0] !== escape) {
    differences.push({
      span: escape.span,
      message: "BuildKit honours this escape directive, Buildah only one on the first line",
    });
  }
  for (const instruction of instructions) findIn(instruction, differences);
  return differences.toSorted((left, right) => left.span.start - right.span.start);
}

function findIn(instruction: Instruction, differences: BuilderDifference[]): void {
  if (instruction.keyword === "ONBUILD" && instruction.trigger !== undefined) findIn(instruction.trigger, differences);
}
