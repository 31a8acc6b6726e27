import { expect, test } from "vitest";
import { reportOf } from "../results/run-report.ts";
import type { Failure } from "../core/errors.ts";
import type { Finding } from "../core/finding.ts";
import { renderJunit } from "./junit.ts";
import {
  cleanTarget,
  fixReport,
  hostile,
  mixedReport,
  portFinding,
  provenImage,
  rootImage,
  smokeOk,
  symbolicFinding,
  symbolicTarget,
} from "./report-samples.ts";

const onlyErrors = ({ severity }: Finding): boolean => severity === "error";

test("a suite for each target, a case for each claim", () => {
  expect(renderJunit(mixedReport, onlyErrors)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="image-fix" tests="3" failures="1" errors="1">
  <testsuite name="./Containerfile" tests="1" failures="1" errors="0">
    <testcase classname="./Containerfile" name="symbolic-user line 3">
      <failure type="symbolic-user" message="USER names app, and the kubelet checks numbers only">./Containerfile:3:6: error: USER names app, and the kubelet checks numbers only
Fix: Write the number: USER 1000</failure>
    </testcase>
  </testsuite>
  <testsuite name="./clean/Containerfile" tests="1" failures="0" errors="0">
    <testcase classname="./clean/Containerfile" name="runs as non-root (uid 1000)"/>
  </testsuite>
  <testsuite name="./broken/Containerfile" tests="1" failures="0" errors="1">
    <testcase classname="./broken/Containerfile" name="SYNTAX">
      <error type="SYNTAX" message="unknown instruction RUNN">./broken/Containerfile:2:1: unknown instruction RUNN
did you mean RUN?</error>
    </testcase>
  </testsuite>
</testsuites>
`);
});

test("what does not fail the run is a passed case that says it", () => {
  const report = reportOf("audit", [{ ...cleanTarget, findings: [portFinding] }]);
  expect(renderJunit(report, onlyErrors)).toContain(`tests="1" failures="0" errors="0">
    <testcase classname="./clean/Containerfile" name="privileged-port line 1">
      <system-out>./clean/Containerfile:1:1: warning (could not be known): Port 80 may be refused</system-out>
    </testcase>`);
  expect(renderJunit(report, () => true)).toContain('failures="1"');
});

test("a fixed file has passed", () => {
  expect(renderJunit(fixReport, onlyErrors)).toContain(
    '<testcase classname="./Containerfile" name="fixed and proven">\n      <system-out>uid=1000(app) gid=1000(app) groups=1000(app)</system-out>',
  );
});

test("an image whose proof failed has failed, with what it printed", () => {
  const error: Failure = { code: "PROOF_FAILED", message: "m", expected: "e", actual: "a", log: "denied <1>" };
  const xml = renderJunit(reportOf("verify", [{ ...provenImage, error }]), onlyErrors);
  expect(xml).toContain('tests="1" failures="1" errors="0"');
  expect(xml).toContain(
    '<failure type="PROOF_FAILED" message="m: expected e, got a">localhost/app:1: m: expected e, got a\ndenied &lt;1&gt;</failure>',
  );
});

test("an image that was started says how it went", () => {
  const xml = renderJunit(reportOf("verify", [{ ...provenImage, smoke: smokeOk }]), onlyErrors);
  expect(xml).toContain(
    "<system-out>uid=1000(app) gid=1000(app) groups=1000(app)\nits command ran for 5 s\nlistening on 8080</system-out>",
  );
});

test("an image that the kubelet refuses has failed", () => {
  expect(renderJunit(reportOf("verify", [rootImage]), () => false)).toContain(
    '<failure type="root-user" message="container has runAsNonRoot and image will run as root">',
  );
});

test("a run that ended early is an error", () => {
  expect(
    renderJunit(reportOf("audit", []), onlyErrors, {
      code: "ENGINE_UNAVAILABLE",
      engine: "podman",
      message: "no podman",
      hint: "install it",
    }),
  ).toContain('<testsuite name="image-fix" tests="1" failures="0" errors="1">');
});

test("markup is escaped and control characters are gone", () => {
  const finding = { ...symbolicFinding, message: `${hostile}"\t\uffff\u0000` };
  const xml = renderJunit(reportOf("audit", [{ ...symbolicTarget, target: hostile, findings: [finding] }]), onlyErrors);
  // oxlint-disable-next-line no-control-regex -- what XML 1.0 forbids
  expect(xml).not.toMatch(/[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/);
  expect(xml).not.toContain("<script>");
  expect(xml).toContain(
    'message="a\\x1b[31m%0A::error::b]]&gt;&lt;script&gt;|`x`\\u202e @everyone\\x0d&#10;next&quot;&#9;\\x00"',
  );
});
