/** Finds every known message in a paste and explains it, in the order in which they stand there. */
import type { Explanation } from "./explanation.ts";
import { shellWord } from "../core/shell-word.ts";
import { fill, type Names } from "./fill.ts";
import { frames, knownMessages } from "./messages/index.ts";
import type { KnownMessage } from "./message.ts";
import { foldPaste } from "./paste.ts";
import { manifestOf, placeOf } from "./places.ts";
import { explainRefusal, findRefusals } from "./refusal.ts";

/** One place of the paste that is understood. */
interface Found {
  readonly start: number;
  readonly end: number;
  readonly weak: boolean;
  readonly explain: (around: Names) => Explanation;
}

/** How far behind a frame (`… errored with the message: "`) the message it names may begin. */
const nearby = 60;

/**
 * Explains a paste: the output of `kubectl`, a status as YAML or JSON, events, logs, or one message alone. The same
 * explanation is given once, however often its message stands there. Nothing known: an empty list.
 */
export function explainText(paste: string): readonly Explanation[] {
  const text = foldPaste(paste);
  const found: Found[] = [];
  const isFree = (start: number, end: number): boolean =>
    found.every((other) => end <= other.start || start >= other.end);
  for (const refusal of findRefusals(text)) {
    found.push({ ...refusal, weak: false, explain: (around) => explainRefusal(refusal, around) });
  }
  // What says little must not take the words of what says more: Tekton's frame goes around others' messages.
  const strongFirst = [false, true].flatMap((weak) => knownMessages.filter((one) => (one.weak === true) === weak));
  for (const message of strongFirst) {
    for (const match of text.matchAll(new RegExp(message.pattern, message.anyCase === true ? "gi" : "g"))) {
      const start = match.index;
      const end = start + match[0].length;
      if (match[0] === "" || !isFree(start, end)) continue;
      found.push({
        start,
        end,
        weak: message.weak === true,
        explain: (around) =>
          explainMessage(message, withBeginning(text, start, match[0]), { ...around, ...groupsOf(match) }),
      });
    }
  }
  const told = found.some(({ weak }) => !weak) ? found.filter(({ weak }) => !weak) : found;
  const around = readFrames(text);
  const explanations = new Map<string, Explanation>();
  for (const one of told.toSorted((a, b) => a.start - b.start)) {
    const explanation = one.explain(around(one));
    const { id, means, decides, reasons } = explanation;
    const key = JSON.stringify([id, means, decides, reasons]);
    if (!explanations.has(key)) explanations.set(key, explanation);
  }
  return [...explanations.values()];
}

/** A match that begins with a path, with the words in front that belong to it: `mkdir: cannot create directory '`. */
function withBeginning(text: string, start: number, match: string): string {
  if (!match.startsWith("/")) return match.trim();
  const before = text.slice(Math.max(0, start - 64), start);
  const own =
    /(?:[\w.+/-]{1,24}: )?(?:(?:cannot|can't|could|failed|mkdir|open|touch|unlink|rename)[A-Za-z()' ]{0,40}["'(]?)?$/.exec(
      before,
    );
  return `${own?.[0] ?? ""}${match}`.trim();
}

/** Named groups; those that end in a digit are alternatives of the name without it. */
function groupsOf(match: RegExpExecArray): Names {
  const names: Record<string, string> = {};
  for (const [group, value] of Object.entries(match.groups ?? {})) {
    if (value !== undefined && value !== "") names[group.replace(/\d+$/, "")] ??= value;
  }
  return names;
}

/** The names that frames give to what stands at a place. */
function readFrames(text: string): (place: { readonly start: number; readonly end: number }) => Names {
  const near: { readonly start: number; readonly end: number; readonly names: Names }[] = [];
  const everywhere = new Map<string, Set<string>>();
  for (const { pattern, reach } of frames) {
    for (const match of text.matchAll(new RegExp(pattern, "g"))) {
      const names = groupsOf(match);
      if (reach === "near") near.push({ start: match.index, end: match.index + match[0].length, names });
      else {
        for (const [name, value] of Object.entries(names)) {
          if (value !== undefined) everywhere.set(name, (everywhere.get(name) ?? new Set()).add(value));
        }
      }
    }
  }
  const general: Record<string, string> = {};
  for (const [name, values] of everywhere) {
    const [value] = values;
    if (values.size === 1 && value !== undefined) general[name] = value;
  }
  return ({ start, end }) =>
    near
      .filter((frame) => frame.start < end && start - frame.end < nearby && frame.start <= start)
      .reduce<Names>((names, frame) => ({ ...names, ...frame.names }), general);
}

function explainMessage(message: KnownMessage, matched: string, given: Names): Explanation {
  const names = withPlace(given);
  const word = (template: string): string => fill(template, names);
  return {
    id: message.id,
    from: message.from,
    matched,
    names: publicNames(given),
    means: word(message.means),
    reasons: [],
    decides: message.decides.map(({ file, field }) => ({ file: word(file), field: word(field) })),
    steps: message.steps
      .filter(({ unlessKnown }) => unlessKnown === undefined || names[unlessKnown] === undefined)
      .map((step) => ({
        do: word(step.do),
        run: step.run === undefined ? null : fill(step.run, names, shellWord),
      })),
    rules: message.rules ?? [],
  };
}

/** Adds what templates say of the place: `where`, `at`, `subject`, `manifest`, `inNamespace` … */
function withPlace(given: Names): Names {
  const container = given["container"] ?? (given["step"] === undefined ? undefined : `step-${given["step"]}`);
  const place = placeOf(container);
  const { namespace, path } = given;
  const inTask = place.kind === "step" || place.kind === "sidecar";
  return {
    where: place.where,
    at: place.at,
    podWhere: inTask ? "the TaskRun, for all its containers" : "the pod template, for all its containers",
    podAt: inTask ? "spec.podTemplate.securityContext" : "spec.securityContext",
    subject:
      place.name === ""
        ? "the container"
        : place.kind === "container"
          ? `container "${place.name}"`
          : `the ${place.kind === "tekton" ? "container" : place.kind} "${place.name}"`,
    manifest: manifestOf(place),
    ...(namespace !== undefined && {
      inNamespace: ` -n ${shellWord(namespace)}`,
      inNamespaceOption: ` --namespace ${shellWord(namespace)}`,
    }),
    ...(path !== undefined && { folder: folderOf(path) }),
    ...given,
  };
}

/** The folder to hand over for a path that could not be written: a file's own folder, a folder itself. */
function folderOf(path: string): string {
  const last = path.slice(path.lastIndexOf("/") + 1);
  const parent = path.slice(0, path.length - last.length - 1);
  return last.includes(".") && parent !== "" ? parent : path;
}

/** The names worth telling a program. */
function publicNames(names: Names): Readonly<Record<string, string>> {
  const told: Record<string, string> = {};
  for (const [name, value] of Object.entries(names)) if (value !== undefined) told[name] = value;
  return told;
}
