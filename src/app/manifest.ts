/** `manifest`: Tekton and Kubernetes YAML against the Pod Security Standards. */
import type { Failure } from "../core/errors.ts";
import { ok, type Result } from "../core/result.ts";
import type { Level } from "../manifest/pod-security/check.ts";
import { refusalText } from "../manifest/pod-security/evaluate.ts";
import { judgeFiles, type JudgedFile, type JudgeOptions } from "../manifest/judge.ts";
import type { PolicyVersion, TektonVersion } from "../manifest/versions.ts";
import { readYaml, type YamlFile } from "../manifest/yaml/read.ts";
import { findTargets, type Wanted } from "./find-targets.ts";
import { interruption } from "./interruption.ts";
import type { RunOptions } from "./requests.ts";
import { failedTarget, reportOf, type PodSecurityResult, type RunReport, type TargetResult } from "./results.ts";
import { readTextFile, type TextFile } from "./text-file.ts";

export interface ManifestRequest {
  /** Files, folders (searched for YAML and JSON), or `-` for `stdin`. */
  readonly targets: readonly string[];
  /** Text for the target `-`. */
  readonly stdin?: string;
  /** What the Namespace enforces where the files have it, else restricted, without it. */
  readonly level?: Level;
  readonly version?: PolicyVersion;
  readonly tektonVersion?: TektonVersion;
}

const manifests: Wanted = {
  isName: (name) => /\.(?:ya?ml|json)$/i.test(name),
  none: "the folder holds no YAML or JSON file",
  hint: "name a manifest, a folder that holds some, or - for standard input",
};

/** A file that was read, or why not. */
export type Read = { readonly name: string } & (
  | { readonly file: TextFile; readonly yaml: YamlFile }
  | { readonly failure: Failure; readonly text: string | null }
);

/** Judges every manifest that the request names; all of them together, since one may refer to another. */
export async function auditManifests(
  request: ManifestRequest,
  options: RunOptions,
): Promise<Result<RunReport, Failure>> {
  const found = await readManifests(request, options);
  if (!found.ok) return found;
  const judging: JudgeOptions = {
    level: request.level,
    version: request.version,
    tektonVersion: request.tektonVersion,
    runAsUser: undefined,
  };
  const readable = found.value.flatMap((one) => ("yaml" in one ? [one] : []));
  const judgement = judgeFiles(
    readable.map(({ yaml }) => yaml),
    judging,
  );
  const judged = new Map(judgement.files.map((one) => [one.file, one]));
  const results = found.value.map((one): TargetResult => {
    if (!("yaml" in one)) return { ...failedTarget(one.name, "manifest", one.failure), text: one.text };
    const file = judged.get(one.yaml);
    return file === undefined
      ? failedTarget(one.name, "manifest", interruption(options.signal))
      : targetOf(one.file, file);
  });
  return ok(reportOf("manifest", results));
}

/** Reads what the request names. Files of a folder that are no manifests at all are passed over. */
export async function readManifests(
  request: ManifestRequest,
  options: RunOptions,
): Promise<Result<readonly Read[], Failure>> {
  const targets = await findTargets(request.targets, options.signal, manifests);
  if (!targets.ok) return targets;
  const named = new Set(request.targets);
  const read: Read[] = [];
  for (const name of targets.value) {
    if (options.signal.aborted) {
      read.push({ name, failure: interruption(options.signal), text: null });
      break;
    }
    const file =
      name === "-"
        ? ok({ name, path: name, text: request.stdin ?? "", encoding: "utf8" as const })
        : await readTextFile(name);
    if (!file.ok) {
      read.push({ name, failure: file.error, text: null });
      continue;
    }
    if (!named.has(name) && !looksLikeManifest(file.value.text)) continue;
    const yaml = readYaml(name, file.value.text);
    read.push(
      yaml.ok ? { name, file: file.value, yaml: yaml.value } : { name, failure: yaml.error, text: file.value.text },
    );
  }
  return ok(read);
}

/** Whether a text has the two fields that every object has, without reading it whole. */
const looksLikeManifest = (text: string): boolean => /\bapiVersion["']?\s*:/.test(text) && /\bkind["']?\s*:/.test(text);

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

function evidenceOf({ objects, passedOver, templates }: JudgedFile): readonly string[] {
  const parts = [
    `${objects.length} ${objects.length === 1 ? "object" : "objects"}, ${templates.length} ${templates.length === 1 ? "Pod" : "Pods"}`,
    ...(passedOver === 0 ? [] : [`${passedOver} passed over, of kinds that make no Pod`]),
  ];
  return [parts.join("; ")];
}

/** Every pod of a file, as the report shows it. */
export function podSecurityOf({ templates }: JudgedFile): readonly PodSecurityResult[] {
  return templates.map(({ template, policy, refusals }) => ({
    name: template.name,
    level: policy.level,
    version: policy.version === "latest" ? "latest" : `v1.${policy.version}`,
    allowed: refusals.length === 0,
    reasons: refusals.map(refusalText),
  }));
}
