/** For tests of manifests: texts in, judgements and fixed texts out. */
import { fixJudged } from "./fix/fix-judged.ts";
import type { Finding } from "../core/finding.ts";
import { judgeFiles } from "./judge.ts";
import type { JudgedFile, JudgeOptions } from "./judged.ts";
import type { FixOptions } from "./fix/plan-template.ts";
import { readYaml, type YamlFile } from "./yaml/read.ts";

export type TestOptions = Partial<JudgeOptions & Pick<FixOptions, "style">>;

/** A text that is YAML. */
export function yamlFile(text: string, name = "test.yaml"): YamlFile {
  const read = readYaml(name, text);
  if (!read.ok) throw new Error(`not readable: ${JSON.stringify(read.error)}`);
  return read.value;
}

const judging = ({ level, version, tektonVersion, runAsUser }: TestOptions): JudgeOptions => ({
  level,
  version,
  tektonVersion,
  runAsUser,
});

/** Judges texts together. */
export function judge(texts: readonly string[], options: TestOptions = {}): readonly JudgedFile[] {
  const files = texts.map((text, index) => yamlFile(text, `${index}.yaml`));
  return judgeFiles(files, judging(options)).files;
}

/** Judges one text. */
export function judgeOne(text: string, options: TestOptions = {}): JudgedFile {
  const [judged] = judge([text], options);
  if (judged === undefined) throw new Error("nothing was judged");
  return judged;
}

/** `rule at line`, for tables; `?` behind what could not be known. */
export function places({ file, findings }: JudgedFile): readonly string[] {
  return findings.map(({ rule, span, outcome }) => {
    const line = file.text.slice(0, span.start).split("\n").length;
    return `${rule}${outcome === "open" ? "?" : ""} at ${line}`;
  });
}

/** The findings of a rule. */
export const ofRule = ({ findings }: JudgedFile, rule: string): readonly Finding[] =>
  findings.filter((finding) => finding.rule === rule);

/** Fixes texts together, and holds what every fix must: the second time nothing changes, and nothing gets worse. */
export function fix(texts: readonly string[], options: TestOptions = {}): readonly string[] {
  const fixing: FixOptions = { style: options.style ?? "stepTemplate", runAsUser: options.runAsUser };
  const before = judge(texts, options);
  const fixed = fixJudged(before, fixing, judging(options));
  const again = fixJudged(
    fixed.map((one) => one.judged),
    fixing,
    judging(options),
  );
  for (const [index, { text, judged }] of fixed.entries()) {
    if (again[index]?.text !== text) throw new Error(`a second fix changes the text:\n${again[index]?.text}`);
    const known = new Set(before[index]?.findings.map(({ rule, stage }) => `${rule} ${stage}`));
    // A podTemplate that --run-as-user writes is rightly said not to be enough.
    const added = judged.findings.filter(
      ({ rule, stage }) => !known.has(`${rule} ${stage}`) && rule !== "pod-template-not-enough",
    );
    if (added.length > 0) throw new Error(`the fix adds findings: ${added.map(({ message }) => message).join("; ")}`);
  }
  return fixed.map(({ text }) => text);
}

/** Fixes one text. */
export const fixOne = (text: string, options: TestOptions = {}): string => fix([text], options)[0] ?? "";

/** The lines that a fix adds (`+`) and takes away (`-`), without the rest. */
export async function changes(before: string, after: string): Promise<readonly string[]> {
  const { diffLines } = await import("diff");
  return diffLines(before, after).flatMap(({ added, removed, value }) =>
    added || removed
      ? value
          .split("\n")
          .filter((line) => line !== "")
          .map((line) => `${added ? "+" : "-"}${line}`)
      : [],
  );
}
