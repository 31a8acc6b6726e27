/** `--format json`: one document, described by schemas/report.schema.json. */
import type { Failure } from "../core/errors.ts";
import type { Finding } from "../core/finding.ts";
import type { FileFix, Proof, RunReport, SmokeTest, TargetResult } from "../results/run-report.ts";
import { failureWords } from "../core/failure-words.ts";
import { placeOf, sourceOf, type Source } from "./source.ts";
import type { Tool } from "./standing.ts";

/** Grows when a field changes its meaning or goes; new fields do not count. */
const schemaVersion = 1;

/**
 * Renders a report. Values are exact; characters that could drive a terminal stand as `\uXXXX`.
 * @param failure why the run ended before any target was judged, with a report that has none
 */
export function renderJson(report: RunReport, tool: Tool, failure: Failure | null = null): string {
  const document = {
    schemaVersion,
    tool: { name: tool.name, version: tool.version },
    command: report.command,
    targets: report.targets.map(targetJson),
    summary: report.summary,
    error: failure === null ? null : errorJson(failure),
  };
  return `${jsonText(document)}\n`;
}

/** JSON whose strings hold no character that a terminal acts on; reading it back gives the same values. */
export const jsonText = (value: unknown): string => harmless(JSON.stringify(value, null, 2));

/** The same on one line. */
export const jsonLine = (value: unknown): string => harmless(JSON.stringify(value));

/** A result as one line of NDJSON, without the line end: the same object as in the document's `targets`. */
export const targetLine = (target: TargetResult): string => jsonLine(targetJson(target));

const harmless = (json: string): string =>
  json.replace(
    // Outside of strings the text has none of these; inside, JSON.stringify has already escaped the C0 controls.
    /[\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

function targetJson(target: TargetResult): object {
  const source = target.text === null ? null : sourceOf(target.text);
  return {
    target: target.target,
    kind: target.kind,
    verdict: target.verdict,
    configUser: target.configUser,
    uid: target.uid,
    kubeletMessage: target.kubeletMessage,
    findings: target.findings.map((finding) => findingJson(finding, source)),
    ignored: target.ignored.map(({ finding, reason }) => ({
      ...findingJson(finding, source),
      reason,
    })),
    hints: target.hints.map(({ line, text }) => ({ line, text })),
    evidence: target.evidence,
    fix: target.fix === null ? null : fixJson(target.fix),
    proof: target.proof === null ? null : proofJson(target.proof),
    ...(target.smoke === undefined ? {} : { smoke: smokeJson(target.smoke) }),
    podSecurity: target.podSecurity ?? null,
    digest: target.digest,
    platform: target.platform,
    error: target.error === null ? null : errorJson(target.error),
  };
}

function findingJson(finding: Finding, source: Source | null): object {
  const place =
    source === null ? { line: null, column: null, endLine: null, endColumn: null } : placeOf(source, finding.span);
  return {
    rule: finding.rule,
    severity: finding.severity,
    outcome: finding.outcome,
    message: finding.message,
    ...place,
    stage: finding.stage,
    fix: finding.fix === null ? null : { title: finding.fix.title, applicability: finding.fix.applicability },
    needsPerson: finding.needsPerson === true,
  };
}

function fixJson(fix: FileFix): object {
  const source = sourceOf(fix.text);
  return {
    changed: fix.changed,
    written: fix.written,
    diff: fix.diff,
    steps: fix.steps,
    predictedId: fix.predictedId,
    heldBack: fix.heldBack,
    remaining: fix.remaining.map((finding) => findingJson(finding, source)),
  };
}

function proofJson(proof: Proof): object {
  return {
    engine: proof.engine,
    engineDescription: proof.engineDescription,
    imageId: proof.imageId,
    uid: proof.uid,
    gid: proof.gid,
    kubernetesGid: proof.kubernetesGid,
    groups: proof.groups,
    userName: proof.userName,
    id: proof.id,
    method: proof.method,
    capEff: proof.capEff,
    noNewPrivs: proof.noNewPrivs,
    seccomp: proof.seccomp,
    writable: proof.writable,
    runAsUser: proof.runAsUser ?? null,
    readOnly: proof.readOnly === true,
    emptyDirs: proof.emptyDirs ?? [],
    sizeBefore: proof.sizeBefore,
    sizeAfter: proof.sizeAfter,
  };
}

function smokeJson(smoke: SmokeTest): object {
  return {
    command: smoke.command,
    seconds: smoke.seconds,
    outcome: smoke.outcome,
    exitCode: smoke.exitCode,
    signal: smoke.signal,
    permissionErrors: smoke.permissionErrors,
    output: smoke.output,
    fault: smoke.fault,
    unrestricted: smoke.unrestricted === true,
    ...(smoke.original === undefined ? {} : { original: smokeJson(smoke.original) }),
  };
}

/** A failure as every document has it. */
export function errorJson(failure: Failure): object {
  const { place, message, hint } = failureWords(failure);
  return { code: failure.code, message: place === null ? message : `${place}: ${message}`, hint };
}
