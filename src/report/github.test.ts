import { expect, test } from "vitest";
import { reportOf } from "../results/run-report.ts";
import { renderGithub } from "./github.ts";
import {
  auditReport,
  brokenTarget,
  cleanTarget,
  hostile,
  portFinding,
  rootImage,
  symbolicFinding,
  symbolicTarget,
  symbolicText,
} from "./report-samples.ts";

test("a finding is a command with its place", () => {
  expect(renderGithub(auditReport)).toBe(
    "::error file=Containerfile,line=3,endLine=3,col=6,endColumn=9,title=image-fix symbolic-user::USER names app, and the kubelet checks numbers only%0AFix: Write the number: USER 1000\n",
  );
});

test("a place over several lines has no columns", () => {
  const finding = {
    ...symbolicFinding,
    span: { start: 0, end: symbolicText.length - 1 },
    fix: null,
  };
  expect(renderGithub(reportOf("audit", [{ ...symbolicTarget, findings: [finding] }]))).toMatch(
    /^::error file=Containerfile,line=1,endLine=3,title=/,
  );
});

test("warning, notice, and what could not be known", () => {
  const findings = [portFinding, { ...portFinding, severity: "info", outcome: "fail" } as const];
  expect(renderGithub(reportOf("audit", [{ ...symbolicTarget, verdict: "admit", findings }]))).toBe(
    "::warning file=Containerfile,line=1,endLine=1,col=1,endColumn=5,title=image-fix privileged-port::Could not be known: Port 80 may be refused\n" +
      "::notice file=Containerfile,line=1,endLine=1,col=1,endColumn=5,title=image-fix privileged-port::Port 80 may be refused\n",
  );
});

test("a failure stands at its place", () => {
  expect(renderGithub(reportOf("audit", [brokenTarget]))).toBe(
    "::error file=broken/Containerfile,line=2,col=1,title=image-fix SYNTAX::./broken/Containerfile:2:1: unknown instruction RUNN%0Adid you mean RUN?\n",
  );
});

test("an image has no file; what is well is silent", () => {
  expect(renderGithub(reportOf("verify", [rootImage]))).toBe(
    "::error title=image-fix root-user::container has runAsNonRoot and image will run as root\n",
  );
  expect(renderGithub(reportOf("audit", [cleanTarget]))).toBe("");
});

test("text from a file can start no command and end no property", () => {
  const text = renderGithub(
    reportOf("audit", [
      {
        ...symbolicTarget,
        target: `${hostile},x=1:y`,
        findings: [{ ...symbolicFinding, message: hostile }],
      },
    ]),
  );
  const lines = text.split("\n");
  expect(lines).toHaveLength(2);
  expect(lines[1]).toBe("");
  expect(lines[0]).toBe(
    "::error file=a\\x1b[31m%250A%3A%3Aerror%3A%3Ab]]><script>|`x`\\u202e @everyone\\x0d%0Anext%2Cx=1%3Ay,line=3,endLine=3,col=6,endColumn=9,title=image-fix symbolic-user::" +
      "a\\x1b[31m%250A::error::b]]><script>|`x`\\u202e @everyone\\x0d%0Anext%0AFix: Write the number: USER 1000",
  );
});
