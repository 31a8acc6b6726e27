import { expect, test } from "vitest";
import { brokenTarget, rootImage, symbolicTarget } from "./report-samples.ts";
import { renderGithub } from "./github.ts";
import { renderJunit } from "./junit.ts";
import { renderMarkdown } from "./markdown.ts";
import { renderTargets } from "./text.ts";
import { fixLabel, outcomeWords } from "./words.ts";
import { reportOf, type TargetResult } from "../results/run-report.ts";

test.each([
  ["safe", "Fix", "Fix"],
  ["review", "Fix, to be reviewed", "Fix, to be reviewed"],
  ["manual", "Fix by hand", "Fix"],
] as const)("a %s fix is called %j of a file, %j of an image", (applicability, ofFile, ofImage) => {
  const fix = { title: "x", applicability };
  expect([fixLabel(symbolicTarget, fix), fixLabel(rootImage, fix)]).toEqual([ofFile, ofImage]);
});

test("who makes a fix is said in every format", () => {
  const byHand: TargetResult = {
    ...symbolicTarget,
    findings: symbolicTarget.findings.map((finding) => ({ ...finding, fix: { title: "Do", applicability: "manual" } })),
  };
  const report = reportOf("audit", [byHand]);
  const shown = { colour: false, columns: 80, verbose: false, quiet: false, diff: true, fails: () => true };
  for (const text of [
    renderTargets(report, shown),
    renderMarkdown(report),
    renderJunit(report, () => true),
    renderGithub(report),
  ]) {
    expect(text).toContain("Fix by hand: Do");
  }
});

test("what could not be read is not judged", () => {
  expect(outcomeWords(brokenTarget, "audit")).toBe("not judged");
});
