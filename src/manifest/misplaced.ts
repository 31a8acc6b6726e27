/**
 * Security fields that do not exist where they stand: the API server refuses them or drops them without a word, and
 * either way they do nothing.
 */
import type { Finding } from "../core/finding.ts";
import { finding } from "./findings.ts";
import { objectName, type ManifestObject } from "./objects.ts";
import { keyAndValue } from "./place.ts";
import { runPodTemplate } from "./tekton-pod-template.ts";
import { containerLists } from "./read-pod.ts";
import type { WorkloadHome } from "./template.ts";
import { entries, field, isMapping, items, text, type Value } from "./yaml/read.ts";

const shared = [
  "appArmorProfile",
  "runAsGroup",
  "runAsNonRoot",
  "runAsUser",
  "seLinuxOptions",
  "seccompProfile",
  "windowsOptions",
];
/** @see https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/ SecurityContext */
const containerFields: readonly string[] = [
  ...shared,
  "allowPrivilegeEscalation",
  "capabilities",
  "privileged",
  "procMount",
  "readOnlyRootFilesystem",
];
/** PodSecurityContext. */
const podFields: readonly string[] = [
  ...shared,
  "fsGroup",
  "fsGroupChangePolicy",
  "seLinuxChangePolicy",
  "supplementalGroups",
  "supplementalGroupsPolicy",
  "sysctls",
];
const allFields: ReadonlySet<string> = new Set([...containerFields, ...podFields]);

interface Place {
  readonly about: string;
  /** What messages call it: `the Pod's securityContext`. */
  readonly what: string;
}

/** Checks the fields of a container's or a pod's security context. */
function contextFindings(context: Value | undefined, kind: "container" | "pod", place: Place): readonly Finding[] {
  const { about } = place;
  const known = kind === "container" ? containerFields : podFields;
  const other = kind === "container" ? podFields : containerFields;
  return entries(context).flatMap(({ name, value, keySpan }) => {
    if (!known.includes(name)) {
      const where = other.includes(name)
        ? kind === "pod"
          ? "it exists on containers only: a step, the stepTemplate, a sidecar or an entry of containers"
          : "it exists on the Pod only"
        : "the API has no such field";
      return [
        finding("misplaced-field", {
          span: value === undefined ? keySpan : keyAndValue(value),
          about,
          message: `${name} does nothing in ${place.what}: ${where}`,
        }),
      ];
    }
    return [];
  });
}

/** Security fields that stand right in a map whose own fields are others: `runAsNonRoot` beside `image`. */
function strayFields(holder: Value | undefined, home: string, place: Place): readonly Finding[] {
  return entries(holder).flatMap(({ name, value, keySpan }) =>
    allFields.has(name)
      ? [
          finding("misplaced-field", {
            span: value === undefined ? keySpan : keyAndValue(value),
            about: place.about,
            message: `${name} does nothing in ${place.what}: it belongs into ${home}`,
          }),
        ]
      : [],
  );
}

/** A field that the kind does not have at this place. */
function noSuchField(holder: Value | undefined, name: string, about: string, message: string): readonly Finding[] {
  const value = field(holder, name);
  return value === undefined ? [] : [finding("misplaced-field", { span: value.keySpan, about, message })];
}

/** What a run says of single steps and sidecars: resources, and nothing of their security. */
function overrideFindings(run: Value | undefined, about: string): readonly Finding[] {
  return ["stepSpecs", "sidecarSpecs", "stepOverrides", "sidecarOverrides"].flatMap((list) =>
    items(field(run, list)).flatMap((one) => [
      ...noSuchField(
        one,
        "securityContext",
        about,
        `${list} have no securityContext: it belongs into the steps and sidecars of the Task`,
      ),
      ...strayFields(one, "the securityContext of the Task's steps and sidecars", { about, what: list }),
    ]),
  );
}

function containerFindings(container: Value, what: string, about: string): readonly Finding[] {
  const place = { about, what };
  return [
    ...strayFields(container, "its securityContext", place),
    ...contextFindings(field(container, "securityContext"), "container", {
      about,
      what: `the securityContext of ${what}`,
    }),
  ];
}

const nameIn = (value: Value): string => text(field(value, "name")) ?? "without a name";

/** A pod template of Tekton, in a run or a default. */
export function misplacedInPodTemplate(
  template: Value | undefined,
  about: string,
  what = "podTemplate",
): readonly Finding[] {
  return [
    ...strayFields(template, `its securityContext`, { about, what }),
    ...noSuchField(
      template,
      "containers",
      about,
      `${what} has no containers: the steps of the Task are the containers`,
    ),
    ...contextFindings(field(template, "securityContext"), "pod", { about, what: `${what}.securityContext` }),
  ];
}

/** A TaskSpec. */
function taskFindings(spec: Value | undefined, about: string): readonly Finding[] {
  if (!isMapping(spec)) return [];
  const steps = items(field(spec, "steps"));
  return [
    ...noSuchField(
      spec,
      "securityContext",
      about,
      "a Task has no securityContext of its own: put it into stepTemplate.securityContext, or into each step",
    ),
    ...noSuchField(spec, "podTemplate", about, "a Task has no podTemplate: it belongs into the TaskRun or PipelineRun"),
    ...strayFields(spec, "stepTemplate.securityContext or the steps' securityContext", { about, what: "a TaskSpec" }),
    ...containerFindingsOf(field(spec, "stepTemplate"), "stepTemplate", about),
    // What stands beside `ref` is another finding's business.
    ...steps.flatMap((step) =>
      field(step, "ref") === undefined ? containerFindings(step, `step ${nameIn(step)}`, about) : [],
    ),
    ...items(field(spec, "sidecars")).flatMap((sidecar) =>
      containerFindings(sidecar, `sidecar ${nameIn(sidecar)}`, about),
    ),
  ];
}

const containerFindingsOf = (value: Value | undefined, what: string, about: string): readonly Finding[] =>
  value === undefined ? [] : containerFindings(value, what, about);

function pipelineFindings(spec: Value | undefined, about: string): readonly Finding[] {
  if (!isMapping(spec)) return [];
  const tasks = [...items(field(spec, "tasks")), ...items(field(spec, "finally"))];
  return [
    ...noSuchField(spec, "podTemplate", about, "a Pipeline has no podTemplate: it belongs into the PipelineRun"),
    ...noSuchField(
      spec,
      "securityContext",
      about,
      "a Pipeline has no securityContext: it belongs into the steps of its Tasks",
    ),
    ...tasks.flatMap((task) => [
      ...noSuchField(
        task,
        "securityContext",
        about,
        "a pipeline's task has no securityContext: it belongs into the steps of its Task",
      ),
      ...noSuchField(
        task,
        "podTemplate",
        about,
        "a pipeline's task has no podTemplate: it belongs into taskRunSpecs of the PipelineRun",
      ),
      ...taskFindings(field(task, "taskSpec"), `${about}, task ${nameIn(task)}`),
    ]),
  ];
}

function pipelineRunFindings(object: ManifestObject, spec: Value, about: string): readonly Finding[] {
  const v1 = object.version === "v1";
  const wrong = v1
    ? noSuchField(
        spec,
        "podTemplate",
        about,
        "a PipelineRun of v1 has no spec.podTemplate: it is spec.taskRunTemplate.podTemplate there",
      )
    : noSuchField(
        spec,
        "taskRunTemplate",
        about,
        `a PipelineRun of ${object.version} has no taskRunTemplate: it is spec.podTemplate there`,
      );
  const runs = items(field(spec, "taskRunSpecs")).flatMap((one) => {
    const [right, other] = v1 ? ["podTemplate", "taskPodTemplate"] : ["taskPodTemplate", "podTemplate"];
    return [
      ...noSuchField(
        one,
        other ?? "",
        about,
        `taskRunSpecs of ${object.version} have no ${other}: it is called ${right} there`,
      ),
      ...noSuchField(
        one,
        "securityContext",
        about,
        `taskRunSpecs have no securityContext: it belongs into ${right}.securityContext`,
      ),
      ...misplacedInPodTemplate(field(one, right ?? ""), about, right),
      ...overrideFindings(one, about),
    ];
  });
  return [
    ...wrong,
    ...noSuchField(
      spec,
      "securityContext",
      about,
      `a PipelineRun has no securityContext: it belongs into ${v1 ? "taskRunTemplate." : ""}podTemplate.securityContext, what containers need into the Tasks`,
    ),
    ...misplacedInPodTemplate(runPodTemplate(spec, object).template, about),
    ...runs,
    ...pipelineFindings(field(spec, "pipelineSpec"), about),
  ];
}

/** All misplaced fields of a workload and one of its Pods. */
export function misplacedInWorkload(
  object: ManifestObject,
  { template, spec: podSpec }: WorkloadHome,
): readonly Finding[] {
  const about = objectName(object);
  const spec = field(object.value, "spec");
  const outer = podSpec.node === spec?.node ? undefined : spec;
  return [
    ...noSuchField(
      outer,
      "securityContext",
      about,
      `a ${object.kind} has no spec.securityContext: it belongs into the Pod's spec (template.spec.securityContext)`,
    ),
    ...noSuchField(
      outer === undefined ? undefined : template,
      "securityContext",
      about,
      "a Pod template has no securityContext: it belongs into its spec",
    ),
    ...noSuchField(
      podSpec,
      "podSecurityContext",
      about,
      "a Pod's spec has no podSecurityContext: it is called securityContext there",
    ),
    ...strayFields(podSpec, "the securityContext of the Pod or of its containers", { about, what: "a Pod's spec" }),
    ...contextFindings(field(podSpec, "securityContext"), "pod", { about, what: "the Pod's securityContext" }),
    ...containerLists.flatMap((list) =>
      items(field(podSpec, list)).flatMap((container) =>
        containerFindings(container, `container ${nameIn(container)}`, about),
      ),
    ),
  ];
}

/** Misplaced fields of a template of Argo Workflows, or of its templateDefaults. */
export function misplacedInArgoTemplate(
  template: Value,
  containers: readonly Value[],
  about: string,
): readonly Finding[] {
  return [
    ...strayFields(template, "the securityContext of the template or of its containers", { about, what: "a template" }),
    ...contextFindings(field(template, "securityContext"), "pod", { about, what: "the template's securityContext" }),
    ...containers.flatMap((container) => containerFindings(container, `container ${nameIn(container)}`, about)),
  ];
}

/** Misplaced fields of a WorkflowSpec, beside its templates. */
export const misplacedInWorkflow = (spec: Value, about: string): readonly Finding[] => [
  ...strayFields(spec, "the securityContext of the Workflow or of its containers", {
    about,
    what: "a Workflow's spec",
  }),
  ...contextFindings(field(spec, "securityContext"), "pod", { about, what: "the Workflow's securityContext" }),
];

/** All misplaced fields of an object of Tekton. */
export function misplacedFields(object: ManifestObject): readonly Finding[] {
  if (object.group !== "tekton.dev") return [];
  const about = objectName(object);
  const spec = field(object.value, "spec");
  switch (object.kind) {
    case "Task":
    case "ClusterTask":
      return taskFindings(spec, about);
    case "StepAction":
      return spec === undefined ? [] : containerFindings(spec, "the StepAction", about);
    case "TaskRun":
      return [
        ...noSuchField(
          spec,
          "securityContext",
          about,
          "a TaskRun has no securityContext: it belongs into podTemplate.securityContext, what containers need into the Task",
        ),
        ...misplacedInPodTemplate(field(spec, "podTemplate"), about),
        ...overrideFindings(spec, about),
        ...taskFindings(field(spec, "taskSpec"), about),
      ];
    case "Pipeline":
      return pipelineFindings(spec, about);
    case "PipelineRun":
      return spec === undefined ? [] : pipelineRunFindings(object, spec, about);
    default:
      return [];
  }
}
