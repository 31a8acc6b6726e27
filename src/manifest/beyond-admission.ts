/** What admission does not see or does not say: settings that are lost, that are not enough, or that contradict. */
import type { Finding, Span } from "../core/finding.ts";
import { argoFindings } from "./argo-findings.ts";
import { wrongTypes, wrongTypesOfWorkload } from "./field-types.ts";
import { finding } from "./findings.ts";
import type { JudgedTemplate } from "./judged.ts";
import { knativeFindings } from "./knative.ts";
import { listFindings } from "./lists.ts";
import { misplacedFields, misplacedInWorkload } from "./misplaced.ts";
import { objectName, type ManifestObject } from "./objects.ts";
import { keyAndValue, shortSpan } from "./place.ts";
import { isTekton } from "./tekton.ts";
import { customTaskFindings } from "./tekton-custom.ts";
import { podTemplateIn, runPodTemplate } from "./tekton-pod-template.ts";
import type { TektonSettings } from "./tekton-settings.ts";
import { webhookFindings } from "./tekton-webhook/findings.ts";
import { at, entries, field, integer, isMapping, items, text, type Value } from "./yaml/read.ts";

/** Findings about one object, whose pods have been judged. */
export function beyondAdmission(
  object: ManifestObject,
  judged: readonly JudgedTemplate[],
  settings: TektonSettings,
): readonly Finding[] {
  const homes = judged.flatMap(({ template: { home } }) => (home.kind === "workload" ? [home] : []));
  return [
    ...listFindings(object, homes),
    ...(homes.length === 0 ? misplacedFields(object) : homes.flatMap((home) => misplacedInWorkload(object, home))),
    ...(homes.length === 0 ? wrongTypes(object) : homes.flatMap((home) => wrongTypesOfWorkload(object, home))),
    ...judged.flatMap(lostContexts),
    ...judged.flatMap(contradictions),
    ...judged.flatMap(invalidProfiles),
    ...judged.flatMap(usersWithoutGroup),
    ...judged.flatMap(notEnough),
    ...replacedPodTemplates(object, settings),
    ...judged.flatMap(notGiven),
    ...judged.flatMap(({ template }) => knativeFindings(template)),
    ...argoFindings(object),
    ...webhookFindings(object),
    ...customTaskFindings(object),
  ];
}

/** A security context beside `ref`. */
function lostContexts({ template, refusals }: JudgedTemplate): readonly Finding[] {
  return template.sources.flatMap(({ reference }) => {
    const context = field(reference, "securityContext");
    if (context === undefined || reference === undefined || template.home.kind === "reference") return [];
    const action = text(at(reference, "ref", "name")) ?? "a resolver's StepAction";
    return [
      finding("step-action-context-lost", {
        span: context.keySpan,
        about: template.name,
        severity: refusals.length === 0 ? "warning" : "error",
        message: `this securityContext is lost: Tekton takes that of StepAction ${action} instead, also where it has none`,
        fix: { title: "Move it into the StepAction, or into the Task's stepTemplate", applicability: "manual" },
      }),
    ];
  });
}

/** What the API server refuses before any policy is asked. */
function contradictions({ template }: JudgedTemplate): readonly Finding[] {
  const { object } = template;
  return template.sources.flatMap(({ container, contexts, owner }) => {
    const context = container.securityContext;
    if (owner !== object || context?.allowPrivilegeEscalation !== false) return [];
    const place = (name: string): Span | undefined => {
      const found = contexts.map((one) => field(one, name)).find((one) => one !== undefined);
      return found === undefined ? undefined : keyAndValue(found);
    };
    const about = template.name;
    const messages = [
      ...(context.privileged === true
        ? ["cannot set `allowPrivilegeEscalation` to false and `privileged` to true"]
        : []),
      ...(context.capabilities?.add.includes("CAP_SYS_ADMIN") === true
        ? ["cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN"]
        : []),
    ];
    return messages.map((message) =>
      finding("invalid-security-context", {
        span: place("allowPrivilegeEscalation") ?? shortSpan(template.place),
        about,
        message: `the API server refuses container "${container.name}" as invalid: ${message}`,
      }),
    );
  });
}

/**
 * A profile of the node is named where there is none, or not named where there has to be one; admission looks at the type
 * alone. Of a step the type and the name may come from different places: it and its stepTemplate are merged.
 */
function invalidProfiles({ template }: JudgedTemplate): readonly Finding[] {
  const { object, podContext, sources } = template;
  return [[podContext], ...sources.map(({ contexts }) => contexts)].flatMap((contexts) =>
    (["seccompProfile", "appArmorProfile"] as const).flatMap((name) => {
      const profiles = contexts.flatMap((context) => field(context, name) ?? []);
      const profile = profiles.find(({ file }) => file.text === object.file.text);
      const type = profiles.map((one) => text(field(one, "type"))).find((one) => one !== undefined);
      if (profile === undefined || !profiles.every(isMapping)) return [];
      const isNamed = profiles.some((one) => field(one, "localhostProfile") !== undefined);
      if (type !== undefined && isNamed === (type === "Localhost")) return [];
      const what = name === "seccompProfile" ? "seccomp" : "AppArmor";
      const why =
        type === undefined
          ? `type is required when ${name} is set`
          : `localhostProfile ${isNamed ? "can only" : "must"} be set when ${what} type is Localhost`;
      return [
        finding("invalid-security-context", {
          span: keyAndValue(profile),
          about: template.name,
          message: `the API server refuses this ${name}: ${why}`,
        }),
      ];
    }),
  );
}

const withoutGroup = (who: string): string =>
  `${who} sets runAsUser without runAsGroup: the group is that of the uid's line in the image's passwd, and 0 (root) where there is none`;

/** `runAsUser` whose group is left to the image's passwd. */
function usersWithoutGroup({ template }: JudgedTemplate): readonly Finding[] {
  const { object, pod, podContext } = template;
  const about = template.name;
  const fix = { title: "Set runAsGroup beside it", applicability: "manual" } as const;
  const onPod = field(podContext, "runAsUser");
  const found: Finding[] = [];
  if (onPod?.file.text === object.file.text && integer(onPod) !== 0 && pod.securityContext?.runAsGroup === undefined) {
    found.push(
      finding("run-as-user-without-group", { span: keyAndValue(onPod), about, message: withoutGroup("the Pod"), fix }),
    );
  }
  for (const { container, contexts, owner } of template.sources) {
    const own = contexts.map((context) => field(context, "runAsUser")).find((value) => value !== undefined);
    const group = container.securityContext?.runAsGroup ?? pod.securityContext?.runAsGroup;
    if (owner !== object || own === undefined || integer(own) === 0 || group !== undefined) continue;
    found.push(
      finding("run-as-user-without-group", {
        span: keyAndValue(own),
        about,
        message: withoutGroup(`container "${container.name}"`),
        fix,
      }),
    );
  }
  return found;
}

const containerOnly: readonly string[] = ["allowPrivilegeEscalation", "capabilities_restricted"];

/** A pod template with a security context, in a run whose containers lack what no pod template can give. */
function notEnough({ template, refusals }: JudgedTemplate): readonly Finding[] {
  const { podContext, home, object } = template;
  if (home.kind !== "task" && (home.kind !== "reference" || !isTekton(object))) return [];
  if (podContext === undefined || podContext.file.text !== object.file.text) return [];
  const open = template.sources.length === 0;
  if (!open && !refusals.some(({ check }) => containerOnly.includes(check))) return [];
  return [
    finding("pod-template-not-enough", {
      span: podContext.keySpan,
      about: template.name,
      open,
      message: open
        ? "a podTemplate cannot set allowPrivilegeEscalation and capabilities: the steps of the Task have to, and its file was not given"
        : "a podTemplate cannot set allowPrivilegeEscalation and capabilities: restricted refuses the Pod until the steps and sidecars do",
    }),
  ];
}

/** A pod template's security context that takes another's place whole. */
function replacedPodTemplates(object: ManifestObject, { defaultPodTemplate }: TektonSettings): readonly Finding[] {
  const spec = field(object.value, "spec");
  if (object.group !== "tekton.dev" || spec === undefined) return [];
  const about = objectName(object);
  const fallback = field(defaultPodTemplate, "securityContext");
  if (object.kind === "TaskRun") {
    return replaced(at(spec, "podTemplate", "securityContext"), fallback, "default-pod-template", about);
  }
  if (object.kind !== "PipelineRun") return [];
  const common = field(runPodTemplate(spec, object).template, "securityContext");
  return [
    ...replaced(common, fallback, "default-pod-template", about),
    ...items(field(spec, "taskRunSpecs")).flatMap((one) => {
      const own = field(podTemplateIn(one, object), "securityContext");
      const task = text(field(one, "pipelineTaskName")) ?? "";
      return replaced(
        own,
        common ?? fallback,
        common === undefined ? "default-pod-template" : "the run's podTemplate",
        `${about}, task ${task}`,
      );
    }),
  ];
}

function replaced(own: Value | undefined, other: Value | undefined, what: string, about: string): readonly Finding[] {
  if (own === undefined || other === undefined) return [];
  const lost = entries(other).flatMap(({ name, value }) =>
    value !== undefined && field(own, name) === undefined ? [name] : [],
  );
  if (lost.length === 0) return [];
  return [
    finding("pod-template-replaced", {
      span: own.keySpan,
      about,
      message: `this securityContext takes the place of that of ${what} whole: ${lost.join(", ")} ${lost.length === 1 ? "is" : "are"} lost`,
      fix: { title: `Repeat ${lost.join(", ")} here`, applicability: "manual" },
    }),
  ];
}

/** What a pod is made of and was not read. */
function notGiven({ template }: JudgedTemplate): readonly Finding[] {
  return template.unknown.map(({ what, reference }) =>
    finding("not-given", {
      // The reference of a Task that stands elsewhere is in another object.
      span: shortSpan(template.home.kind === "reference" ? template.place : reference),
      about: template.name,
      open: true,
      message: `${what} is not among the files, so that the Pod could not be judged whole`,
      fix: { title: "Name its file too, or the folder that holds both", applicability: "manual" },
    }),
  );
}
