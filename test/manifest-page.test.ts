import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { manifestRule, manifestRules } from "../src/manifest/rules.ts";
import { fixOne, judgeOne } from "../src/manifest/test-kit.ts";

const page = readFileSync(new URL("../docs/manifest.md", import.meta.url), "utf8");

describe("docs/manifest.md", () => {
  test.each(manifestRules.map((rule) => [rule.id, rule] as const))("has the rule %s as it is", (id, rule) => {
    const row = page.split("\n").find((line) => line.startsWith(`| \`${id}\` `));
    expect(row?.split("|").map((cell) => cell.trim())).toEqual(["", `\`${id}\``, rule.severity, rule.title, ""]);
  });
  test("shows the fields as --fix writes them", () => {
    const shown = /```yaml\n(stepTemplate:[\s\S]*?)```/.exec(page)?.[1] ?? "none";
    const fixed = fixOne("apiVersion: tekton.dev/v1\nkind: Task\nspec:\n  steps:\n    - image: x\n");
    expect(fixed).toContain(shown.replaceAll(/^/gm, "  ").trimEnd());
  });
  test("shows a podSpecPatch that makes a Workflow's Pods admitted", () => {
    const shown = /```yaml\n(spec:\n {2}podSpecPatch:[\s\S]*?)```/.exec(page)?.[1] ?? "none";
    const workflow = "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: a}\n";
    const text = fixOne(`${workflow}${shown}  templates: [{name: t, container: {image: x}}]\n`);
    expect(text).toContain(shown);
    expect(judgeOne(text).findings).toEqual([]);
  });
  test("shows ignore comments that are obeyed, also by --fix", () => {
    const section = /## What is meant as it is\n([\s\S]*?)\n## /.exec(page)?.[1] ?? "";
    const shown = /```yaml\n([\s\S]*?)```/.exec(section)?.[1] ?? "none";
    const text = `apiVersion: tekton.dev/v1\nkind: Task\nspec:\n${shown.replaceAll(/^(?=.)/gm, "  ")}`;
    const { ignored } = judgeOne(fixOne(text));
    expect(ignored.map(({ finding, reason }) => [finding.rule, reason])).toEqual([
      ["allow-privilege-escalation", "sudo is what this step tests"],
      ["seccomp-profile", "it runs where baseline is not enforced"],
    ]);
    expect(judgeOne(fixOne(text)).findings).toEqual([]);
  });
  test("quotes a message as it is printed", () => {
    const judged = judgeOne("apiVersion: tekton.dev/v1\nkind: Task\nspec:\n  steps:\n    - {name: build, image: x}\n");
    expect(page).toContain(judged.findings.find(({ rule }) => rule === "allow-privilege-escalation")?.message);
  });
});

test("every rule has a reason and a way out, and ids are unique", () => {
  expect(new Set(manifestRules.map(({ id }) => id)).size).toBe(manifestRules.length);
  for (const { id, why, fix, title } of manifestRules) {
    expect(manifestRule(id)?.id).toBe(id);
    expect([why.endsWith("."), fix.endsWith("."), title.endsWith(".")]).toEqual([true, true, false]);
  }
});
