/** Pods of Tekton's kinds, put together as its controller does: stepTemplate, StepActions, podTemplate, parameters. */
import { findObject, type Catalogue } from "./catalogue.ts";
import { mergeContexts } from "./merge-contexts.ts";
import { objectName, textMap, type ManifestObject } from "./objects.ts";
import { declaredDefaults, fillIn, givenValues, joined, type Parameters } from "./parameters.ts";
import { emptyPod, type Container, type SecurityContext } from "./pod-security/pod.ts";
import { annotated, readContainer, readPodSecurityContext, readSecurityContext, readVolumes } from "./read-pod.ts";
import { ownContainers, workspacePaths } from "./tekton-own.ts";
import { firstField, podContextOf, podOf, podTemplateIn, runPodTemplate, taskRunSpecs } from "./tekton-pod-template.ts";
import type { TektonSettings } from "./tekton-settings.ts";
import {
  invocationOf,
  type ContainerSource,
  type ImageUse,
  type PodTemplate,
  type TemplateHome,
  type Unread,
} from "./template.ts";
import { at, field, isMapping, items, text, type Value } from "./yaml/read.ts";

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
  /** Parameters of a pipeline, which a task that is written in it has without being given them. */
  readonly inherited: Parameters;
  /** Of the Pod: a run has its own, and those of what it refers to where it has none of that name. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Names of the workspaces that the task gets; undefined where nothing says. */
  readonly bound: ReadonlySet<string> | undefined;
  /** The map that has or may get a `podTemplate`. */
  readonly holder: Value | undefined;
}

/** What a PipelineRun says of one of its tasks; of those of a pipeline within it, which have no name here, only what it says of all. */
type SaidOf = (task: string | undefined) => Pick<Run, "podTemplates" | "annotations" | "holder">;

/** A pipeline that another object holds, and where this one refers to it. */
interface Elsewhere {
  readonly owner: ManifestObject;
  readonly reference: Value;
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
      inherited: new Map(),
      annotations: annotationsOf(object.value),
      bound: undefined,
      holder: undefined,
    };
    switch (object.kind) {
      case "Task":
      case "ClusterTask":
        return this.#task(spec, run);
      case "StepAction":
        return [this.#stepAction(spec, object, name)];
      case "TaskRun":
        return this.#taskRun(spec, run);
      case "Pipeline":
        return this.#pipeline(spec, run, () => ({ ...run, annotations: {} }));
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
      bound: workspaceNames(spec),
      holder: spec,
    };
    return this.#taskOf(spec, whole);
  }

  /** The task of a TaskRun or of a pipeline's task: written in it, or referred to. */
  #taskOf(holder: Value, run: Run): readonly PodTemplate[] {
    const own = field(holder, "taskSpec");
    if (isMapping(own)) {
      // A custom task's spec (`apiVersion`, `kind`) makes no pod of Tekton's own.
      if (field(own, "steps") === undefined) return [];
      return this.#task(own, {
        ...run,
        parameters: joined(run.inherited, run.parameters),
        annotations: { ...annotationsOf(own), ...run.annotations },
      });
    }
    const reference = field(holder, "taskRef");
    if (reference === undefined || isCustom(reference)) return [];
    const task = this.#referred(reference, ["Task", "ClusterTask"], run.object);
    const spec = field(task?.value, "spec");
    if (task === undefined || !isMapping(spec)) return [this.#notGiven(reference, run)];
    const annotations = { ...annotationsOf(task.value), ...run.annotations };
    return this.#task(spec, { ...run, annotations }, { owner: task, reference });
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
  #notGiven(reference: Value, run: Run, what = unreadName(reference, "Task")): PodTemplate {
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
      const whole = { ...run, podTemplates: this.#withDefault([common.template]), holder: common.holder };
      return [this.#notGiven(reference, whole, unreadName(reference, "Pipeline"))];
    }
    const said: SaidOf = (task) => {
      const single = task === undefined ? [] : taskRunSpecs(spec, task);
      return {
        podTemplates: this.#withDefault([...single.map((one) => podTemplateIn(one, run.object)), common.template]),
        annotations: Object.assign({}, ...single.toReversed().map(annotationsOf)),
        holder: common.holder,
      };
    };
    const elsewhere =
      isMapping(own) || pipeline === undefined || reference === undefined ? undefined : { owner: pipeline, reference };
    const annotations = { ...annotationsOf(elsewhere?.owner.value), ...run.annotations };
    return this.#pipeline(pipelineSpec, { ...run, annotations, parameters: givenValues(spec) }, said, elsewhere);
  }

  /** The pods of a pipeline's tasks, `finally` and pipelines within it included. */
  #pipeline(spec: Value, run: Run, said: SaidOf, elsewhere?: Elsewhere, depth = 0): readonly PodTemplate[] {
    const parameters = joined(declaredDefaults(spec), run.parameters);
    return [...items(field(spec, "tasks")), ...items(field(spec, "finally"))].flatMap((task) => {
      const taskName = text(field(task, "name")) ?? "";
      const { podTemplates, annotations, holder } = said(depth === 0 ? taskName : undefined);
      const one: Run = {
        ...run,
        podTemplates,
        annotations: { ...run.annotations, ...annotations },
        holder,
        name: `${run.name}, task ${taskName}`,
        parameters: givenValues(task, parameters),
        inherited: parameters,
        // What is written in a pipeline has its workspaces without being given them.
        bound: field(task, "taskSpec") === undefined ? workspaceNames(task) : undefined,
      };
      if (depth < 8 && (field(task, "pipelineSpec") ?? field(task, "pipelineRef")) !== undefined) {
        return this.#pipelineWithin(task, one, said, elsewhere, depth + 1);
      }
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

  /** A pipeline that is a task of another: a run of its own, with nothing of what `taskRunSpecs` says. */
  #pipelineWithin(
    task: Value,
    run: Run,
    said: SaidOf,
    elsewhere: Elsewhere | undefined,
    depth: number,
  ): readonly PodTemplate[] {
    const own = field(task, "pipelineSpec");
    if (isMapping(own)) return this.#pipeline(own, run, said, elsewhere, depth);
    const reference = field(task, "pipelineRef");
    if (reference === undefined) return [];
    const shown = elsewhere?.reference ?? reference;
    const pipeline = this.#referred(reference, ["Pipeline"], run.object);
    const spec = field(pipeline?.value, "spec");
    if (pipeline === undefined || !isMapping(spec)) {
      return [this.#notGiven(shown, run, unreadName(reference, "Pipeline"))];
    }
    const annotations = { ...annotationsOf(pipeline.value), ...run.annotations };
    return this.#pipeline(spec, { ...run, annotations }, said, { owner: pipeline, reference: shown }, depth);
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
    const podContext = readPodSecurityContext(podContextOf(run));
    const inPod = (source: ContainerSource): ContainerSource => ({
      ...source,
      container: annotated(source.container, run.annotations, podContext),
    });
    const read = items(field(spec, "steps")).map((step, index) => {
      const paths = workspacePaths(spec, step, run.bound);
      return this.#step(step, index, { stepTemplate: field(spec, "stepTemplate"), owner, scope, paths }, unknown);
    });
    const steps = read.map(({ source }) => inPod(source));
    const sidecars = items(field(spec, "sidecars")).map((sidecar): ContainerSource => {
      const context = field(sidecar, "securityContext");
      return inPod({
        container: readContainer(sidecar, restricted(`sidecar-${text(field(sidecar, "name")) ?? ""}`)),
        role: "sidecar",
        value: sidecar,
        owner,
        contexts: context === undefined ? [] : [context],
        image: imageOf([field(sidecar, "image")], scope),
        program: invocationOf(sidecar),
      });
    });
    const own = ownContainers(
      {
        spec,
        steps,
        sidecars,
        folders: read.map(({ folder }) => folder),
        hasBreakpoints: at(run.holder, "debug", "breakpoints") !== undefined,
        nodeSelector: firstField(run.podTemplates, "nodeSelector"),
      },
      this.#settings,
    );
    const beside = [...sidecars, ...own.sidecars.map(inPod)];
    const init = [...own.init.map(inPod), ...(this.#settings.nativeSidecars ? beside : [])];
    const containers = [...steps, ...(this.#settings.nativeSidecars ? [] : beside)];
    const home: TemplateHome =
      elsewhere === undefined ? { kind: "task", spec, run: run.holder } : { kind: "reference", run: run.holder };
    return [
      {
        name: run.name,
        object: run.object,
        place: elsewhere?.reference ?? spec,
        pod: podOf(
          init.map(({ container }) => container),
          containers.map(({ container }) => container),
          run,
          readVolumes(spec),
        ),
        sources: [...init, ...containers],
        home,
        podContext: podContextOf(run),
        unknown,
      },
    ];
  }

  /** A step, and its folder as far as it is known; `""` where it has none. */
  #step(
    step: Value,
    index: number,
    { stepTemplate, owner, scope, paths }: StepSurroundings,
    unknown: Unread[],
  ): { readonly source: ContainerSource; readonly folder: string } {
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
    const parameters = reference === undefined ? scope : joined(declaredDefaults(body), givenValues(step, scope));
    const ownFolder = text(field(body, "workingDir")) ?? "";
    const folder = ownFolder === "" ? (text(field(stepTemplate, "workingDir")) ?? "") : ownFolder;
    const filled = fillIn(folder, joined(ownFolder === "" ? scope : parameters, paths));
    return {
      source: {
        container: stepContainer(name, mergeContexts(readSecurityContext(strong), readSecurityContext(weak))),
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
      },
      folder: filled.known ? filled.text : folder,
    };
  }

  #stepAction(spec: Value, object: ManifestObject, name: string): PodTemplate {
    const context = field(spec, "securityContext");
    const container = stepContainer(restricted(`step-${object.name}`), readSecurityContext(context));
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

/** What a step is read in. */
interface StepSurroundings {
  readonly stepTemplate: Value | undefined;
  readonly owner: ManifestObject;
  /** Parameters of the task. */
  readonly scope: Parameters;
  /** Paths of its workspaces. */
  readonly paths: Parameters;
}

/** The container of a step: what v1beta1 had of ports and probes there has no effect. */
const stepContainer = (name: string, context: SecurityContext | undefined): Container => ({
  name,
  ports: [],
  hosts: [],
  ...(context === undefined ? {} : { securityContext: context }),
});

const annotationsOf = (holder: Value | undefined): Readonly<Record<string, string>> =>
  textMap(at(holder, "metadata", "annotations"));

const workspaceNames = (holder: Value): ReadonlySet<string> =>
  new Set(items(field(holder, "workspaces")).flatMap((one) => text(field(one, "name")) ?? []));

/**
 * Whether a reference is to a custom task, whose controller is another. Tekton takes any with apiVersion and kind for one,
 * also where they are its own Task's.
 * @see https://github.com/tektoncd/pipeline/issues/6457
 */
function isCustom(reference: Value): boolean {
  const version = text(field(reference, "apiVersion"));
  const kind = text(field(reference, "kind"));
  if (version === undefined || kind === undefined) return false;
  return !version.startsWith("tekton.dev/") || !["Task", "ClusterTask"].includes(kind);
}

/** What a reference that leads out of the files is to: its name is a resolver's where it has one. */
function unreadName(reference: Value, kind: "Pipeline" | "StepAction" | "Task"): string {
  const name = text(field(reference, "name"));
  if (name !== undefined) return `${kind} ${name}`;
  const called = kind === "StepAction" ? kind : kind.toLowerCase();
  const resolver = text(field(reference, "resolver"));
  return resolver === undefined ? `the ${called}` : `a ${called} from the ${resolver} resolver`;
}

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
