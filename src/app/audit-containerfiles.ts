/** The Containerfiles among what `audit` was asked for. Loaded only when there are some. */
import { failedTarget, type TargetResult } from "../results/run-report.ts";
import { analyse } from "./analyse.ts";
import { analysisRequestOf } from "./analysis-request.ts";
import { resultOf } from "./analysis-result.ts";
import type { EngineSource } from "./engine-source.ts";
import { newBaseCache } from "./gather-bases.ts";
import type { AuditRequest, RunOptions } from "./requests.ts";
import { readTarget } from "./text-file.ts";

/** Audits Containerfiles; what is known of base images is shared. */
export type FileAuditor = (name: string) => Promise<TargetResult>;

/** @param engines the engine of the run, which is asked only about images that it has */
export function createFileAuditor(request: AuditRequest, options: RunOptions, engines: EngineSource): FileAuditor {
  const gather = { engines, cache: newBaseCache(), run: options, pull: false };
  return async (name) => {
    const file = await readTarget(name, request.stdin, options.signal);
    if (!file.ok) return failedTarget(name, "containerfile", file.error);
    const analysis = await analyse(analysisRequestOf(file.value, request), { ...gather, target: name });
    return analysis.ok ? resultOf(file.value, analysis.value) : failedTarget(name, "containerfile", analysis.error);
  };
}
