/** Fixes manifests in memory: plans, applies, reads again, judges again, until nothing is left to write. */
import { applyEdits } from "../../containerfile/edits.ts";
import { judgeFiles } from "../judge.ts";
import type { JudgedFile, JudgeOptions } from "../judged.ts";
import { readYaml, type YamlFile } from "../yaml/read.ts";
import { planFile } from "./plan-files.ts";
import type { FixOptions } from "./plan-template.ts";

/** What a file comes to. */
export interface FixedManifest {
  readonly text: string;
  /** The new text, judged. */
  readonly judged: JudgedFile;
  readonly steps: readonly string[];
}

/** Each pass can only add what an earlier one made possible: an object that another one refers to. */
const maxPasses = 5;

/**
 * Fixes all files of a run together, in memory.
 * @throws Error where the edits leave text that cannot be read, or never come to an end: a mistake of ours
 */
export function fixJudged(
  files: readonly JudgedFile[],
  fixing: FixOptions,
  judging: JudgeOptions,
): readonly FixedManifest[] {
  let now = files.map((judged): FixedManifest => ({ text: judged.file.text, judged, steps: [] }));
  for (let pass = 0; pass < maxPasses; pass++) {
    const plans = now.map(({ judged }) => planFile(judged, fixing));
    const changed = plans.some(({ edits }) => edits.length > 0);
    const texts = now.map(({ text }, index) => applyEdits(text, plans[index]?.edits ?? []));
    const read = changed ? texts.map((text, index) => readAgain(now[index]?.judged.file.name ?? "", text)) : [];
    const judged = changed ? judgeFiles(read, judging).files : now.map((one) => one.judged);
    now = now.map((one, index): FixedManifest => ({
      text: texts[index] ?? one.text,
      judged: judged[index] ?? one.judged,
      steps: [...one.steps, ...(plans[index]?.steps ?? []), ...(changed ? [] : (plans[index]?.left ?? []))],
    }));
    if (!changed) return now;
  }
  throw new Error(`the fix of ${files.map(({ file }) => file.name).join(", ")} does not come to an end`);
}

function readAgain(name: string, text: string): YamlFile {
  const read = readYaml(name, text);
  if (read.ok) return read.value;
  throw new Error(`the fixed text of ${name} cannot be read: ${"message" in read.error ? read.error.message : ""}`);
}
