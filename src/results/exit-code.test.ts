import { describe, expect, test } from "vitest";
import type { Failure } from "../core/errors.ts";
import type { Finding } from "../core/finding.ts";
import { exitCodeOfReport } from "./exit-code.ts";
import { failedTarget, reportOf, type FileFix, type TargetResult } from "./run-report.ts";

const failure: Failure = { code: "USAGE", message: "x" };
const clean: TargetResult = { ...failedTarget("f", "containerfile", failure), error: null, verdict: "admit" };
const finding = (over: Partial<Finding> = {}): Finding => ({
  rule: "root-user",
  severity: "error",
  outcome: "fail",
  message: "m",
  span: { start: 0, end: 0 },
  stage: "0",
  fix: null,
  ...over,
});
const fix = (over: Partial<FileFix> = {}): FileFix => ({
  changed: true,
  written: true,
  diff: "",
  text: "",
  predictedId: null,
  steps: [],
  remaining: [],
  heldBack: null,
  ...over,
});
const policy = { failOn: "error", allowUnknown: false } as const;
const code = (command: "fix" | "audit", target: Partial<TargetResult>, over = {}) =>
  exitCodeOfReport(reportOf(command, [{ ...clean, ...target }]), { ...policy, ...over });

describe("exitCodeOfReport", () => {
  test("a clean file is 0", () => expect(code("audit", {})).toBe(0));
  test("an error is 1", () => expect(code("audit", { verdict: "root", findings: [finding()] })).toBe(1));
  test("a warning passes unless --fail-on warning", () => {
    const findings = [finding({ severity: "warning", rule: "privileged-port" })];
    expect(code("audit", { findings })).toBe(0);
    expect(code("audit", { findings }, { failOn: "warning" })).toBe(1);
  });
  test("an open error fails unless --allow-unknown", () => {
    const findings = [finding({ rule: "unresolved-user", outcome: "open" })];
    expect(code("audit", { verdict: "unknown", findings })).toBe(1);
    expect(code("audit", { verdict: "unknown", findings }, { allowUnknown: true })).toBe(0);
  });
  test("a silenced root user passes", () => {
    expect(code("audit", { verdict: "root", ignored: [{ finding: finding(), reason: "r" }] })).toBe(0);
  });
  test("a refused verdict that nothing explains fails", () => {
    expect(code("audit", { verdict: "root", findings: [finding({ rule: "onbuild-user", severity: "warning" })] })).toBe(
      1,
    );
  });
  test("after a fix what remains decides", () => {
    expect(code("fix", { verdict: "root", findings: [finding()], fix: fix() })).toBe(0);
    expect(code("fix", { verdict: "root", findings: [finding()], fix: fix({ remaining: [finding()] }) })).toBe(1);
  });
  test("what needs a person fails a fix whatever its severity", () => {
    const remaining = [finding({ rule: "entrypoint-needs-root", severity: "warning", needsPerson: true })];
    expect(code("fix", { verdict: "root", fix: fix({ remaining }) })).toBe(1);
  });
  test("what was not written because a person must decide fails a fix", () => {
    expect(code("fix", { verdict: "root", fix: fix({ written: false, heldBack: "why" }) })).toBe(1);
  });
  test("--check fails when the file would change", () => {
    expect(code("fix", { verdict: "root", fix: fix({ written: false }) }, { check: true })).toBe(1);
  });
  test.each([
    [{ code: "SYNTAX", file: "f", line: 1, column: 1, message: "m" } as const, 2],
    [{ code: "BUILD_FAILED", engine: "podman", exitCode: 1, log: "" } as const, 3],
    [{ code: "PROOF_FAILED", message: "m", expected: "e", actual: "a" } as const, 4],
    [{ code: "INTERRUPTED", signal: "SIGINT" } as const, 130],
    [{ code: "INTERRUPTED", signal: "SIGTERM" } as const, 143],
  ])("%o ends in its documented code", (error, expected) => expect(code("fix", { error })).toBe(expected));
  test("the most telling of several wins", () => {
    const targets = [
      { ...clean, verdict: "root" as const, findings: [finding()] },
      failedTarget("g", "containerfile", failure),
    ];
    expect(exitCodeOfReport(reportOf("audit", targets), policy)).toBe(2);
  });
});
