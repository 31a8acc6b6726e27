/** `fix`: audit, plan, rebuild, prove, write; file by file, each a transaction. */
import type { Failure } from "../core/errors.ts";
import { err, ok, type Result } from "../core/result.ts";
import { EngineSource, type SelectEngine } from "./engine-source.ts";
import { findTargets } from "./find-targets.ts";
import { contextFault, inputFault, outputFault } from "./fix-places.ts";
import { fixTarget } from "./fix-target.ts";
import { newBaseCache } from "./gather-bases.ts";
import { loadRecipeBook } from "./recipe-source.ts";
import type { FixRequest, RunOptions } from "./requests.ts";
import { failedTarget, reportOf, type RunReport, type TargetResult } from "../results/run-report.ts";

/**
 * Fixes every Containerfile that the request names. A file that fails never stops the others; an interruption does.
 * @param select picks the engine; a real one unless a test says otherwise.
 */
export async function fixFiles(
  request: FixRequest,
  options: RunOptions,
  select?: SelectEngine,
): Promise<Result<RunReport, Failure>> {
  const targets = await findTargets(request.targets, options.signal);
  if (!targets.ok) return targets;
  if (request.output !== undefined && targets.value.length > 1) {
    return err({
      code: "USAGE",
      message: `-o takes the result of one file, and ${targets.value.length} are named`,
      hint: "name a single Containerfile, or leave -o out to replace each file",
    });
  }
  if (request.keepImage !== undefined && targets.value.length > 1) {
    return err({
      code: "USAGE",
      message: `--keep-image takes the image of one file, and ${targets.value.length} are named`,
      hint: "name a single Containerfile",
    });
  }
  const misplaced =
    (await contextFault(request.context)) ?? (await inputFault(request)) ?? (await outputFault(request.output));
  if (misplaced !== undefined) return err(misplaced);
  const recipes = await loadRecipeBook(request.recipesDir);
  if (!recipes.ok) return recipes;
  const engines = new EngineSource(request.engine, options, select);
  const results: TargetResult[] = [];
  try {
    const shared = { request, options, engines, recipes: recipes.value, cache: newBaseCache() };
    for (const { name, failure } of targets.value) {
      results.push(
        failure === undefined ? await fixTarget(name, shared) : failedTarget(name, "containerfile", failure),
      );
      if (options.signal.aborted) break;
    }
  } finally {
    await engines.cleanUp();
  }
  return ok(reportOf("fix", results));
}
