/** `audit` of Containerfiles and images: findings only, nothing built, pulled or written. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Failure } from "../core/errors.ts";
import { ok, type Result } from "../core/result.ts";
import { findAuditTargets } from "./audit-target.ts";
import { analyse } from "./analyse.ts";
import { contextFolder, contextReader } from "./build-context.ts";
import type { ImageAuditor } from "./audit-images.ts";
import { EngineSource, type SelectEngine } from "./engine-source.ts";
import { resultOf } from "./analysis-result.ts";
import { newBaseCache } from "./gather-bases.ts";
import { interruption } from "./interruption.ts";
import type { AuditRequest, RunOptions } from "./requests.ts";
import { failedTarget, reportOf, type RunReport, type TargetResult } from "../results/run-report.ts";
import { readTarget } from "./text-file.ts";

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
  const targets = await findAuditTargets(request.targets, options.signal);
  if (!targets.ok) return targets;
  const engines = new EngineSource(request.engine, options, select);
  const gather = { engines, cache: newBaseCache(), run: options, pull: false };
  const results: TargetResult[] = [];
  let images: ImageAuditor | undefined;
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
      continue;
    }
    const file = await readTarget(name, request.stdin, options.signal);
    if (!file.ok) {
      results.push(failedTarget(name, "containerfile", file.error));
      continue;
    }
    const analysis = await analyse(
      {
        name,
        text: file.value.text,
        build: {
          ...(request.target === undefined ? {} : { target: request.target }),
          ...(request.platform === undefined ? {} : { platform: request.platform }),
          buildArgs: new Map(Object.entries(request.buildArgs)),
        },
        openshift: request.openshift,
        writable: request.writable,
        rules: request.rules ?? {},
        readContext: contextReader(file.value.path, contextFolder(file.value, request.context)),
      },
      gather,
    );
    results.push(
      analysis.ok ? resultOf(file.value, analysis.value) : failedTarget(name, "containerfile", analysis.error),
    );
  }
  images?.close();
  await engines.cleanUp();
  return ok(reportOf("audit", results));
}
