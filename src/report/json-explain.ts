/** `explain --format json`: one document. */
import type { ExplainReport } from "../explain/report.ts";
import type { Failure } from "../core/errors.ts";
import { errorJson, jsonText } from "./json.ts";
import type { Tool } from "./standing.ts";

/**
 * Renders what is explained and what is not.
 * @param failure why nothing could be explained at all
 */
export function renderExplainJson(report: ExplainReport, tool: Tool, failure: Failure | null = null): string {
  return `${jsonText({
    schemaVersion: 1,
    tool: { name: tool.name, version: tool.version },
    command: "explain",
    messages: report.messages,
    rules: report.rules,
    unknown: report.unknown,
    error: failure === null ? null : errorJson(failure),
  })}\n`;
}
