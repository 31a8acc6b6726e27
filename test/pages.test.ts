/** The page of every rule: its examples are true, its output is what the tool says, and docs/rules is made from it. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { lineIndex, positionAt } from "../src/containerfile/position.ts";
import { allRules } from "../src/rules/run-rules.ts";
import { rule as ignoreComment } from "../src/rules/ignore-comment/rule.ts";
import { judge } from "../src/rules/test-kit.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string): string => readFileSync(`${root}/${path}`, "utf8");

interface Example {
  readonly kind: "bad" | "good";
  /** Rules that find something in it besides. */
  readonly also: readonly string[];
  /** Judged with `--openshift`. */
  readonly openshift: boolean;
  readonly text: string;
}

const fence = /^```containerfile (bad|good)((?: [a-z]+(?:=\S+)?)*)\n(.*?)^```$/gms;

const examplesOf = (page: string): readonly Example[] =>
  [...page.matchAll(fence)].map(([, kind, options = "", text = ""]) => {
    const words = options.split(" ");
    const also = words.find((word) => word.startsWith("also="))?.slice("also=".length);
    return {
      kind: kind === "bad" ? "bad" : "good",
      also: also?.split(",") ?? [],
      openshift: words.includes("openshift"),
      text,
    };
  });

const findingsOf = ({ text, openshift }: Example) => judge({ text, openshift }).findings;

/** What the tool says of a rule's findings, as `--quiet` prints them. */
function outputOf(id: string, example: Example): string {
  const lines = lineIndex(example.text);
  return findingsOf(example)
    .filter(({ rule }) => rule === id)
    .map(({ span, severity, message, rule, outcome }) => {
      const { line, column } = positionAt(lines, span.start);
      const words = outcome === "open" ? `${severity} (could not be known)` : severity;
      return `Containerfile:${line}:${column}: ${words}: ${message} [${rule}]`;
    })
    .join("\n");
}

const words = (text: string): readonly string[] => text.split(/\s+/);

const ids = allRules.map(({ id }) => id);

test("every rule has a folder with a page and a table test, and every folder is a rule", () => {
  const folders = readdirSync(`${root}/src/rules`, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map(({ name }) => name).toSorted()).toEqual(ids.toSorted());
  for (const { name } of folders)
    expect(readdirSync(`${root}/src/rules/${name}`).toSorted()).toEqual(["README.md", "rule.test.ts", "rule.ts"]);
});

describe.each(ids)("%s", (id) => {
  const page = read(`src/rules/${id}/README.md`);
  const examples = examplesOf(page);
  const rule = allRules.find((one) => one.id === id) ?? ignoreComment;

  test("has its sections in order, its severity and what must hold", () => {
    const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(["Output", "What it means", "Bad", "Good", "When not to use it"]);
    expect(page).toContain(`**${rule.severity}** · ${rule.title}`);
    expect(examples.some(({ kind }) => kind === "bad")).toBe(true);
    expect(examples.some(({ kind }) => kind === "good")).toBe(true);
  });

  test("every example is marked good or bad", () => {
    expect([...page.matchAll(/^```containerfile/gm)]).toHaveLength(examples.length);
  });

  test("shows the output of its first bad example", () => {
    const [, shown = ""] = /^```text\n(.*?)\n```$/ms.exec(page) ?? [];
    const [first] = examples.filter(({ kind }) => kind === "bad");
    expect(words(shown)).toEqual(words(first === undefined ? "" : outputOf(id, first)));
  });

  test.each(examples.filter(({ kind }) => kind === "bad").map((one) => [one.text, one] as const))(
    "finds it, and what is named besides: %j",
    (_, example) => {
      const found = new Set(findingsOf(example).map((finding) => finding.rule));
      expect(found).toEqual(new Set([id, ...example.also]));
    },
  );

  test.each(examples.filter(({ kind }) => kind === "good").map((one) => [one.text, one] as const))(
    "finds nothing of it: %j",
    (_, example) => {
      const found = findingsOf(example);
      expect(found.map((finding) => finding.rule)).not.toContain(id);
      const errors = found.filter(({ severity }) => severity === "error").map((finding) => finding.rule);
      expect(errors.filter((one) => !example.also.includes(one))).toEqual([]);
    },
  );

  test("docs/rules has the page", () => {
    expect(read(`docs/rules/${id}.md`).endsWith(page)).toBe(true);
    expect(read("docs/rules/README.md")).toContain(`| [\`${id}\`](${id}.md) | ${rule.severity} | ${rule.title} |`);
  });
});
