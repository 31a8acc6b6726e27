/** The Containerfiles among what `audit` was asked for. Loaded only when there are some. */
import { failedTarget, type TargetResult } from "../results/run-report.ts";
import { analyse } from "./analyse.ts";
import { resultOf } from "./analysis-result.ts";
import { contextFolder, contextReader } from "./build-context.ts";
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
    return analysis.ok ? resultOf(file.value, analysis.value) : failedTarget(name, "containerfile", analysis.error);
  };
}
