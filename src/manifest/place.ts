/** Where in a file a refusal is decided. */
import type { Span } from "../core/finding.ts";
import type { ManifestObject } from "./objects.ts";
import type { Refusal } from "./pod-security/check.ts";
import { allowedVolumes } from "./pod-security/restricted.ts";
import type { ContainerSource, PodTemplate } from "./template.ts";
import { holdsVariable } from "./variables.ts";
import { at, bool, entries, field, items, text, type Value } from "./yaml/read.ts";

/** The field of a security context that each check reads. */
const fieldOfCheck: Readonly<Record<string, string>> = {
  allowPrivilegeEscalation: "allowPrivilegeEscalation",
  appArmorProfile: "appArmorProfile",
  capabilities_baseline: "capabilities",
  capabilities_restricted: "capabilities",
  privileged: "privileged",
  procMount: "procMount",
  procMount_restricted: "procMount",
  runAsNonRoot: "runAsNonRoot",
  runAsUser: "runAsUser",
  seLinuxOptions: "seLinuxOptions",
  seccompProfile_baseline: "seccompProfile",
  seccompProfile_restricted: "seccompProfile",
  sysctls: "sysctls",
  windowsHostProcess: "windowsOptions",
};

/** One thing that a check refuses a Pod for. */
export interface Guilt {
  /** The field at fault, else the container that lacks it. */
  readonly span: Span;
  /** Where an ignore comment may stand for it: the field, the container, the step that refers to it. */
  readonly places: readonly Span[];
  /** The object that holds it. */
  readonly owner: ManifestObject;
}

/** Everything that a check refuses a Pod for; at least one. */
export function guiltOf(check: string, refusal: Refusal, template: PodTemplate): readonly Guilt[] {
  const { object, sources, home, place } = template;
  const name = fieldOfCheck[check];
  const ofPod = refusal.pod || refusal.containers.length === 0 ? podGuilt(check, name, template) : [];
  const named = new Set(refusal.containers);
  const guilty = sources
    .filter(({ container }) => named.has(container))
    // Without the field it is the annotation that is at fault, which is the Pod's.
    .filter(({ contexts }) => check !== "appArmorProfile" || contexts.some((one) => field(one, check) !== undefined));
  const ofContainers = guilty.flatMap((source): readonly Guilt[] => {
    const { value, owner } = source;
    const reached = home.kind === "task" && source.reference !== undefined && owner !== object;
    if (value === undefined || owner === undefined || reached) return [];
    const span = placeInContainer(source, name);
    return [{ span, places: [span, value.span], owner }];
  });
  // A step that refers to a StepAction is reached by its Task. Tekton's own containers stand nowhere.
  const ofOthers = guilty.flatMap(({ value, owner, reference }): readonly Guilt[] => {
    const beside = home.kind === "task" && owner !== object ? reference : undefined;
    if (beside === undefined && value !== undefined && owner !== undefined) return [];
    const span = shortSpan(beside ?? place);
    return [{ span, places: [span, (beside ?? place).span], owner: object }];
  });
  const all = [...ofPod, ...ofContainers, ...ofOthers];
  return all.length > 0 ? all : [{ span: shortSpan(place), places: [shortSpan(place)], owner: object }];
}

/** Whether what a check refuses a Pod for is a variable. */
export function hangsOnVariable(check: string, refusal: Refusal, { sources, podContext }: PodTemplate): boolean {
  const name = fieldOfCheck[check];
  if (name === undefined) return false;
  const contexts = sources.filter(({ container }) => refusal.containers.includes(container)).map((one) => one.contexts);
  return [...contexts, podContext === undefined ? [] : [podContext]].some((each) =>
    holdsVariable(each.map((context) => field(context, name)).find((found) => found !== undefined)),
  );
}

function podGuilt(check: string, name: string | undefined, template: PodTemplate): readonly Guilt[] {
  const { object, podContext } = template;
  const inPod = name === undefined ? undefined : field(podContext, name);
  return (inPod === undefined ? podFields(check, template) : [inPod])
    .filter(({ file }) => file.text === object.file.text)
    .map((found) => ({ span: shortSpan(found), places: [shortSpan(found), found.span], owner: object }));
}

/** Fields of a Pod beside its security context that a check looks at. */
function podFields(check: string, { home, object }: PodTemplate): readonly Value[] {
  const spec = home.kind === "workload" || home.kind === "task" || home.kind === "argo" ? home.spec : undefined;
  switch (check) {
    case "hostNamespaces": {
      const holder = home.kind === "task" || home.kind === "reference" ? runTemplate(home.run) : spec;
      return ["hostNetwork", "hostPID", "hostIPC"].flatMap((name) => {
        const found = field(holder, name);
        return found === undefined || bool(found) !== true ? [] : [found];
      });
    }
    case "hostPathVolumes":
    case "restrictedVolumes": {
      const run =
        home.kind === "argo"
          ? home.template
          : home.kind === "task" || home.kind === "reference"
            ? runTemplate(home.run)
            : undefined;
      return [spec, run].flatMap((holder) =>
        items(field(holder, "volumes")).filter((volume) =>
          entries(volume).some(({ name }) => name !== "name" && !allowedVolumes.includes(name)),
        ),
      );
    }
    case "appArmorProfile":
    case "seccompProfile_baseline": {
      // A Pod of Tekton gets the annotations of its run.
      const holder = home.kind === "workload" || home.kind === "argo" ? home.template : object.value;
      const annotations = at(holder, "metadata", "annotations");
      const prefix = check === "appArmorProfile" ? "container.apparmor." : "seccomp.";
      const own = entries(annotations).flatMap(({ name, value }) =>
        value !== undefined && name.includes(prefix) ? [value] : [],
      );
      return own.length > 0 || annotations === undefined ? own : [annotations];
    }
    default:
      return [];
  }
}

const runTemplate = (run: Value | undefined): Value | undefined =>
  field(run, "podTemplate") ?? at(run, "taskRunTemplate", "podTemplate");

/** A field in the context that decides it, else the container's context, else its name. */
export function placeInContainer({ value, contexts }: ContainerSource, name: string | undefined): Span {
  if (name !== undefined) {
    for (const context of contexts) {
      const found = field(context, name);
      if (found !== undefined) return keyAndValue(found);
    }
  }
  const [context] = contexts;
  if (context !== undefined) return context.keySpan;
  const called = field(value, "name") ?? field(value, "image");
  return called === undefined ? (value === undefined ? { start: 0, end: 0 } : shortSpan(value)) : called.span;
}

/** From a key to the end of its value, where both are in one line; else the key. */
export function keyAndValue(value: Value): Span {
  const { keySpan, span, file } = value;
  const whole = { start: keySpan.start, end: Math.max(keySpan.end, span.end) };
  return file.text.slice(whole.start, whole.end).includes("\n") ? keySpan : whole;
}

/** What stands for a value in a message's excerpt: its key, or the first line of it. */
export function shortSpan(value: Value): Span {
  const { keySpan, span, file } = value;
  if (keySpan.start !== span.start) return keyAndValue(value);
  const name = text(field(value, "name"));
  const named = name === undefined ? undefined : field(value, "name");
  if (named !== undefined) return named.span;
  const end = file.text.indexOf("\n", span.start);
  return { start: span.start, end: end === -1 ? span.end : Math.min(span.end, end) };
}
