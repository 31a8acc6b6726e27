/** Pods of Argo Workflows, put together as its controller does: templateDefaults, references, the Workflow's own fields. */
import { isPatchApart } from "./argo-patch.ts";
import { imageOf, listed, mainContainers, makesPod, stepsOf, volumesOf, type Written } from "./argo-template.ts";
import { findObject, type Catalogue } from "./catalogue.ts";
import { mergeContexts } from "./merge-contexts.ts";
import { objectName, textMap, type ManifestObject } from "./objects.ts";
import { emptyPod, type Pod, type PodSecurityContext } from "./pod-security/pod.ts";
import { readPodContainer, readPodSecurityContext, readSecurityContext } from "./read-pod.ts";
import type { ContainerSource, PodTemplate } from "./template.ts";
import { at, bool, field, isMapping, items, text, type Value } from "./yaml/read.ts";

const kinds: readonly string[] = ["ClusterWorkflowTemplate", "CronWorkflow", "Workflow", "WorkflowTemplate"];

/** Whether the object makes Pods in Argo Workflows. */
export const isArgo = ({ group, kind }: ManifestObject): boolean => group === "argoproj.io" && kinds.includes(kind);

/** The WorkflowSpec of one of its kinds. */
export const workflowSpec = ({ kind, value }: ManifestObject): Value | undefined =>
  kind === "CronWorkflow" ? at(value, "spec", "workflowSpec") : field(value, "spec");

/** A template, and what it is called. */
export interface Named {
  readonly name: string;
  readonly template: Value;
}

/** What counts for every Pod of a Workflow. */
interface Run {
  readonly object: ManifestObject;
  readonly catalogue: Catalogue;
  /** WorkflowSpecs that are laid over each other, the strongest first. */
  readonly specs: readonly Value[];
  /** The templates of other objects by their names, as far as somebody asked for one. */
  readonly others: Map<ManifestObject, ReadonlyMap<string, Named>>;
}

/** A template of another object, and where this one leads to it. */
interface Foreign {
  readonly owner: ManifestObject;
  readonly reference: Value;
}

/**
 * The Pods that an object makes: one for each template that is no step, under the object's own settings also where the
 * template stands in another one.
 * @see https://github.com/argoproj/argo-workflows/blob/main/workflow/controller/workflowpod.go build
 */
export function argoTemplates(object: ManifestObject, catalogue: Catalogue): readonly PodTemplate[] {
  const spec = workflowSpec(object);
  if (!isMapping(spec)) return [];
  const whole = field(spec, "workflowTemplateRef");
  const other = whole === undefined ? undefined : findTemplates(whole, object, catalogue);
  const otherSpec = other === undefined ? undefined : workflowSpec(other);
  const run: Run = {
    object,
    catalogue,
    specs: [spec, ...(isMapping(otherSpec) ? [otherSpec] : [])],
    others: new Map(),
  };
  const seen = new Set<string>();
  return [
    ...templatesIn(spec).flatMap((one) => visit(run, one, undefined, seen)),
    ...(whole === undefined
      ? []
      : other === undefined
        ? [notGiven(run, whole)]
        : templatesIn(otherSpec).flatMap((one) => visit(run, one, { owner: other, reference: whole }, seen))),
  ];
}

const templatesIn = (spec: Value | undefined): readonly Named[] =>
  items(field(spec, "templates")).map((template, index) => ({
    name: `template ${text(field(template, "name")) ?? `${index}`}`,
    template,
  }));

/** A template's own Pod, those of its inline steps, and those that it leads to in other objects. */
function visit(
  run: Run,
  { name, template }: Named,
  foreign: Foreign | undefined,
  seen: Set<string>,
): readonly PodTemplate[] {
  const whole = `${objectName(run.object)}, ${name}`;
  const own = makesPod(template) ? podOf(run, whole, template, foreign) : [];
  const from = foreign?.owner ?? run.object;
  return [
    ...own,
    ...stepsOf(template).flatMap((step): readonly PodTemplate[] => {
      const inline = field(step, "inline");
      const reference = field(step, "templateRef");
      if (inline !== undefined) {
        return visit(
          run,
          { name: `${name}, step ${text(field(step, "name")) ?? ""}`, template: inline },
          foreign,
          seen,
        );
      }
      if (reference !== undefined) return referred(run, reference, from, foreign, seen);
      const called = text(field(step, "template"));
      return foreign === undefined || called === undefined ? [] : named(run, called, foreign, seen);
    }),
  ];
}

/** What a `templateRef` leads to; its name is known at run time only where it holds a variable. */
function referred(
  run: Run,
  reference: Value,
  from: ManifestObject,
  foreign: Foreign | undefined,
  seen: Set<string>,
): readonly PodTemplate[] {
  const owner = findTemplates(reference, from, run.catalogue);
  const place = foreign?.reference ?? reference;
  if (owner === undefined) return [notGiven(run, reference, place)];
  // A template of the object itself is visited anyway.
  if (owner === run.object) return [];
  return named(run, text(field(reference, "template")) ?? "", { owner, reference: place }, seen);
}

/** A template of another object by its name, each once. */
function named(run: Run, called: string, foreign: Foreign, seen: Set<string>): readonly PodTemplate[] {
  const key = `${objectName(foreign.owner)}, ${called}`;
  if (seen.has(key)) return [];
  seen.add(key);
  const others = run.others.get(foreign.owner) ?? byName(templatesIn(workflowSpec(foreign.owner)));
  run.others.set(foreign.owner, others);
  const found = others.get(`template ${called}`);
  return found === undefined ? [] : visit(run, found, foreign, seen);
}

/** Of a repeated name the first one. */
const byName = (templates: readonly Named[]): ReadonlyMap<string, Named> =>
  new Map(templates.toReversed().map((one) => [one.name, one]));

const findTemplates = (reference: Value, from: ManifestObject, catalogue: Catalogue): ManifestObject | undefined => {
  const kind = bool(field(reference, "clusterScope")) === true ? "ClusterWorkflowTemplate" : "WorkflowTemplate";
  return findObject(catalogue, "argoproj.io", kind, text(field(reference, "name")) ?? "", from.namespace);
};

/** A Pod of which only what the run itself says is known. */
function notGiven({ object, specs }: Run, reference: Value, place = reference): PodTemplate {
  const [spec = place] = specs;
  const podContext = field(spec, "securityContext");
  const context = readPodSecurityContext(podContext);
  return {
    name: objectName(object),
    object,
    place,
    pod: {
      ...emptyPod,
      hostNetwork: hostNetworkOf(specs),
      ...(context === undefined ? {} : { securityContext: context }),
    },
    sources: [],
    home: { kind: "reference", run: undefined },
    podContext,
    unknown: [{ what: `WorkflowTemplate ${text(field(reference, "name")) ?? ""}`, reference }],
  };
}

/** The Pod of one template; none where a patch changes it in a way that is not read. */
function podOf(run: Run, name: string, template: Value, foreign: Foreign | undefined): readonly PodTemplate[] {
  const { object, specs } = run;
  const [spec = template] = specs;
  const layers = [template, ...defaultsOf(specs)];
  if ([...specs, ...layers].some((one) => isPatchApart(field(one, "podSpecPatch"), template))) return [];
  const contexts = layers.flatMap((layer) => field(layer, "securityContext") ?? []);
  const podContexts = contexts.length > 0 ? contexts : specs.flatMap((one) => field(one, "securityContext") ?? []);
  const context = podContexts.reduceRight(overlaid, undefined);
  // The strongest last.
  const annotated = [
    ...specs.map((one) => at(one, "podMetadata", "annotations")).toReversed(),
    ...layers.map((layer) => at(layer, "metadata", "annotations")).toReversed(),
  ];
  const annotations = Object.fromEntries(annotated.flatMap((one) => Object.entries(textMap(one))));
  const owner = foreign?.owner ?? object;
  const source = ({ name: called, value, weak, program }: Written): ContainerSource => {
    const strong = field(value, "securityContext");
    const under = field(weak, "securityContext");
    const own = mergeContexts(readSecurityContext(strong), readSecurityContext(under));
    return {
      container: readPodContainer(value, called, own, annotations, context),
      role: "container",
      value,
      owner: value.file.text === owner.file.text ? owner : object,
      contexts: [strong, under].filter((one) => one !== undefined),
      image: imageOf([field(value, "image"), field(weak, "image")], spec),
      program,
    };
  };
  const init = listed(layers, "initContainers").map(source);
  const main = mainContainers(layers).map(source);
  const sidecars = listed(layers, "sidecars").map(source);
  const pod: Pod = {
    ...emptyPod,
    annotations,
    hostNetwork: hostNetworkOf(specs),
    ...(context === undefined ? {} : { securityContext: context }),
    volumes: volumesOf(specs, layers),
    initContainers: init.map(({ container }) => container),
    containers: [...main, ...sidecars].map(({ container }) => container),
  };
  return [
    {
      name,
      object,
      place: foreign?.reference ?? template,
      pod,
      sources: [...init, ...main, ...sidecars],
      home: foreign === undefined ? { kind: "argo", template, spec } : { kind: "reference", run: undefined },
      podContext: podContexts[0],
      unknown: [],
    },
  ];
}

/** `templateDefaults` of the strongest spec that has them. */
const defaultsOf = (specs: readonly Value[]): readonly Value[] =>
  specs.flatMap((spec) => field(spec, "templateDefaults") ?? []).slice(0, 1);

const hostNetworkOf = (specs: readonly Value[]): boolean =>
  specs.map((spec) => bool(field(spec, "hostNetwork"))).find((one) => one !== undefined) ?? false;

/** A Pod's context over a weaker one, field by field. */
function overlaid(weak: PodSecurityContext | undefined, value: Value): PodSecurityContext | undefined {
  const strong = readPodSecurityContext(value);
  if (strong === undefined || weak === undefined) return strong ?? weak;
  return { ...weak, ...strong, sysctls: strong.sysctls.length > 0 ? strong.sysctls : weak.sysctls };
}
