/** Judges manifests: what admission says of every pod, and what it does not see. */
import type { Finding, FixHint } from "../core/finding.ts";
import { beyondAdmission } from "./beyond-admission.ts";
import { blockersOf, type Blocker } from "./blockers.ts";
import { catalogueOf } from "./catalogue.ts";
import { configFindings } from "./config-findings.ts";
import { finding, ruleOfCheck } from "./findings.ts";
import { enforcedPolicies, isNamespace, namespaceFindings, type Policy } from "./namespaces.ts";
import { objectName, objectsOf, type ManifestObject } from "./objects.ts";
import { placeInContainer, placeOfRefusal, shortSpan } from "./place.ts";
import type { Level } from "./pod-security/check.ts";
import { evaluatePod, policyText, refusalText, violationText, type CheckedRefusal } from "./pod-security/evaluate.ts";
import { isTekton, TektonReader } from "./tekton.ts";
import { isConfigDefaults, isFeatureFlags, tektonSettings, type TektonSettings } from "./tekton-settings.ts";
import type { ContainerSource, PodTemplate } from "./template.ts";
import type { PolicyVersion, TektonVersion } from "./versions.ts";
import { isWorkload, workloadTemplates } from "./workloads.ts";
import { field, type YamlFile } from "./yaml/read.ts";

export interface JudgeOptions {
  /** Undefined: what the Namespace enforces where the files have it, else restricted. */
  readonly level: Level | undefined;
  readonly version: PolicyVersion | undefined;
  readonly tektonVersion: TektonVersion | undefined;
  /** `--run-as-user`, which replaces a `runAsUser: 0`. */
  readonly runAsUser: number | undefined;
}

/** One pod and what admission says of it. */
export interface JudgedTemplate {
  readonly template: PodTemplate;
  readonly policy: Policy;
  readonly refusals: readonly CheckedRefusal[];
  readonly blockers: readonly Blocker[];
}

export interface JudgedFile {
  readonly file: YamlFile;
  readonly objects: readonly ManifestObject[];
  readonly templates: readonly JudgedTemplate[];
  readonly findings: readonly Finding[];
  /** Objects of kinds that have no part in this. */
  readonly passedOver: number;
  /** Whether the Pods hang on `set-security-context` too, of which neither the files nor a version say how it is set. */
  readonly flagOpen: boolean;
}

export interface Judgement {
  readonly files: readonly JudgedFile[];
  readonly settings: TektonSettings;
}

/** Judges all files of a run together, since what one refers to may stand in another. */
export function judgeFiles(files: readonly YamlFile[], options: JudgeOptions): Judgement {
  const objects = files.map(objectsOf);
  const all = objects.flat();
  const settings = tektonSettings(all, options.tektonVersion);
  const reader = new TektonReader(catalogueOf(all), settings);
  const enforced = enforcedPolicies(all);
  return {
    settings,
    files: files.map((file, index) => judgeFile(file, objects[index] ?? [], { reader, enforced, settings, options })),
  };
}

interface Context {
  readonly reader: TektonReader;
  readonly enforced: ReadonlyMap<string, Policy>;
  readonly settings: TektonSettings;
  readonly options: JudgeOptions;
}

function judgeFile(file: YamlFile, objects: readonly ManifestObject[], context: Context): JudgedFile {
  const templates: JudgedTemplate[] = [];
  const findings: Finding[] = [];
  let passedOver = 0;
  for (const object of objects) {
    const read = isWorkload(object)
      ? workloadTemplates(object)
      : isTekton(object)
        ? context.reader.templates(object)
        : [];
    const policy = policyFor(object, context);
    const judged = read.map((template): JudgedTemplate => ({
      template,
      policy,
      refusals: evaluatePod(template.pod, policy.level, policy.version),
      blockers: blockersOf(template, policy, context.options.runAsUser !== undefined),
    }));
    templates.push(...judged);
    for (const one of judged) findings.push(...admissionFindings(one));
    findings.push(...beyondAdmission(object, judged, context.settings));
    if (isNamespace(object)) findings.push(...namespaceFindings(object));
    findings.push(...configFindings(object, context.options));
    if (!isKnown(object)) passedOver++;
  }
  const hanging = context.settings.setsContext === undefined ? templates.find(hangsOnFlag) : undefined;
  const isVersionKnown = context.options.tektonVersion !== undefined;
  if (hanging !== undefined && isVersionKnown) findings.push(offByDefault(hanging.template.object));
  const flagOpen = hanging !== undefined && !isVersionKnown;
  return { file, objects, templates, findings: ordered(findings), passedOver, flagOpen };
}

/** Whether a Pod gets containers from Tekton, which restricted judges too. */
const hangsOnFlag = ({ template: { home }, policy }: JudgedTemplate): boolean =>
  policy.level === "restricted" && (home.kind === "task" || home.kind === "reference");

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
  isNamespace(object) ||
  isFeatureFlags(object) ||
  isConfigDefaults(object) ||
  (object.kind === "TriggerTemplate" && object.group === "triggers.tekton.dev");

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

/** One finding a refusal, and one for what no field can help. */
function admissionFindings({ template, policy, refusals, blockers }: JudgedTemplate): readonly Finding[] {
  const { object, name: about, sources } = template;
  const [blocker] = blockers;
  const own = refusals.filter(
    (refusal) =>
      refusal.pod ||
      refusal.containers.length === 0 ||
      sources.some((source) => isOwn(source, template) && refusal.containers.includes(source.container)),
  );
  const findings = own.map((refusal): Finding => {
    return finding(ruleOfCheck(refusal.check), {
      span: placeOfRefusal(refusal.check, refusal, template),
      about,
      message: `${policyText(policy.level, policy.version)} refuses the Pod: ${refusalText(refusal)}`,
      ...fixHint(refusal, blockers, template),
    });
  });
  const foreign = refusals.filter((refusal) => !own.includes(refusal));
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
          fix: { title: sentence(one.way), applicability: "manual" },
          needsPerson: true,
        }),
      );
    }
  }
  return findings;
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
  if (blocked !== undefined) return { fix: { title: sentence(blocked.way), applicability: "manual" } };
  if (blockers.length > 0 || template.home.kind === "reference") return undefined;
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
