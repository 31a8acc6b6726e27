/** `manifest`: Tekton and Kubernetes YAML against the Pod Security Standards. */
import type { Failure } from "../core/errors.ts";
import type { Finding, Severity } from "../core/finding.ts";
import { ok, type Result } from "../core/result.ts";
import type { FixOptions } from "../manifest/fix/plan-template.ts";
import { imageFindings, imagesOf, type ImageAnswer } from "../manifest/image-findings.ts";
import { parted } from "../manifest/ignores.ts";
import { judgeFiles, ordered } from "../manifest/judge.ts";
import type { JudgedFile, JudgeOptions } from "../manifest/judged.ts";
import type { Level } from "../manifest/pod-security/check.ts";
import { refusalText } from "../manifest/pod-security/evaluate.ts";
import type { PolicyVersion, TektonVersion } from "../manifest/versions.ts";
import { unifiedDiff } from "../report/diff.ts";
import { counted } from "../report/words.ts";
import type { SelectEngine } from "./engine-source.ts";
import { writeFixed } from "./write-fixed.ts";
import { fixJudged, type FixedManifest } from "../manifest/fix/fix-judged.ts";
import { withHonestFixes } from "../manifest/fix/plan-files.ts";
import { interruption } from "./interruption.ts";
import type { ManifestImages } from "./manifest-images.ts";
import { readManifests, type ReadManifest } from "./read-manifests.ts";
import type { RunOptions } from "./requests.ts";
import {
  failedTarget,
  reportOf,
  type PodSecurityResult,
  type RunReport,
  type TargetResult,
} from "../results/run-report.ts";
import type { TextFile } from "./text-file.ts";

export interface ManifestRequest {
  /** Files, folders (searched for YAML and JSON), or `-` for `stdin`. */
  readonly targets: readonly string[];
  /** Text for the target `-`. */
  readonly stdin?: string | Uint8Array;
  /** Without it what the Namespace enforces where the files have it, else restricted. */
  readonly level?: Level;
  readonly version?: PolicyVersion;
  readonly tektonVersion?: TektonVersion;
  /** Findings only without it. */
  readonly fix?: ManifestFix;
  /** The containers' images are judged too. */
  readonly images?: ManifestImages;
  /** Severity of single rules, or `off`. */
  readonly rules?: Readonly<Record<string, "off" | Severity>>;
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

/**
 * Judges, and where asked fixes, every manifest that the request names; together, since one may refer to another.
 * @param select picks the engine for images; a real one unless a test says otherwise
 */
export async function checkManifests(
  request: ManifestRequest,
  options: RunOptions,
  select?: SelectEngine,
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
  const fixing: FixOptions = { style: fix?.style ?? "stepTemplate", runAsUser: fix?.runAsUser };
  const fixed = fix === undefined ? undefined : fixJudged(judged, fixing, judging);
  const answers = await imageAnswers([...judged, ...(fixed ?? []).map((one) => one.judged)], request, options, select);
  if (!answers.ok) return answers;
  const results: TargetResult[] = [];
  for (const one of found.value) {
    if (!("yaml" in one)) {
      results.push({ ...failedTarget(one.name, "manifest", one.failure), text: one.text });
      continue;
    }
    const index = readable.indexOf(one);
    if (judged[index] === undefined) continue;
    const file = withHonestFixes(judged[index], fixing);
    const after = fixed?.[index];
    results.push(
      fix === undefined || after === undefined
        ? targetOf(one.file, file, answers.value)
        : await fixedTarget(
            one.file,
            { before: file, after: { ...after, judged: withHonestFixes(after.judged, fixing) } },
            fix,
            answers.value,
            options,
          ),
    );
  }
  return ok(reportOf("manifest", results));
}

/** What findings are made with beside the judgement. */
interface Answers {
  /** Undefined where images were not asked about. */
  readonly images: ReadonlyMap<string, ImageAnswer> | undefined;
  readonly rules: Readonly<Record<string, "off" | Severity>>;
}

async function imageAnswers(
  judged: readonly JudgedFile[],
  { images, rules = {} }: ManifestRequest,
  options: RunOptions,
  select: SelectEngine | undefined,
): Promise<Result<Answers, Failure>> {
  if (images === undefined) return ok({ images: undefined, rules });
  const { readImageUsers } = await import("./manifest-images.ts");
  const read = await readImageUsers(imagesOf(judged), images, options, select);
  return read.ok ? ok({ images: read.value, rules }) : read;
}

/** A file's findings, those about its images included where they were read, and those that the file says are meant. */
function findingsOf(judged: JudgedFile, { images, rules }: Answers): Pick<TargetResult, "findings" | "ignored"> {
  const weighed = (finding: Finding): readonly Finding[] => {
    const severity = rules[finding.rule] ?? finding.severity;
    return severity === "off" ? [] : [{ ...finding, severity }];
  };
  const ofImages = parted(images === undefined ? [] : imageFindings(judged, images).findings, judged.ignores);
  return {
    findings: ordered([...judged.findings, ...ofImages.findings]).flatMap(weighed),
    ignored: [...judged.ignored, ...ofImages.ignored].flatMap(({ finding, reason }) =>
      weighed(finding).map((one) => ({ finding: one, reason })),
    ),
  };
}

/** The verdict on a file's images: the worst of them; there is none where they were not read. */
function verdictOf(judged: JudgedFile, { images }: Answers): Pick<TargetResult, "verdict" | "kubeletMessage"> {
  const verdicts = images === undefined ? [] : imageFindings(judged, images).verdicts.map(({ answer }) => answer);
  for (const verdict of ["root", "symbolic", "invalid"] as const) {
    const found = verdicts.find((answer) => answer.known && answer.verdict === verdict);
    if (found?.known === true) return { verdict, kubeletMessage: found.kubeletMessage };
  }
  if (verdicts.some(({ known }) => !known)) return { verdict: "unknown", kubeletMessage: null };
  return { verdict: verdicts.length === 0 ? "not-applicable" : "admit", kubeletMessage: null };
}

function targetOf(file: TextFile, judged: JudgedFile, answers: Answers): TargetResult {
  return {
    ...failedTarget(file.name, "manifest", { code: "USAGE", message: "" }),
    error: null,
    ...verdictOf(judged, answers),
    ...findingsOf(judged, answers),
    text: file.text,
    encoding: file.encoding,
    evidence: evidenceOf(judged),
    podSecurity: podSecurityOf(judged),
  };
}

async function fixedTarget(
  file: TextFile,
  { before, after }: { readonly before: JudgedFile; readonly after: FixedManifest },
  fix: ManifestFix,
  answers: Answers,
  options: RunOptions,
): Promise<TargetResult> {
  const target = targetOf(file, before, answers);
  const changed = after.text !== file.text;
  const made = {
    changed,
    written: false,
    diff: await unifiedDiff(file.name, file.text, after.text, "manifest.yaml"),
    text: after.text,
    predictedId: null,
    steps: after.steps,
    remaining: findingsOf(after.judged, answers).findings,
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

function evidenceOf(judged: JudgedFile): readonly string[] {
  const { objects, passedOver, flagOpen } = judged;
  const over = passedOver === 0 ? "" : `; ${passedOver} passed over, of kinds that are not judged`;
  return [
    `${counted(objects.length, "object")}, ${counted(podSecurityOf(judged).length, "Pod")}${over}`,
    ...(flagOpen
      ? [
          "nothing of the containers that Tekton adds (prepare, place-scripts): restricted takes them where set-security-context is on, which it is not by default up to Tekton Pipelines 1.15 (--tekton-version says which default holds)",
        ]
      : []),
  ];
}

/** Every pod of a file, as the report shows it. */
function podSecurityOf({ templates, invalid }: JudgedFile): readonly PodSecurityResult[] {
  return templates
    .filter(({ template }) => template.sources.length > 0)
    .map(({ template, policy, refusals }) => {
      const faults = invalid.get(template.object) ?? [];
      return {
        name: template.name,
        level: policy.level,
        version: policy.version === "latest" ? "latest" : `v1.${policy.version}`,
        allowed: refusals.length === 0 && faults.length === 0,
        reasons: [...faults, ...refusals.map(refusalText)],
        ...(faults.length === 0 ? {} : { invalid: true as const }),
      };
    });
}
