/** What is asked of one Containerfile, from what was asked of the run. */
import type { AnalysisRequest } from "./analyse.ts";
import { contextFolder, contextLister, contextReader } from "./build-context.ts";
import type { AuditRequest } from "./requests.ts";
import type { TextFile } from "./text-file.ts";

/** The question for a file that was read; build arguments, context and rules are the run's. */
export const analysisRequestOf = (file: TextFile, request: AuditRequest): AnalysisRequest => ({
  name: file.name,
  text: file.text,
  build: {
    ...(request.target === undefined ? {} : { target: request.target }),
    ...(request.platform === undefined ? {} : { platform: request.platform }),
    buildArgs: new Map(Object.entries(request.buildArgs)),
    ...(request.contexts === undefined ? {} : { contexts: new Map(Object.entries(request.contexts)) }),
  },
  openshift: request.openshift,
  writable: request.writable,
  rules: request.rules ?? {},
  readContext: contextReader(file.path, contextFolder(file, request.context)),
  listContext: contextLister(contextFolder(file, request.context)),
});
