/** What rules see of the stages that a build carries out and that do not ship. */
import type { RunInstruction } from "../containerfile/model.ts";
import { readEffects } from "../facts/read-effects.ts";
import { readFinalUser } from "../facts/read-final-user.ts";
import { readRun } from "../facts/run-script.ts";
import type { ShellScript } from "../shell/model.ts";
import type { RuleInput } from "./rule.ts";

/**
 * How often the instructions of a file are looked at, taken together, for all the stages that are based on them: more than
 * people need, and no text costs more than a longer one would.
 */
const mostLooks = 16;

/** An input for each builder stage, as if it were the target; nothing starts there. Windows stages are left out. */
export function builderInputs({ model, options }: RuleInput): readonly RuleInput[] {
  const inputs: RuleInput[] = [];
  const scripts = new Map<RunInstruction, ShellScript>();
  const read: typeof readRun = (of, run) => {
    const script = scripts.get(run) ?? readRun(of, run);
    scripts.set(run, script);
    return script;
  };
  let left = mostLooks * model.graph.file.instructions.length;
  for (const builder of model.builders()) {
    left -= builder.shipped.length;
    if (left < 0) break;
    const { base } = builder;
    if (base.family.known && base.family.value === "windows") continue;
    const effects = readEffects(builder, { read });
    const user = readFinalUser(builder, base, effects);
    inputs.push({ model: builder, base, effects, user, scripts: [], settings: [], software: [], options });
  }
  return inputs;
}
