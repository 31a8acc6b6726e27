/** From judged files to edits of each, and what was done in words. */
import type { Edit, Span } from "../../core/finding.ts";
import type { JudgedFile, JudgedTemplate } from "../judged.ts";
import { objectName, type ManifestObject } from "../objects.ts";
import { flagPlace, isFeatureFlags } from "../tekton-settings.ts";
import { spanOf, text } from "../yaml/read.ts";
import { listed, planTemplate, type FixOptions, type Note } from "./plan-template.ts";
import { Sharing } from "./sharing.ts";
import { WritePlan } from "./write-plan.ts";

export interface FilePlan {
  readonly edits: readonly Edit[];
  /** What the edits do, a line each. */
  readonly steps: readonly string[];
  /** What was left although it is wrong, a line each. */
  readonly left: readonly string[];
}

/** Plans one file. What cannot run restricted, or is admitted already, is not touched. */
export function planFile(judged: JudgedFile, options: FixOptions): FilePlan {
  const plan = new WritePlan();
  const notes: Note[] = [];
  const fixable: Span[] = [];
  const blocked = new Set(
    judged.templates.filter((one) => one.blockers.length > 0).map(({ template }) => template.object),
  );
  for (const one of judged.templates) {
    const { object } = one.template;
    if (one.blockers.length > 0) continue;
    if (!blocked.has(object)) fixable.push(object.value.span);
    if (needsWork(one, options)) notes.push(...planTemplate(one, options, plan, judged.ignores));
  }
  for (const object of judged.objects.filter(isFeatureFlags)) {
    const done = planFlag(object, judged, plan);
    if (done === undefined) continue;
    fixable.push(object.value.span);
    notes.push({ head: "", changes: [done], tail: "" });
  }
  const sharing = new Sharing(judged.file, fixable);
  const { edits, heldBack } = sharing.allowed(plan.edits((place) => sharing.isHeldBack(place)));
  const { variables } = plan;
  const isLeft = (place: Span): boolean =>
    sharing.isHeldBack(place) || variables.some((value) => spanOf(value.node).start === place.start);
  return {
    edits,
    steps: edits.length === 0 ? [] : [...new Set(notes.flatMap((note) => noteText(note, isLeft)))],
    left: [
      ...heldBack.map(
        ({ anchor }) =>
          `the value of anchor &${anchor} is left as it is: it is used where other fields are wanted, or where a Pod cannot run restricted`,
      ),
      ...variables.map(
        (value) =>
          `${value.file.text.slice(value.keySpan.start, value.keySpan.end)} is left as it is: a template fills in ${text(value) ?? ""}; fix what it gives, or write the value there`,
      ),
      ...(plan.impossible ? ["a value is written in a way that nothing can be added to safely"] : []),
    ],
  };
}

/** A file's findings; a fix that would write nothing into the file is none that `--fix` can be asked for. */
export function withHonestFixes(judged: JudgedFile, options: FixOptions): JudgedFile {
  const isIdle = planFile(judged, options).edits.length === 0;
  if (!isIdle || !judged.findings.some(({ fix }) => fix?.applicability === "safe")) return judged;
  return {
    ...judged,
    findings: judged.findings.map((finding) =>
      finding.fix?.applicability === "safe"
        ? { ...finding, fix: { ...finding.fix, applicability: "manual" } }
        : finding,
    ),
  };
}

/** A pod that is admitted is left alone, but for the user that was asked for. */
const needsWork = ({ refusals, template }: JudgedTemplate, { runAsUser }: FixOptions): boolean =>
  refusals.length > 0 ||
  (runAsUser !== undefined && (template.home.kind !== "reference" || template.home.run !== undefined));

/** A note, of what was not left; none where all was. */
function noteText({ head, changes, tail }: Note, isLeft: (place: Span) => boolean): readonly string[] {
  const made = changes.filter(({ place }) => !isLeft(place));
  return made.length === 0 ? [] : [head + listed(made.map(({ words }) => words)) + tail];
}

/** Sets Tekton's flag where a finding says that it is not. */
function planFlag(
  object: ManifestObject,
  { findings }: JudgedFile,
  plan: WritePlan,
): Note["changes"][number] | undefined {
  const about = objectName(object);
  const wanted = findings.some(
    ({ rule, stage, fix }) => rule === "set-security-context" && stage === about && fix?.applicability === "safe",
  );
  const { value, settings } = flagPlace(object);
  if (!wanted) return undefined;
  // The values of a ConfigMap are texts.
  const leaf = object.kind === "ConfigMap" ? "true" : true;
  const place =
    value !== undefined
      ? plan.replace(value, leaf)
      : settings !== undefined
        ? plan.set(settings, ["set-security-context"], leaf)
        : plan.set(object.value, [...(settingsPath[object.kind] ?? ["data"]), "set-security-context"], leaf);
  const words = `${about}: set-security-context ${value === undefined ? "is set" : `${text(value) ?? ""} →`} true`;
  return { words, place };
}

const settingsPath: Readonly<Record<string, readonly string[]>> = {
  ConfigMap: ["data"],
  TektonConfig: ["spec", "pipeline"],
  TektonPipeline: ["spec"],
};
