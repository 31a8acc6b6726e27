/** `manifest`: Tekton and Kubernetes YAML against the Pod Security Standards. */
import type { Failure } from "../core/errors.ts";
import { ok, type Result } from "../core/result.ts";
import type { FixOptions } from "../manifest/fix/plan-template.ts";
import { judgeFiles, type JudgedFile, type JudgeOptions } from "../manifest/judge.ts";
import type { Level } from "../manifest/pod-security/check.ts";
import { refusalText } from "../manifest/pod-security/evaluate.ts";
import type { PolicyVersion, TektonVersion } from "../manifest/versions.ts";
import { unifiedDiff } from "../report/diff.ts";
import { counted } from "../report/words.ts";
import { fixJudged, writeFixed, type FixedManifest } from "./fix-manifests.ts";
import { interruption } from "./interruption.ts";
import { readManifests, type ReadManifest } from "./read-manifests.ts";
import type { RunOptions } from "./requests.ts";
import { failedTarget, reportOf, type PodSecurityResult, type RunReport, type TargetResult } from "./results.ts";
import type { TextFile } from "./text-file.ts";

export interface ManifestRequest {
  /** Files, folders (searched for YAML and JSON), or `-` for `stdin`. */
  readonly targets: readonly string[];
  /** Text for the target `-`. */
  readonly stdin?: string;
  /** Without it what the Namespace enforces where the files have it, else restricted. */
  readonly level?: Level;
  readonly version?: PolicyVersion;
  readonly tektonVersion?: TektonVersion;
  /** Findings only without it. */
  readonly fix?: ManifestFix;
}

export interface ManifestFix {
  readonly style: FixOptions["style"];
  readonly runAsUser?: number;
  /** Nothing is written: `--dry-run`, `--check`. */
  readonly dryRun: boolean;
  /** A file, or `-` for standard output; the file itself without it. */
  readonly output?: string;
}

type Readable = Extract<ReadManifest, { readonly file: TextFile }>;

/** Judges, and where asked fixes, every manifest that the request names; together, since one may refer to another. */
export async function checkManifests(
  request: ManifestRequest,
  options: RunOptions,
): Promise<Result<RunReport, Failure>> {
  const found = await readManifests(request, options);
  if (!found.ok) return found;
  const judging: JudgeOptions = {
    level: request.level,
    version: request.version,
    tektonVersion: request.tektonVersion,
    runAsUser: request.fix?.runAsUser,
  };
  const readable = found.value.filter((one): one is Readable => "yaml" in one);
  const judged = judgeFiles(
    readable.map(({ yaml }) => yaml),
    judging,
  ).files;
  const { fix } = request;
  const fixed =
    fix === undefined ? undefined : fixJudged(judged, { style: fix.style, runAsUser: fix.runAsUser }, judging);
  const results: TargetResult[] = [];
  for (const one of found.value) {
    if (!("yaml" in one)) {
      results.push({ ...failedTarget(one.name, "manifest", one.failure), text: one.text });
      continue;
    }
    const index = readable.indexOf(one);
    const file = judged[index];
    if (file === undefined) continue;
    const after = fixed?.[index];
    results.push(
      fix === undefined || after === undefined
        ? targetOf(one.file, file)
        : await fixedTarget(one.file, file, after, fix, options),
    );
  }
  return ok(reportOf("manifest", results));
}

function targetOf(file: TextFile, judged: JudgedFile): TargetResult {
  return {
    ...failedTarget(file.name, "manifest", { code: "USAGE", message: "" }),
    error: null,
    verdict: "not-applicable",
    findings: judged.findings,
    text: file.text,
    encoding: file.encoding,
    evidence: evidenceOf(judged),
    podSecurity: podSecurityOf(judged),
  };
}

async function fixedTarget(
  file: TextFile,
  judged: JudgedFile,
  after: FixedManifest,
  fix: ManifestFix,
  options: RunOptions,
): Promise<TargetResult> {
  const target = targetOf(file, judged);
  const changed = after.text !== file.text;
  const made = {
    changed,
    written: false,
    diff: await unifiedDiff(file.name, file.text, after.text),
    text: after.text,
    predictedId: null,
    steps: after.steps,
    remaining: after.judged.findings,
    heldBack: null,
  };
  // Standard output gets the text even where nothing had to change.
  if (fix.dryRun || (!changed && fix.output === undefined)) return { ...target, fix: made };
  if (options.signal.aborted) return { ...target, fix: made, error: interruption(options.signal) };
  const written = await writeFixed(file, after.text, fix.output);
  return written.ok
    ? { ...target, fix: { ...made, written: changed }, podSecurity: podSecurityOf(after.judged) }
    : { ...target, fix: made, error: written.error };
}

function evidenceOf({ objects, passedOver, templates }: JudgedFile): readonly string[] {
  const over = passedOver === 0 ? "" : `; ${passedOver} passed over, of kinds that make no Pod`;
  return [`${counted(objects.length, "object")}, ${counted(templates.length, "Pod")}${over}`];
}

/** Every pod of a file, as the report shows it. */
function podSecurityOf({ templates }: JudgedFile): readonly PodSecurityResult[] {
  return templates
    .filter(({ template }) => template.sources.length > 0)
    .map(({ template, policy, refusals }) => ({
      name: template.name,
      level: policy.level,
      version: policy.version === "latest" ? "latest" : `v1.${policy.version}`,
      allowed: refusals.length === 0,
      reasons: refusals.map(refusalText),
    }));
}
