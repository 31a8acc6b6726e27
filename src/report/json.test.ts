import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { failedTarget, reportOf } from "../results/run-report.ts";
import type { Failure } from "../core/errors.ts";
import { renderJson } from "./json.ts";
import {
  auditReport,
  fixReport,
  hostile,
  mixedReport,
  portFinding,
  provenImage,
  rootImage,
  smokeDenied,
  smokeOk,
  symbolicFinding,
  symbolicTarget,
  symbolicText,
} from "./report-samples.ts";

const tool = { name: "image-fix", version: "0.1.0" };
const schema: object = JSON.parse(readFileSync(new URL("../../schemas/report.schema.json", import.meta.url), "utf8"));
const validate = new Ajv({
  allErrors: true,
  allowUnionTypes: true,
  strict: true,
  strictRequired: false,
  strictTypes: false,
}).compile(schema);

function valid(text: string): unknown {
  const document: unknown = JSON.parse(text);
  validate(document);
  expect(validate.errors ?? []).toEqual([]);
  return document;
}

describe("renderJson", () => {
  test("an audit, field by field", () => {
    expect(valid(renderJson(auditReport, tool))).toEqual({
      schemaVersion: 1,
      tool,
      command: "audit",
      targets: [
        {
          target: "./Containerfile",
          kind: "containerfile",
          verdict: "symbolic",
          configUser: "app",
          uid: null,
          kubeletMessage:
            "container has runAsNonRoot and image has non-numeric user (app), cannot verify user is non-root",
          findings: [
            {
              rule: "symbolic-user",
              severity: "error",
              outcome: "fail",
              message: "USER names app, and the kubelet checks numbers only",
              line: 3,
              column: 6,
              endLine: 3,
              endColumn: 9,
              stage: "final",
              fix: { title: "Write the number: USER 1000", applicability: "safe" },
              needsPerson: false,
            },
          ],
          ignored: [],
          hints: [],
          evidence: ["base alpine:3.20: user root (none set): known images"],
          fix: null,
          proof: null,
          podSecurity: null,
          digest: null,
          platform: null,
          error: null,
        },
      ],
      summary: {
        targets: 1,
        admit: 0,
        root: 0,
        symbolic: 1,
        invalid: 0,
        unknown: 0,
        notApplicable: 0,
      },
      error: null,
    });
  });

  test("a fix with its proof", () => {
    expect(valid(renderJson(fixReport, tool))).toMatchObject({
      targets: [
        {
          fix: {
            changed: true,
            written: true,
            diff: expect.stringContaining("+USER 1000\n"),
            remaining: [],
          },
          proof: {
            engine: "podman",
            uid: 1000,
            gid: 1000,
            groups: [1000],
            userName: "app",
            id: "uid=1000(app) gid=1000(app) groups=1000(app)",
            capEff: "0000000000000000",
            noNewPrivs: true,
            writable: { "/home/app": true },
            sizeBefore: 8089600,
            sizeAfter: 8092672,
          },
        },
      ],
    });
  });

  test("an image whose command was started", () => {
    const smoke = { ...smokeDenied, original: { ...smokeOk, unrestricted: true as const } };
    const run = { ...provenImage, smoke, digest: `sha256:${"1".repeat(64)}` };
    expect(valid(renderJson(reportOf("verify", [run]), tool))).toMatchObject({
      targets: [
        {
          kind: "image",
          proof: { runAsUser: null, readOnly: false, kubernetesGid: 1000, method: "id" },
          smoke: {
            command: ["/app/serve"],
            outcome: "exited",
            exitCode: 1,
            permissionErrors: ["/app/serve: can't create /data/x: Permission denied"],
            fault: expect.stringContaining("exit code 1"),
            unrestricted: false,
            original: { outcome: "running", fault: null, unrestricted: true },
          },
        },
      ],
    });
  });

  test("findings of the fixed text have places in it", () => {
    const fixed = fixReport.targets[0];
    if (fixed?.fix == null) throw new Error("the sample has a fix");
    const text = `# a line more\n${symbolicText}`;
    const report = reportOf("fix", [
      {
        ...fixed,
        fix: { ...fixed.fix, text, remaining: [{ ...portFinding, span: { start: 14, end: 18 } }] },
      },
    ]);
    expect(valid(renderJson(report, tool))).toMatchObject({
      targets: [{ fix: { remaining: [{ line: 2, column: 1, outcome: "open", fix: null }] } }],
    });
  });

  test("a file that does not parse", () => {
    expect(valid(renderJson(mixedReport, tool))).toMatchObject({
      summary: { targets: 3, admit: 1, symbolic: 1, unknown: 1 },
      targets: [
        { error: null },
        { error: null },
        {
          error: {
            code: "SYNTAX",
            message: "./broken/Containerfile:2:1: unknown instruction RUNN",
            hint: "did you mean RUN?",
          },
        },
      ],
    });
  });

  test("images", () => {
    expect(valid(renderJson(reportOf("verify", [provenImage, rootImage]), tool))).toMatchObject({
      targets: [
        { kind: "image", verdict: "admit", platform: "linux/amd64", proof: { sizeBefore: null } },
        { kind: "image", verdict: "root", configUser: "", proof: null },
      ],
    });
  });

  const failures: readonly Failure[] = [
    { code: "USAGE", message: "m" },
    { code: "UNREADABLE", file: "f", message: "m" },
    { code: "SYNTAX", file: "f", line: 1, column: 1, message: "m" },
    { code: "CONFIG_INVALID", file: "f", message: "m" },
    { code: "RECIPE_INVALID", file: "f", line: 1, column: 1, message: "m" },
    { code: "ENGINE_UNAVAILABLE", engine: "podman", message: "m", hint: "h" },
    { code: "IMAGE_NOT_FOUND", reference: "r", message: "m" },
    { code: "ENGINE_FAILED", engine: "podman", message: "m" },
    { code: "BUILD_FAILED", engine: "podman", exitCode: 1, log: "l" },
    { code: "TIMEOUT", what: "w", seconds: 3 },
    { code: "PROOF_FAILED", message: "m", expected: "e", actual: "a" },
    { code: "WRITE_FAILED", file: "f", message: "m" },
    { code: "INTERRUPTED", signal: "SIGINT" },
  ];
  test.each(failures)("the failure $code is described by the schema", (failure) => {
    valid(renderJson(reportOf("audit", [failedTarget("f", "containerfile", failure)]), tool));
    expect(valid(renderJson(reportOf("audit", []), tool, failure))).toMatchObject({
      targets: [],
      error: { code: failure.code },
    });
  });

  test("keeps values and shows no character that a terminal acts on", () => {
    const text = renderJson(
      reportOf("audit", [
        {
          ...symbolicTarget,
          target: hostile,
          findings: [{ ...symbolicFinding, message: hostile }],
        },
      ]),
      tool,
    );
    // oxlint-disable-next-line no-control-regex -- what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(valid(text)).toMatchObject({
      targets: [{ target: hostile, findings: [{ message: hostile }] }],
    });
  });
});
