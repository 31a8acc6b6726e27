/** Where in a file a refusal is decided. */
import type { Span } from "../core/finding.ts";
import type { Refusal } from "./pod-security/check.ts";
import type { ContainerSource, PodTemplate } from "./template.ts";
import { at, entries, field, items, text, type Value } from "./yaml/read.ts";

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

/** The place of a refusal by a check: the field at fault, else the container that lacks it. */
export function placeOfRefusal(check: string, refusal: Refusal, template: PodTemplate): Span {
  const { object } = template;
  const name = fieldOfCheck[check];
  if (refusal.pod) {
    const inPod = name === undefined ? undefined : field(template.podContext, name);
    const found = inPod ?? podField(check, template);
    if (found !== undefined && found.file.text === object.file.text) return shortSpan(found);
  }
  const guilty = template.sources.filter(({ container }) => refusal.containers.includes(container));
  const own = guilty.find(({ owner }) => owner === object);
  if (own !== undefined) return placeInContainer(own, name);
  const reference =
    template.home.kind === "task" ? guilty.find((source) => source.reference !== undefined)?.reference : undefined;
  return shortSpan(reference ?? template.place);
}

function podField(check: string, { home, object }: PodTemplate): Value | undefined {
  const spec = home.kind === "workload" || home.kind === "task" ? home.spec : undefined;
  switch (check) {
    case "hostNamespaces": {
      const holder = home.kind === "task" || home.kind === "reference" ? runTemplate(home.run) : spec;
      return ["hostNetwork", "hostPID", "hostIPC"]
        .map((name) => field(holder, name))
        .find((found) => found !== undefined);
    }
    case "hostPathVolumes":
    case "restrictedVolumes":
      return items(field(spec, "volumes")).find((volume) =>
        entries(volume).some((entry) => entry.name !== "name" && !isHarmless(entry.name)),
      );
    case "appArmorProfile":
    case "seccompProfile_baseline":
      return at(object.value, "metadata", "annotations");
    default:
      return undefined;
  }
}

const harmless = new Set([
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);
const isHarmless = (name: string): boolean => harmless.has(name);

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
