/**
 * Pod Security refusals: reads the list of reasons, however it is wrapped, and explains each.
 * Source of the shape: kubernetes/pod-security-admission policy/registry.go and admission/admission.go.
 */
import type { ExplainedReason, Explanation } from "./explanation.ts";
import { shellWord } from "../core/shell-word.ts";
import type { Names } from "./fill.ts";
import { podSecurityReasons, type PodSecurityReason } from "./messages/pod-security.ts";
import { placeOf, type Place } from "./places.ts";

export interface Refusal {
  readonly start: number;
  readonly end: number;
  readonly pod: string | undefined;
  readonly namespace: string | undefined;
  /**
   * `forbidden`: the pod was not made. `warning`: it would be refused, or was made with a warning. `existing`: of pods that
   * are there. `told`: image-fix says it of a manifest, or the reasons stand alone.
   */
  readonly kind: "forbidden" | "warning" | "existing" | "told";
  readonly level: string;
  readonly version: string;
  readonly reasons: readonly ReadReason[];
  /** What stands in front of the reasons. */
  readonly head: string;
}

interface ReadReason {
  readonly reason: string;
  /** What stands in parentheses; `""` where there are none (warnings about existing pods). */
  readonly detail: string;
}

const head =
  /(?:pods? "(?<pod>[^"]{0,253})" is forbidden: )?(?:existing pods in namespace "(?<namespace>[^"]{0,63})" violate the new PodSecurity enforce level "(?<level>[a-z]+):(?<version>[^"]{1,32})"|(?<verb>violates|would violate) PodSecurity "(?<level2>[a-z]+):(?<version2>[^"]{1,32})")(?:: ?| Warning: (?<pods>[^\s:]{1,253}(?: \(and \d+ other pods?\))?): | ?)/g;

const names = podSecurityReasons.map(({ reason }) => reason);

/** As `image-fix manifest` says it. */
const toldHead =
  /(?<level>baseline|restricted):(?<version>latest|v1\.\d{1,3}) refuses (?:the Pod|every (?:Pod of Tekton|affinity assistant) that starts from [\w-]{1,60}): /g;

/** A reason without a head, where its parentheses hold the API server's words. */
const bareReason = new RegExp(
  String.raw`(?<![\w.])(?:${names.join("|")})s? \((?=pod |containers? "|volumes? "|host(?:Network|PID|IPC)=true|forbidden annotations? )`,
  "g",
);

/** Finds every refusal in a folded text. */
export function findRefusals(text: string): readonly Refusal[] {
  const refusals = headedRefusals(text);
  for (const match of [...text.matchAll(toldHead), ...text.matchAll(bareReason)]) {
    const { level = "restricted", version = "latest" } = match.groups ?? {};
    const from = match.groups?.["level"] === undefined ? match.index : match.index + match[0].length;
    if (refusals.some(({ start, end }) => start <= match.index && match.index < end)) continue;
    const { reasons, end } = readReasons(text, from);
    const said = from === match.index ? text.slice(from, end) : match[0].replace(/[:\s]+$/, "");
    refusals.push({
      start: match.index,
      end,
      pod: undefined,
      namespace: undefined,
      kind: "told",
      level,
      version,
      reasons,
      head: said,
    });
  }
  return refusals;
}

function headedRefusals(text: string): Refusal[] {
  const refusals: Refusal[] = [];
  for (const match of text.matchAll(head)) {
    const { pod, namespace, level, version, verb, level2, version2, pods } = match.groups ?? {};
    const { reasons, end } = readReasons(text, match.index + match[0].length);
    refusals.push({
      start: match.index,
      end,
      pod: pod ?? pods,
      namespace,
      kind: namespace !== undefined ? "existing" : verb === "violates" ? "forbidden" : "warning",
      level: level ?? level2 ?? "restricted",
      version: version ?? version2 ?? "latest",
      reasons,
      head: match[0].replace(/[:\s]+$/, ""),
    });
  }
  return refusals;
}

/** Reads `REASON (DETAIL), REASON (DETAIL)` from an offset on; stops where no reason stands. */
function readReasons(text: string, from: number): { readonly reasons: readonly ReadReason[]; readonly end: number } {
  const reasons: ReadReason[] = [];
  let end = from;
  for (let at = from; ;) {
    const known = names.find((name) => text.startsWith(name, at));
    const reason = known === undefined ? unknownReason(text, at) : withPlural(text, at, known);
    if (reason === undefined) break;
    at += reason.length;
    const detail = readDetail(text, at);
    reasons.push({ reason, detail: detail?.text ?? "" });
    at = detail?.end ?? at;
    end = at;
    if (!text.startsWith(", ", at)) break;
    at += 2;
  }
  return { reasons, end };
}

/** `forbidden AppArmor profile` and `forbidden AppArmor profiles`. */
const withPlural = (text: string, at: number, reason: string): string =>
  text.startsWith(`${reason}s (`, at) ? `${reason}s` : reason;

/** A check that is newer than this list: a few words in front of parentheses that name a container or a field. */
function unknownReason(text: string, at: number): string | undefined {
  return /^[A-Za-z][\w .=!/-]{2,60}(?= \((?:pod|container|volume|[a-z]))/.exec(text.slice(at, at + 80))?.[0];
}

/** What stands in parentheses; quoted text may hold parentheses itself. */
function readDetail(text: string, at: number): { readonly text: string; readonly end: number } | undefined {
  if (!text.startsWith(" (", at)) return undefined;
  let depth = 0;
  let quoted = false;
  for (let index = at + 1; index < text.length && index < at + 20_000; index++) {
    const character = text[index];
    if (character === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (character === "(") depth++;
    else if (character === ")" && --depth === 0) return { text: text.slice(at + 2, index), end: index + 1 };
  }
  // Cut off: take what is there.
  return { text: text.slice(at + 2), end: text.length };
}

/** The containers that a detail names. */
function containersIn(detail: string): readonly string[] {
  const found: string[] = [];
  for (const match of detail.matchAll(/containers? ((?:"[^"]{1,63}"(?:, )?)+)/g)) {
    for (const [, name] of (match[1] ?? "").matchAll(/"([^"]+)"/g)) {
      if (name !== undefined && !found.includes(name)) found.push(name);
    }
  }
  return found;
}

/** Explains one refusal. */
export function explainRefusal(refusal: Refusal, around: Names): Explanation {
  const containers = [...new Set(refusal.reasons.flatMap(({ detail }) => containersIn(detail)))];
  const namespace = refusal.namespace ?? around["namespace"];
  return {
    id: "pod-security",
    from: "the API server (Pod Security admission)",
    matched: refusal.head,
    names: {
      ...(refusal.pod !== undefined && { pod: refusal.pod }),
      ...(namespace !== undefined && { namespace }),
      ...(around["taskRun"] !== undefined && { taskRun: around["taskRun"] }),
      level: refusal.level,
      version: refusal.version,
    },
    means: meaning(refusal),
    reasons: refusal.reasons.map(explainReason),
    decides: [
      {
        file: namespace === undefined ? "the namespace" : `the namespace "${namespace}"`,
        field:
          refusal.kind === "warning"
            ? "the label pod-security.kubernetes.io/warn or enforce"
            : `the label pod-security.kubernetes.io/enforce: ${refusal.level}`,
      },
    ],
    steps: stepsFor(refusal, containers.map(placeOf), namespace),
    rules: [],
  };
}

function meaning({ kind, level, version, pod, reasons }: Refusal): string {
  const count = reasons.length;
  const against =
    count === 0 ? "the reasons are not in the text" : count === 1 ? "one thing stands" : `${count} things stand`;
  const profile = `the Pod Security Standard ${level}${version === "latest" ? "" : ` (rules of ${version})`}`;
  const name = pod === undefined ? "the pod" : `the pod "${pod}"`;
  const tail = count === 0 ? `; ${against}.` : `, and ${against} against it.`;
  switch (kind) {
    case "forbidden":
      return `The API server did not make ${name}: its namespace enforces ${profile}${tail} Nothing was started, and no image was looked at.`;
    case "warning":
      return `Only a warning: what was asked for was done, but ${name} would not pass ${profile}${tail} A Deployment or Job gives no more than this warning; its pods are refused later, and the refusal stands in the events of the ReplicaSet or Job. Tekton's objects do not even give the warning.`;
    case "told":
      return `Where a namespace enforces ${profile}, the API server does not make ${name}${tail} No image is looked at.`;
    case "existing":
      return `The namespace was labelled; pods that run already go on running and would not pass ${profile}${tail} The next time they are made, they are refused.`;
  }
}

function explainReason({ reason, detail }: ReadReason): ExplainedReason {
  const text = detail === "" ? reason : `${reason} (${detail})`;
  const known = podSecurityReasons.find(({ reason: name }) => reason === name || reason === `${name}s`);
  if (known === undefined) {
    return { check: null, text, means: "A check that image-fix does not know; the text names the field.", fields: [] };
  }
  return { check: known.check, text, means: known.means, fields: fieldsOf(known, detail) };
}

function fieldsOf(
  { field, podField }: PodSecurityReason,
  detail: string,
): readonly { readonly file: string; readonly field: string }[] {
  if (field.startsWith("spec.")) return [{ file: "the pod template (in Tekton: the Task, or podTemplate)", field }];
  const containers = containersIn(detail);
  const places = containers.length === 0 && !detail.startsWith("pod ") ? [placeOf(undefined)] : containers.map(placeOf);
  const below = /^(?:ports|livenessProbe)/.test(field) ? field : `securityContext.${field}`;
  const fields = places.map(({ kind, where, at }) => ({
    file: where,
    field: kind === "tekton" ? at : `${at}.${below}`,
  }));
  if (podField !== undefined && /^pod (?:or|and) |^pod /.test(detail)) {
    const inTask = places.some(({ kind }) => kind === "step" || kind === "sidecar");
    fields.push({
      file: inTask ? "the TaskRun, for all its containers" : "the pod template, for all its containers",
      field: inTask ? `spec.podTemplate.securityContext.${podField}` : `spec.securityContext.${podField}`,
    });
  }
  return unique(fields);
}

function unique<T>(values: readonly T[]): readonly T[] {
  const seen = new Map(values.map((value) => [JSON.stringify(value), value]));
  return [...seen.values()];
}

function stepsFor(
  { reasons, kind }: Refusal,
  places: readonly Place[],
  namespace: string | undefined,
): Explanation["steps"] {
  const known = reasons.flatMap(({ reason, detail }) => {
    const found = podSecurityReasons.find(({ reason: name }) => reason === name || reason === `${name}s`);
    return found === undefined ? [] : [{ ...found, detail }];
  });
  const inTask = places.some(({ kind: of }) => of === "step" || of === "sidecar");
  const ofTekton = places.some(({ kind: of }) => of === "tekton");
  const own = places.length === 0 || places.some(({ kind: of }) => of !== "tekton");
  const manifest = inTask ? "task.yaml" : "manifest.yaml";
  const added = known.some(
    ({ check, detail }) => check === "capabilities_restricted" && /must not include/.test(detail),
  );
  const setfcap = known.some(({ detail }) => /"SETFCAP"/.test(detail));
  const steps: { readonly do: string; readonly run: string | null }[] = [];
  if (ofTekton) {
    steps.push({
      do: "Have Tekton set the fields on the containers that it makes itself.",
      run: "image-fix manifest --tekton-config",
    });
  }
  if (own && (known.length === 0 || known.some(({ remedy }) => remedy === "fields"))) {
    steps.push({
      do: "Have the fields written where they work.",
      run: `image-fix manifest --fix ${manifest}`,
    });
  }
  if (added) {
    steps.push({
      do: `Take the added capability out${setfcap ? "; buildah needs SETFCAP and does not run under restricted: give it a namespace of its own that enforces baseline, or build with ko, jib, apko or crane" : ""}. That is for a person to decide, so image-fix does not.`,
      run: null,
    });
  }
  for (const advice of new Set(
    known.flatMap(({ remedy, advice: text }) => (remedy === "person" && text !== undefined ? [text] : [])),
  )) {
    steps.push({ do: advice, run: null });
  }
  if (own && known.some(({ remedy }) => remedy === "fields")) {
    steps.push({
      do: "Or, where the manifests are not yours, have Kyverno inject the fields into every pod of the namespace.",
      run: `image-fix manifest --kyverno${namespace === undefined ? "" : ` --namespace ${shellWord(namespace)}`}`,
    });
  }
  if (own && kind !== "existing") {
    steps.push({
      do: "Then see whether the kubelet would start the images: it is asked next.",
      run: `image-fix manifest --images ${manifest}`,
    });
  }
  return steps;
}
