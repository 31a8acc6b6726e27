/** Judges manifests: what admission says of every pod, and what it does not see. */
import type { Finding, FixHint, Span } from "../core/finding.ts";
import { addedContainerFindings } from "./added-containers.ts";
import { argoSettings, type ArgoSettings } from "./argo-settings.ts";
import { argoTemplates, isArgo } from "./argo.ts";
import { beyondAdmission } from "./beyond-admission.ts";
import { blockersOf, type Blocker } from "./blockers.ts";
import { catalogueOf, type Catalogue } from "./catalogue.ts";
import { configFindings } from "./config-findings.ts";
import { finding, ruleOfCheck } from "./findings.ts";
import { enforcedPolicies, isNamespace, namespaceFindings, type Policy } from "./namespaces.ts";
import { malformedFindings } from "./malformed.ts";
import { parted, readIgnores, type Ignored, type Ignores } from "./ignores.ts";
import { holdsObjects, objectName, objectsOf, type ManifestObject } from "./objects.ts";
import { guiltOf, hangsOnVariable, placeInContainer, shortSpan } from "./place.ts";
import type { JudgedFile, JudgedTemplate, JudgeOptions } from "./judged.ts";
import { evaluatePod, policyText, refusalText, violationText, type CheckedRefusal } from "./pod-security/evaluate.ts";
import { isTekton, TektonReader } from "./tekton.ts";
import { isConfigDefaults, isFeatureFlags, tektonSettings, type TektonSettings } from "./tekton-settings.ts";
import type { ContainerSource, PodTemplate } from "./template.ts";
import { givenTitle } from "./variables.ts";
import { unjudgedFindings } from "./unjudged.ts";
import { isWorkload, workloadTemplates } from "./workloads.ts";
import { field, type YamlFile } from "./yaml/read.ts";

export interface Judgement {
  readonly files: readonly JudgedFile[];
  readonly settings: TektonSettings;
}

/** Judges all files of a run together, since what one refers to may stand in another. */
export function judgeFiles(files: readonly YamlFile[], options: JudgeOptions): Judgement {
  const objects = files.map(objectsOf);
  const all = objects.flat();
  const settings = tektonSettings(all, options.tektonVersion);
  const catalogue = catalogueOf(all);
  const reader = new TektonReader(catalogue, settings);
  const enforced = enforcedPolicies(all);
  const ignores = new Map(files.map((file) => [file, readIgnores(file)]));
  const context = { argo: argoSettings(all), catalogue, reader, enforced, settings, options, ignores };
  return { settings, files: files.map((file, index) => judgeFile(file, objects[index] ?? [], context)) };
}

interface Context {
  readonly argo: ArgoSettings | undefined;
  readonly catalogue: Catalogue;
  readonly reader: TektonReader;
  readonly enforced: ReadonlyMap<string, Policy>;
  readonly settings: TektonSettings;
  readonly options: JudgeOptions;
  readonly ignores: ReadonlyMap<YamlFile, Ignores>;
}

function judgeFile(file: YamlFile, objects: readonly ManifestObject[], context: Context): JudgedFile {
  const templates: JudgedTemplate[] = [];
  const findings: Finding[] = [];
  const ignored: Ignored[] = [];
  const invalid = new Map<ManifestObject, readonly string[]>();
  const ignores = context.ignores.get(file) ?? readIgnores(file);
  findings.push(...malformedFindings(file));
  let passedOver = 0;
  for (const object of objects) {
    const read = isWorkload(object)
      ? workloadTemplates(object)
      : isTekton(object)
        ? context.reader.templates(object)
        : isArgo(object)
          ? argoTemplates(object, context.catalogue)
          : [];
    const policy = policyFor(object, context);
    const judged = read.map((template): JudgedTemplate => ({
      template,
      policy,
      refusals: evaluatePod(template.pod, policy.level, policy.version),
      blockers: blockersOf(template, policy, context.options.runAsUser !== undefined),
    }));
    templates.push(...judged);
    for (const one of judged) {
      const admission = admissionFindings(one, context.ignores);
      findings.push(...admission.findings);
      ignored.push(...admission.ignored);
    }
    const beyond = beyondAdmission(object, judged, context.settings);
    findings.push(...beyond);
    const faults = beyond.filter(isRefusedByApi).map(({ message }) => message);
    if (faults.length > 0) invalid.set(object, [...new Set(faults)]);
    findings.push(...addedContainerFindings(object, judged, policy, { argo: context.argo, tekton: context.settings }));
    if (isNamespace(object)) findings.push(...namespaceFindings(object));
    findings.push(...configFindings(object, context.options));
    if (!isKnown(object)) passedOver++;
    // A workload without a Pod may keep its containers where an older version of its API had them.
    if (!isKnown(object) || (isWorkload(object) && read.length === 0)) findings.push(...unjudgedFindings(object));
  }
  const hanging = context.settings.setsContext === undefined ? templates.find(hangsOnFlag) : undefined;
  const isVersionKnown = context.options.tektonVersion !== undefined;
  if (hanging !== undefined && isVersionKnown) findings.push(offByDefault(hanging.template.object));
  const flagOpen = hanging !== undefined && !isVersionKnown;
  const rest = parted(findings, ignores);
  return {
    file,
    objects,
    templates,
    invalid,
    findings: ordered([...rest.findings, ...ignores.findings]),
    ignored: [...ignored, ...rest.ignored],
    ignores,
    passedOver,
    flagOpen,
  };
}

/** Whether a finding is of what the API server cannot decode or does not hold for valid. */
const isRefusedByApi = ({ rule, severity }: Finding): boolean =>
  rule === "wrong-type" || rule === "invalid-security-context" || (rule === "no-containers" && severity === "error");

/** Whether a Pod gets containers from Tekton, which restricted judges too. */
const hangsOnFlag = ({ template: { home, object }, policy }: JudgedTemplate): boolean =>
  policy.level === "restricted" && (home.kind === "task" || (home.kind === "reference" && isTekton(object)));

/** A version that has the flag off where nobody sets it, and no file that sets it; said once a file. */
function offByDefault(object: ManifestObject): Finding {
  return finding("set-security-context", {
    span: shortSpan(field(object.value, "kind") ?? object.value),
    about: objectName(object),
    severity: "warning",
    open: true,
    message:
      "this version of Tekton Pipelines has set-security-context off by default; where it is off, restricted refuses the Pod for Tekton's own containers (prepare, place-scripts)",
    fix: { title: "See that it is on: image-fix manifest --tekton-config prints how", applicability: "manual" },
  });
}

const isKnown = (object: ManifestObject): boolean =>
  isWorkload(object) ||
  isTekton(object) ||
  isArgo(object) ||
  isNamespace(object) ||
  isFeatureFlags(object) ||
  isConfigDefaults(object) ||
  holdsObjects(object);

function policyFor({ namespace }: ManifestObject, { enforced, options }: Context): Policy {
  const there = namespace === undefined ? undefined : enforced.get(namespace);
  return {
    level: options.level ?? there?.level ?? "restricted",
    version: options.version ?? there?.version ?? "latest",
  };
}

const fixTitles: Readonly<Record<string, string>> = {
  allowPrivilegeEscalation: "Write allowPrivilegeEscalation: false",
  capabilities_restricted: 'Write capabilities.drop: ["ALL"]',
  runAsNonRoot: "Write runAsNonRoot: true",
  runAsUser: "Write the uid that --run-as-user names",
  seccompProfile_restricted: "Write seccompProfile.type: RuntimeDefault",
  seccompProfile_baseline: "Write seccompProfile.type: RuntimeDefault",
};

/**
 * One finding a refusal, and one for what no field can help. A refusal is ignored where all that it is for is: where one
 * of two containers stays, so does the finding, at that one.
 */
function admissionFindings(
  { template, policy, refusals, blockers }: JudgedTemplate,
  ignores: Context["ignores"],
): { readonly findings: readonly Finding[]; readonly ignored: readonly Ignored[] } {
  const { object, name: about, sources } = template;
  const [blocker] = blockers;
  const own = refusals.filter(
    (refusal) =>
      refusal.pod ||
      refusal.containers.length === 0 ||
      sources.some((source) => refusal.containers.includes(source.container) && isOwn(source, template)),
  );
  const findings: Finding[] = [];
  const ignored: Ignored[] = [];
  for (const refusal of own) {
    const rule = ruleOfCheck(refusal.check);
    const { span, meant, stands } = weighed(refusal, template, ignores);
    const one = finding(rule, {
      span,
      about,
      message: `${policyText(policy.level, policy.version)} refuses the Pod: ${refusalText(refusal)}`,
      ...fixHint(refusal, blockers, template),
    });
    if (stands) findings.push(one);
    ignored.push(...meant.map(({ reason, ...place }) => ({ finding: { ...one, ...place }, reason })));
  }
  // What the other object's file says is meant is not held against the run.
  const foreign = refusals.filter((refusal) => !own.includes(refusal) && weighed(refusal, template, ignores).stands);
  if (foreign.length > 0) {
    findings.push(
      finding("refused-reference", {
        span: shortSpan(template.place),
        about,
        message: `the Pod of this run is refused: ${violationText(policy.level, policy.version, foreign)}`,
        fix: { title: "Fix the object that it refers to", applicability: "manual" },
      }),
    );
  }
  const programs = blockers.filter(({ source }) => source === undefined || source.owner === object);
  if (blocker !== undefined && programs.length > 0 && template.home.kind !== "reference") {
    for (const one of programs.filter((each, index) => index === 0 || each.check === undefined)) {
      findings.push(
        finding("cannot-run-restricted", {
          span:
            one.source === undefined
              ? shortSpan(template.place)
              : placeInContainer({ ...one.source, contexts: [] }, undefined),
          about,
          message: `--fix leaves this Pod as it is: ${one.reason}`,
          ...(one.way === undefined ? {} : { fix: { title: sentence(one.way), applicability: "manual" } }),
          needsPerson: true,
        }),
      );
    }
  }
  return { findings, ignored };
}

/** What comments say of all that a refusal is for; it is shown at the first thing that none covers. */
function weighed(
  refusal: CheckedRefusal,
  template: PodTemplate,
  ignores: Context["ignores"],
): {
  readonly span: Span;
  readonly stands: boolean;
  /** What is meant in the object itself. */
  readonly meant: readonly { readonly span: Span; readonly reason: string }[];
} {
  const rule = ruleOfCheck(refusal.check);
  const guilt = guiltOf(refusal.check, refusal, template).map((one) => ({
    ...one,
    isOwn: one.owner === template.object,
    reason: ignores.get(one.owner.file)?.reasonFor(rule, ...one.places),
  }));
  const standing = guilt.filter(({ reason }) => reason === undefined);
  return {
    span: [...standing, ...guilt].find(({ isOwn }) => isOwn)?.span ?? shortSpan(template.place),
    stands: standing.length > 0,
    meant: guilt.flatMap(({ span, reason, isOwn }) => (isOwn && reason !== undefined ? [{ span, reason }] : [])),
  };
}

/** Whether a container can be mended in the object itself. What a step refers to is reached by the Task's stepTemplate. */
const isOwn = ({ owner, role, reference }: ContainerSource, { object, home }: PodTemplate): boolean =>
  owner === object || role === "tekton" || (reference !== undefined && home.kind === "task");

const sentence = (words: string): string => words.slice(0, 1).toUpperCase() + words.slice(1);

function fixHint(
  refusal: CheckedRefusal,
  blockers: readonly Blocker[],
  template: PodTemplate,
): { readonly fix: FixHint } | undefined {
  const blocked = blockers.find(({ check }) => check === refusal.check);
  if (blocked?.way !== undefined) return { fix: { title: sentence(blocked.way), applicability: "manual" } };
  if (blockers.length > 0 || template.home.kind === "reference") return undefined;
  if (hangsOnVariable(refusal.check, refusal, template)) {
    return { fix: { title: givenTitle, applicability: "manual" } };
  }
  const isTektons = template.sources
    .filter(({ container }) => refusal.containers.includes(container))
    .every(({ role }) => role === "tekton");
  if (isTektons && refusal.containers.length > 0) {
    return { fix: { title: "Set set-security-context in Tekton's feature-flags", applicability: "manual" } };
  }
  const title = fixTitles[refusal.check];
  return title === undefined ? undefined : { fix: { title, applicability: "safe" } };
}

/** Findings by place, then by rule, each once. */
export function ordered(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string>();
  return findings
    .filter(({ rule, span, message }) => {
      const key = `${rule}\n${span.start}\n${message}`;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    })
    .toSorted(
      (left, right) =>
        left.span.start - right.span.start || (left.rule < right.rule ? -1 : left.rule > right.rule ? 1 : 0),
    );
}
