/** EXPOSE: the author's own word on which ports the application uses. */
import type { Span } from "../core/finding.ts";
import type { Stage } from "../containerfile/build-model.ts";
import { privilegedPorts } from "./ports.ts";
import type { RuleInput } from "./rule.ts";

export interface DeclaredPorts {
  /** The first privileged port's word. */
  readonly at: Span;
  readonly stage: Stage;
  /** Those below 1024, as they are written. */
  readonly ports: readonly string[];
}

/** The privileged ports of every EXPOSE that ships: one entry an instruction that names any. */
export function* declaredPorts({ model }: RuleInput): Generator<DeclaredPorts> {
  for (const { instruction, stage } of model.shipped) {
    if (instruction.keyword !== "EXPOSE") continue;
    const ports: string[] = [];
    let at: Span | undefined;
    for (const word of instruction.words) {
      const { value, unknown } = model.expand(instruction, word.value);
      // A word is split once more behind its expansion (`EXPOSE $PORTS`).
      const found = unknown.length > 0 ? [] : value.split(/\s+/).flatMap(privilegedPorts);
      if (found.length > 0) at ??= word.span;
      ports.push(...found);
    }
    if (at !== undefined) yield { at, stage, ports };
  }
}

/** Whether the author has said which ports they are, so that the usual ones no longer matter. */
export const declaresPorts = ({ model }: RuleInput): boolean =>
  model.shipped.some(({ instruction }) => instruction.keyword === "EXPOSE");
