/** Pods of Tekton's kinds, put together as its controller does: stepTemplate, StepActions, podTemplate, parameters. */
import { findObject, type Catalogue } from "./catalogue.ts";
import { mergeContexts } from "./merge-contexts.ts";
import { objectName, textMap, type ManifestObject } from "./objects.ts";
import { declaredDefaults, fillIn, givenValues, joined, type Parameters } from "./parameters.ts";
import { emptyPod, type Container, type Pod, type SecurityContext, type Volume } from "./pod-security/pod.ts";
import { readContainer, readPodSecurityContext, readSecurityContext, readVolumes } from "./read-pod.ts";
import type { TektonSettings } from "./tekton-settings.ts";
import {
  invocationOf,
  type ContainerSource,
  type ImageUse,
  type PodTemplate,
  type TemplateHome,
  type Unread,
} from "./template.ts";
import { at, bool, field, isMapping, items, text, type Value } from "./yaml/read.ts";

/** Tekton's kinds that make Pods. */
export const taskKinds: readonly string[] = ["Task", "ClusterTask", "TaskRun", "Pipeline", "PipelineRun", "StepAction"];

/** Whether the object makes pods, or is part of one, in Tekton. */
export const isTekton = ({ group, kind }: ManifestObject): boolean =>
  group === "tekton.dev" && taskKinds.includes(kind);

/** What decides a pod beside its TaskSpec. */
interface Run {
  readonly name: string;
  readonly object: ManifestObject;
  /** Pod templates that take part, the strongest first. */
  readonly podTemplates: readonly Value[];
  readonly parameters: Parameters;
  readonly annotations: Readonly<Record<string, string>>;
  /** The map that has or may get a `podTemplate`. */
  readonly holder: Value | undefined;
}

/** Reads the pods that an object makes. References are looked up among all objects given. */
export class TektonReader {
  readonly #catalogue: Catalogue;
  readonly #settings: TektonSettings;

  constructor(catalogue: Catalogue, settings: TektonSettings) {
    this.#catalogue = catalogue;
    this.#settings = settings;
  }

  templates(object: ManifestObject): readonly PodTemplate[] {
    const spec = field(object.value, "spec");
    if (!isMapping(spec)) return [];
    const name = objectName(object);
    const run: Run = {
      name,
      object,
      podTemplates: this.#withDefault([]),
      parameters: new Map(),
      annotations: textMap(at(object.value, "metadata", "annotations")),
      holder: undefined,
    };
    switch (object.kind) {
      case "Task":
      case "ClusterTask":
        return this.#task(spec, { ...run, annotations: {} });
      case "StepAction":
        return [this.#stepAction(spec, object, name)];
      case "TaskRun":
        return this.#taskRun(spec, run);
      case "Pipeline":
        return this.#pipeline(spec, { ...run, annotations: {} }, () => ({ podTemplates: [], holder: undefined }));
      case "PipelineRun":
        return this.#pipelineRun(spec, run);
      default:
        return [];
    }
  }

  #withDefault(templates: readonly (Value | undefined)[]): readonly Value[] {
    return [...templates, this.#settings.defaultPodTemplate].filter(isMapping);
  }

  #taskRun(spec: Value, run: Run): readonly PodTemplate[] {
    const whole: Run = {
      ...run,
      podTemplates: this.#withDefault([field(spec, "podTemplate")]),
      parameters: givenValues(spec),
      holder: spec,
    };
    return this.#taskOf(spec, whole);
  }

  /** The task of a TaskRun or of a pipeline's task: written in it, or referred to. */
  #taskOf(holder: Value, run: Run): readonly PodTemplate[] {
    const own = field(holder, "taskSpec");
    if (isMapping(own)) {
      // A custom task's spec (`apiVersion`, `kind`) makes no pod of Tekton's own.
      return field(own, "steps") === undefined ? [] : this.#task(own, run);
    }
    const reference = field(holder, "taskRef");
    if (reference === undefined) return [];
    const task = this.#referred(reference, ["Task", "ClusterTask"], run.object);
    const spec = field(task?.value, "spec");
    if (task === undefined || !isMapping(spec)) return [this.#notGiven(reference, run)];
    return this.#task(spec, run, { owner: task, reference });
  }

  #referred(reference: Value, wanted: readonly string[], from: ManifestObject): ManifestObject | undefined {
    const name = text(field(reference, "name"));
    // A resolver or a bundle fetches another thing than what the name says here.
    if (name === undefined || field(reference, "resolver") !== undefined || field(reference, "bundle") !== undefined) {
      return undefined;
    }
    const kind = text(field(reference, "kind")) ?? wanted[0] ?? "";
    return wanted.includes(kind) ? findObject(this.#catalogue, "tekton.dev", kind, name, from.namespace) : undefined;
  }

  /** A pod of which only what the run itself says is known. */
  #notGiven(reference: Value, run: Run): PodTemplate {
    const what = unreadName(reference, "Task");
    return {
      name: run.name,
      object: run.object,
      place: reference,
      pod: podOf([], [], run, []),
      sources: [],
      home: { kind: "reference", run: run.holder },
      podContext: podContextOf(run),
      unknown: [{ what, reference }],
    };
  }

  #pipelineRun(spec: Value, run: Run): readonly PodTemplate[] {
    const own = field(spec, "pipelineSpec");
    const reference = field(spec, "pipelineRef");
    const pipeline = reference === undefined ? undefined : this.#referred(reference, ["Pipeline"], run.object);
    const pipelineSpec = isMapping(own) ? own : field(pipeline?.value, "spec");
    const common = runPodTemplate(spec, run.object);
    if (!isMapping(pipelineSpec)) {
      if (reference === undefined) return [];
      return [
        {
          ...this.#notGiven(reference, {
            ...run,
            podTemplates: this.#withDefault([common.template]),
            holder: common.holder,
          }),
          unknown: [{ what: unreadName(reference, "Pipeline"), reference }],
        },
      ];
    }
    const templates = (task: string): Pick<Run, "podTemplates" | "holder"> => {
      const single = taskRunSpec(spec, task);
      return {
        podTemplates: this.#withDefault([
          single === undefined ? undefined : podTemplateIn(single, run.object),
          common.template,
        ]),
        holder: common.holder,
      };
    };
    const elsewhere =
      isMapping(own) || pipeline === undefined || reference === undefined ? undefined : { owner: pipeline, reference };
    return this.#pipeline(pipelineSpec, { ...run, parameters: givenValues(spec) }, templates, elsewhere);
  }

  /** The pods of a pipeline's tasks, `finally` and nested pipelines included. */
  #pipeline(
    spec: Value,
    run: Run,
    templates: (task: string) => Pick<Run, "podTemplates" | "holder">,
    elsewhere?: { readonly owner: ManifestObject; readonly reference: Value },
    depth = 0,
  ): readonly PodTemplate[] {
    const parameters = joined(declaredDefaults(spec), run.parameters);
    return [...items(field(spec, "tasks")), ...items(field(spec, "finally"))].flatMap((task) => {
      const taskName = text(field(task, "name")) ?? "";
      const one: Run = {
        ...run,
        ...templates(taskName),
        name: `${run.name}, task ${taskName}`,
        parameters: givenValues(task, parameters),
      };
      const nested = field(task, "pipelineSpec");
      if (isMapping(nested) && depth < 8) return this.#pipeline(nested, one, templates, elsewhere, depth + 1);
      const found = this.#taskOf(task, one);
      if (elsewhere === undefined) return found;
      // Another object holds the pipeline, so everything is reported where this one refers to it.
      return found.map((template) => ({
        ...template,
        place: elsewhere.reference,
        home: { kind: "reference", run: one.holder },
        sources: template.sources.map((source) => ({
          ...source,
          owner: source.owner === run.object ? elsewhere.owner : source.owner,
        })),
      }));
    });
  }

  /** A pod of a TaskSpec. `elsewhere`: the task stands in another object. */
  #task(
    spec: Value,
    run: Run,
    elsewhere?: { readonly owner: ManifestObject; readonly reference: Value },
  ): readonly PodTemplate[] {
    const owner = elsewhere?.owner ?? run.object;
    const scope = joined(declaredDefaults(spec), run.parameters);
    const unknown: Unread[] = [];
    const stepTemplate = field(spec, "stepTemplate");
    const steps = items(field(spec, "steps")).map((step, index) =>
      this.#step(step, index, stepTemplate, owner, scope, unknown),
    );
    const sidecars = items(field(spec, "sidecars")).map((sidecar): ContainerSource => {
      const context = field(sidecar, "securityContext");
      return {
        container: readContainer(sidecar, restricted(`sidecar-${text(field(sidecar, "name")) ?? ""}`)),
        role: "sidecar",
        value: sidecar,
        owner,
        contexts: context === undefined ? [] : [context],
        image: imageOf([field(sidecar, "image")], scope),
        program: invocationOf(sidecar),
      };
    });
    const tektons = this.#settings.setsContext === false ? tektonsOwn(spec, steps) : [];
    const home: TemplateHome =
      elsewhere === undefined ? { kind: "task", spec, run: run.holder } : { kind: "reference", run: run.holder };
    const sources = [...tektons, ...steps, ...sidecars];
    return [
      {
        name: run.name,
        object: run.object,
        place: elsewhere?.reference ?? spec,
        pod: podOf(
          tektons.map(({ container }) => container),
          [...steps, ...sidecars].map(({ container }) => container),
          run,
          readVolumes(spec),
        ),
        sources,
        home,
        podContext: podContextOf(run),
        unknown,
      },
    ];
  }

  #step(
    step: Value,
    index: number,
    stepTemplate: Value | undefined,
    owner: ManifestObject,
    scope: Parameters,
    unknown: Unread[],
  ): ContainerSource {
    const given = text(field(step, "name")) ?? "";
    const name = restricted(given === "" ? `step-unnamed-${index}` : `step-${given}`);
    const weak = field(stepTemplate, "securityContext");
    const reference = field(step, "ref");
    const action = reference === undefined ? undefined : this.#referred(reference, ["StepAction"], owner);
    if (reference !== undefined && action === undefined) {
      unknown.push({ what: unreadName(reference, "StepAction"), reference });
    }
    const body = reference === undefined ? step : field(action?.value, "spec");
    const strong = field(body, "securityContext");
    const context = mergeContexts(readSecurityContext(strong), readSecurityContext(weak));
    const parameters = reference === undefined ? scope : joined(declaredDefaults(body), givenValues(step, scope));
    return {
      container: withContext(readContainer(body ?? step, name, undefined), context),
      role: "step",
      value: reference === undefined ? step : body,
      owner: reference === undefined ? owner : action,
      contexts: [strong, weak].filter((value) => value !== undefined),
      image:
        reference !== undefined && body === undefined
          ? { known: false, why: "its StepAction is not among the files", value: reference }
          : imageOf([field(body, "image"), field(stepTemplate, "image")], parameters),
      program: invocationOf(body),
      ...(reference === undefined ? {} : { reference: step }),
    };
  }

  #stepAction(spec: Value, object: ManifestObject, name: string): PodTemplate {
    const container = readContainer(spec, restricted(`step-${object.name}`));
    const context = field(spec, "securityContext");
    const source: ContainerSource = {
      container,
      role: "step",
      value: spec,
      owner: object,
      contexts: context === undefined ? [] : [context],
      image: imageOf([field(spec, "image")], declaredDefaults(spec)),
      program: invocationOf(spec),
    };
    return {
      name,
      object,
      place: spec,
      pod: { ...emptyPod, containers: [container] },
      sources: [source],
      home: { kind: "step-action", spec },
      podContext: undefined,
      unknown: [],
    };
  }
}

/** What a reference that leads out of the files is to: its name is a resolver's where it has one. */
function unreadName(reference: Value, kind: "Pipeline" | "StepAction" | "Task"): string {
  const name = text(field(reference, "name"));
  if (name !== undefined) return `${kind} ${name}`;
  const called = kind === "StepAction" ? kind : kind.toLowerCase();
  const resolver = text(field(reference, "resolver"));
  return resolver === undefined ? `the ${called}` : `a ${called} from the ${resolver} resolver`;
}

/** The pod that a run's pod templates make of containers and volumes. */
function podOf(
  init: readonly Container[],
  containers: readonly Container[],
  { podTemplates, annotations }: Pick<Run, "podTemplates" | "annotations">,
  volumes: readonly Volume[],
): Pod {
  const context = readPodSecurityContext(podContextOf({ podTemplates }));
  const hostUsers = bool(firstField(podTemplates, "hostUsers"));
  return {
    ...emptyPod,
    annotations,
    hostNetwork: podTemplates.some((template) => bool(field(template, "hostNetwork")) === true),
    ...(hostUsers === undefined ? {} : { hostUsers }),
    ...(context === undefined ? {} : { securityContext: context }),
    volumes: [...volumes, ...templateVolumes(podTemplates)],
    initContainers: init,
    containers,
  };
}

/** What pod templates, the strongest first, give every pod. */
export const podOfTemplates = (podTemplates: readonly Value[]): Pod =>
  podOf([], [], { podTemplates, annotations: {} }, []);

function withContext(container: Container, context: SecurityContext | undefined): Container {
  return context === undefined ? container : { ...container, securityContext: context };
}

/** `securityContext` is one field to the merge of pod templates: the strongest that has one has it whole. */
const podContextOf = ({ podTemplates }: Pick<Run, "podTemplates">): Value | undefined =>
  firstField(podTemplates, "securityContext");

function firstField(values: readonly Value[], name: string): Value | undefined {
  for (const value of values) {
    const found = field(value, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Volumes are joined by name, the strongest template's first. */
function templateVolumes(podTemplates: readonly Value[]): readonly Volume[] {
  const names = new Set<string>();
  return podTemplates.flatMap(readVolumes).filter(({ name }) => {
    if (names.has(name)) return false;
    names.add(name);
    return true;
  });
}

/** A PipelineRun's own pod template, and the map it stands or would stand in. */
export function runPodTemplate(
  spec: Value,
  object: ManifestObject,
): { readonly template: Value | undefined; readonly holder: Value | undefined } {
  if (object.version !== "v1") return { template: field(spec, "podTemplate"), holder: spec };
  const holder = field(spec, "taskRunTemplate");
  return { template: field(holder, "podTemplate"), holder: holder ?? spec };
}

/** The entry of `taskRunSpecs` for one task. */
function taskRunSpec(spec: Value, task: string): Value | undefined {
  return items(field(spec, "taskRunSpecs")).find((one) => text(field(one, "pipelineTaskName")) === task);
}

/** A `taskRunSpecs` entry's pod template: `podTemplate` in v1, `taskPodTemplate` before. */
export const podTemplateIn = (taskRun: Value, { version }: ManifestObject): Value | undefined =>
  field(taskRun, version === "v1" ? "podTemplate" : "taskPodTemplate");

/** A container's name as Tekton cuts it: at most 63 characters, the last one a letter or digit. */
function restricted(name: string): string {
  return name.slice(0, 63).replace(/[^a-zA-Z0-9]+$/, "");
}

function imageOf(values: readonly (Value | undefined)[], parameters: Parameters): ImageUse {
  const value = values.find((one) => (text(one) ?? "") !== "");
  const written = text(value);
  if (written === undefined) return { known: false, why: "no image is named", value };
  const filled = fillIn(written, parameters);
  return filled.known
    ? { known: true, name: filled.text, value }
    : { known: false, why: `${filled.missing} has no value here`, value };
}

/** The init containers that Tekton puts in front, without any security context. */
function tektonsOwn(spec: Value, steps: readonly ContainerSource[]): readonly ContainerSource[] {
  const sidecars = items(field(spec, "sidecars"));
  const bodies = steps.flatMap(({ value }) => value ?? []);
  const scripts = [...bodies, ...sidecars].some((body) => (text(field(body, "script")) ?? "") !== "");
  const templateDir = text(at(spec, "stepTemplate", "workingDir"));
  const relative = bodies.some((body) => {
    const folder = text(field(body, "workingDir")) ?? templateDir ?? "";
    return folder !== "" && (!folder.startsWith("/") || folder.startsWith("/workspace/"));
  });
  const names = ["prepare", ...(scripts ? ["place-scripts"] : []), ...(relative ? ["working-dir-initializer"] : [])];
  return names.map((name) => ({
    container: { name, ports: [], hosts: [] },
    role: "tekton",
    value: undefined,
    owner: undefined,
    contexts: [],
    image: { known: false, why: "it is Tekton's own", value: undefined },
    program: invocationOf(undefined),
  }));
}
