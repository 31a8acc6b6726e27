/**
 * Security fields that do not exist where they stand, or have another type than the API's: the API server refuses them
 * or drops them without a word, and either way they do nothing.
 */
import type { Finding } from "../core/finding.ts";
import { finding } from "./findings.ts";
import { objectName, type ManifestObject } from "./objects.ts";
import { keyAndValue } from "./place.ts";
import { runPodTemplate } from "./tekton.ts";
import { containerLists } from "./read-pod.ts";
import { bool, entries, field, integer, isList, isMapping, items, text, type Value } from "./yaml/read.ts";

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

const booleans: ReadonlySet<string> = new Set([
  "allowPrivilegeEscalation",
  "privileged",
  "readOnlyRootFilesystem",
  "runAsNonRoot",
]);
const integers: ReadonlySet<string> = new Set(["runAsUser", "runAsGroup", "fsGroup"]);

interface Place {
  readonly about: string;
  /** What messages call it: `the Pod's securityContext`. */
  readonly what: string;
}

/** Checks the fields of a container's or a pod's security context, and their types. */
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
    return value === undefined ? [] : typeFindings(name, value, about);
  });
}

function typeFindings(name: string, value: Value, about: string): readonly Finding[] {
  const found = text(value);
  // `null` is absent to the API.
  if (found === undefined && !isMapping(value) && !isList(value)) return [];
  const wrong = (expected: string): readonly Finding[] => [
    finding("wrong-type", {
      span: keyAndValue(value),
      about,
      message: `${name} must be ${expected}; the API server does not take ${found === undefined ? "this" : JSON.stringify(found)}`,
    }),
  ];
  if (booleans.has(name)) return bool(value) === undefined ? wrong("true or false, without quotes") : [];
  if (integers.has(name)) {
    const id = integer(value);
    if (id === undefined) return wrong("a number, without quotes");
    return id < 0 || id > 2_147_483_647
      ? [
          finding("invalid-security-context", {
            span: keyAndValue(value),
            about,
            message: `${name} ${id} is refused by the API server: must be between 0 and 2147483647, inclusive`,
          }),
        ]
      : [];
  }
  if (name === "capabilities") {
    if (!isMapping(value)) return wrong("a mapping with add and drop");
    return ["add", "drop"].flatMap((key) => {
      const list = field(value, key);
      return list === undefined || isList(list)
        ? []
        : [
            finding("wrong-type", {
              span: keyAndValue(list),
              about,
              message: `capabilities.${key} must be a list; the API server does not take ${JSON.stringify(text(list) ?? "a mapping")}`,
            }),
          ];
    });
  }
  if (name === "seccompProfile" && !isMapping(value)) return wrong("a mapping with a type");
  return [];
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

/** All misplaced fields of an object that makes pods. */
export function misplacedFields(object: ManifestObject, podSpec: Value | undefined): readonly Finding[] {
  const about = objectName(object);
  const spec = field(object.value, "spec");
  if (podSpec !== undefined) {
    const outer = podSpec.node === spec?.node ? undefined : spec;
    return [
      ...noSuchField(
        outer,
        "securityContext",
        about,
        `a ${object.kind} has no spec.securityContext: it belongs into the Pod's spec (template.spec.securityContext)`,
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
