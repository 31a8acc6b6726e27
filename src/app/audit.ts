/** `audit` of Containerfiles and images: findings only, nothing built, pulled or written. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Failure } from "../core/errors.ts";
import { err, ok, type Result } from "../core/result.ts";
import { failedTarget, reportOf, type RunReport, type TargetResult } from "../results/run-report.ts";
import type { FileAuditor } from "./audit-containerfiles.ts";
import type { ImageAuditor } from "./audit-images.ts";
import { findAuditTargets } from "./audit-target.ts";
import { EngineSource, type SelectEngine } from "./engine-source.ts";
import { contextFault, inputFault } from "./fix-places.ts";
import { interruption } from "./interruption.ts";
import type { AuditRequest, RunOptions } from "./requests.ts";

const filesAtATime = 32;

/**
 * Audits every Containerfile and image that the request names. The local engine is asked only about images that it has.
 * @param select picks the engine; a real one unless a test says otherwise.
 */
export async function auditFiles(
  request: AuditRequest,
  options: RunOptions,
  select?: SelectEngine,
): Promise<Result<RunReport, Failure>> {
  const misplaced = (await contextFault(request.context)) ?? (await inputFault(request));
  if (misplaced !== undefined) return err(misplaced);
  const targets = await findAuditTargets(request.targets, options.signal);
  if (!targets.ok) return targets;
  const engines = new EngineSource(request.engine, options, select);
  const results: TargetResult[] = [];
  let images: ImageAuditor | undefined;
  let files: FileAuditor | undefined;
  for (const [index, target] of targets.value.entries()) {
    const { name } = target;
    // Nothing else here waits for the system, and signals must get their turn.
    if (index % filesAtATime === filesAtATime - 1) await nextTurn();
    if (options.signal.aborted) {
      const kind = target.kind === "image" ? "image" : "containerfile";
      results.push(failedTarget(name, kind, interruption(options.signal)));
      break;
    }
    if (target.kind === "image") {
      if (images === undefined) {
        const { createImageAuditor } = await import("./audit-images.ts");
        const created = await createImageAuditor(request, options, engines, select);
        if (!created.ok) return created;
        images = created.value;
      }
      results.push(...(await images.audit(target)));
    } else if (target.failure !== undefined) {
      results.push(failedTarget(name, "containerfile", target.failure));
    } else {
      if (files === undefined) {
        const { createFileAuditor } = await import("./audit-containerfiles.ts");
        files = createFileAuditor(request, options, engines);
      }
      results.push(await files(name));
    }
  }
  images?.close();
  await engines.cleanUp();
  return ok(reportOf("audit", results));
}
