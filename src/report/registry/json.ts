/** `--format json` and `ndjson` of merged results: the same target objects as every other command writes. */
import type { ReportedTarget } from "../../results/reported.ts";
import type { RunResultSummary } from "../../results/run-report.ts";
import { jsonLine } from "../json.ts";
import type { Tool } from "../standing.ts";

/** The document in pieces; a registry's results are too many for one string. */
export function* renderRegistryJson(
  targets: readonly ReportedTarget[],
  summary: RunResultSummary,
  gaps: readonly string[],
  tool: Tool,
): Generator<string> {
  yield `{"schemaVersion":1,"tool":${jsonLine({ name: tool.name, version: tool.version })},"command":"report","targets":[\n`;
  for (const [at, target] of targets.entries()) yield `${at === 0 ? "" : ",\n"}${jsonLine(targetObject(target))}`;
  yield `\n],"summary":${jsonLine(summary)},"gaps":${jsonLine(gaps)},"error":null}\n`;
}

export function* renderNdjson(targets: readonly ReportedTarget[]): Generator<string> {
  for (const target of targets) yield `${jsonLine(targetObject(target))}\n`;
}

function targetObject(target: ReportedTarget): object {
  const { hasIgnored: _, findings, ...rest } = target;
  return {
    ...rest,
    findings: findings.map((finding) => ({ endLine: null, endColumn: null, stage: "", ...finding })),
    fix: null,
    proof: null,
    podSecurity: null,
  };
}
