import type { Log } from "sarif";
import { describe, expect, test } from "vitest";
import type { Severity } from "../core/finding.ts";
import { reportOf, type RunReport, type TargetResult } from "../results/run-report.ts";
import {
  auditReport,
  fixReport,
  mixedReport,
  portFinding,
  rootImage,
  symbolicFinding,
  symbolicTarget,
  symbolicText,
} from "./report-samples.ts";
import { renderSarif } from "./sarif.ts";

const options = {
  tool: { name: "image-fix", version: "0.1.0" },
  rules: [
    { id: "symbolic-user", title: "USER is a number", severity: "error", aliases: ["X1"] },
    { id: "unused", title: "not there", severity: "info" },
  ],
} as const;

/** What was rendered, read back. */
const log = (report: RunReport): Log => JSON.parse(renderSarif(report, options));
const run = (report: RunReport) => log(report).runs[0];
const hashes = (target: TargetResult): unknown =>
  run(reportOf("audit", [target]))?.results?.map(({ partialFingerprints }) => partialFingerprints);

/** What code scanning sorts a rule by whose findings have these severities. */
const scoreAs = (...severities: readonly Severity[]): unknown =>
  run(
    reportOf("audit", [
      { ...symbolicTarget, findings: severities.map((severity) => ({ ...symbolicFinding, severity })) },
    ]),
  )?.tool.driver.rules?.[0]?.properties?.["security-severity"];

describe("renderSarif", () => {
  test("one result with its place and its rule", () => {
    expect(log(auditReport)).toEqual({
      $schema: "https://json.schemastore.org/sarif-2.1.0.json",
      version: "2.1.0",
      runs: [
        {
          tool: {
            driver: {
              name: "image-fix",
              version: "0.1.0",
              rules: [
                {
                  id: "symbolic-user",
                  shortDescription: { text: "USER is a number" },
                  fullDescription: { text: "USER is a number." },
                  help: {
                    text: "USER is a number.\n\nMore: image-fix explain symbolic-user",
                    markdown: "USER is a number.\n\nMore: `image-fix explain symbolic-user`",
                  },
                  defaultConfiguration: { level: "error" },
                  properties: {
                    tags: ["security", "kubernetes"],
                    precision: "high",
                    "security-severity": "7.5",
                    aliases: ["X1"],
                  },
                },
              ],
            },
          },
          columnKind: "utf16CodeUnits",
          originalUriBaseIds: { "%SRCROOT%": { description: { text: "The folder that image-fix was started in." } } },
          invocations: [{ executionSuccessful: true }],
          results: [
            {
              ruleId: "symbolic-user",
              ruleIndex: 0,
              kind: "fail",
              level: "error",
              message: { text: "USER names app, and the kubelet checks numbers only" },
              locations: [
                {
                  physicalLocation: {
                    artifactLocation: { uri: "Containerfile", uriBaseId: "%SRCROOT%" },
                    region: { startLine: 3, startColumn: 6, endLine: 3, endColumn: 9 },
                  },
                },
              ],
              partialFingerprints: { primaryLocationLineHash: expect.stringMatching(/^[0-9a-f]+:1$/) },
              properties: {
                severity: "error",
                stage: "final",
                fix: { title: "Write the number: USER 1000", applicability: "safe" },
              },
            },
          ],
        },
      ],
    });
  });

  test("what could not be known has kind open, whose level is none", () => {
    const report = reportOf("audit", [{ ...symbolicTarget, verdict: "admit", findings: [portFinding] }]);
    expect(run(report)?.results?.[0]).toMatchObject({
      kind: "open",
      level: "none",
      properties: { severity: "warning" },
    });
  });

  test("info is a note", () => {
    const report = reportOf("audit", [
      {
        ...symbolicTarget,
        verdict: "admit",
        findings: [{ ...portFinding, severity: "info", outcome: "fail" }],
      },
    ]);
    expect(run(report)?.results?.[0]).toMatchObject({ kind: "fail", level: "note" });
  });

  test("a failure is a notification and the run no success", () => {
    expect(run(mixedReport)?.invocations).toEqual([
      {
        executionSuccessful: false,
        toolExecutionNotifications: [
          {
            level: "error",
            descriptor: { id: "SYNTAX" },
            message: {
              text: "./broken/Containerfile:2:1: unknown instruction RUNN\ndid you mean RUN?",
            },
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: "broken/Containerfile", uriBaseId: "%SRCROOT%" },
                },
              },
            ],
          },
        ],
      },
    ]);
  });

  test("a fixed and written file has no results left", () => {
    expect(run(fixReport)?.results).toEqual([]);
  });

  test("an image that the kubelet refuses is a result at a path of its name, as code scanning wants a path", () => {
    expect(run(reportOf("verify", [{ ...rootImage, target: "docker://localhost:5000/root:1" }]))?.results).toEqual([
      {
        ruleId: "root-user",
        ruleIndex: 0,
        kind: "fail",
        level: "error",
        message: { text: "container has runAsNonRoot and image will run as root" },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: "localhost%3A5000/root%3A1" },
              region: { startLine: 1 },
            },
            logicalLocations: [{ fullyQualifiedName: "docker://localhost:5000/root:1", kind: "image" }],
          },
        ],
        partialFingerprints: { primaryLocationLineHash: expect.stringMatching(/^[0-9a-f]+:1$/) },
        properties: { severity: "error" },
      },
    ]);
  });

  test("a result is known again when lines come above it, and told from others", () => {
    const above = "# a line more\n";
    const moved = { ...symbolicFinding, span: { start: 41 + above.length, end: 44 + above.length } };
    expect(hashes({ ...symbolicTarget, text: above + symbolicText, findings: [moved] })).toEqual(
      hashes(symbolicTarget),
    );
    expect(hashes({ ...symbolicTarget, findings: [{ ...symbolicFinding, span: { start: 0, end: 4 } }] })).not.toEqual(
      hashes(symbolicTarget),
    );
    expect(hashes(rootImage)).not.toEqual(hashes({ ...rootImage, target: "localhost/root:2" }));
  });

  test("a rule that has no page says why and what to do", () => {
    const rule = { id: "symbolic-user", title: "T", severity: "error", why: "It fails.", fix: "Mend it." } as const;
    const text = renderSarif(auditReport, { tool: options.tool, rules: [rule] });
    expect(JSON.parse(text).runs[0].tool.driver.rules[0]).toMatchObject({
      fullDescription: { text: "T. It fails." },
      help: { text: "T. It fails.\n\nMend it.\n\nMore: image-fix explain symbolic-user" },
    });
  });

  test("a rule's page is its help, below its heading and without links into the package", () => {
    const page = "# symbolic-user\n\n**error** · T\n\nSee [manifests](../manifest.md) and [K](https://k8s.io/x).\n";
    const rule = { id: "symbolic-user", title: "T", severity: "error", page } as const;
    const text = renderSarif(auditReport, { tool: options.tool, rules: [rule] });
    expect(JSON.parse(text).runs[0].tool.driver.rules[0].help).toEqual({
      text: "T.\n\nMore: image-fix explain symbolic-user",
      markdown: "**error** · T\n\nSee manifests and [K](https://k8s.io/x).",
    });
  });

  test("an alert is sorted by the severity that the configuration gives its rule", () => {
    expect([scoreAs("error"), scoreAs("warning"), scoreAs("info")]).toEqual(["7.5", "5.0", "2.0"]);
    expect(scoreAs("info", "error", "warning")).toBe("7.5");
  });

  test.each([
    ["./a b/C#1", "a%20b/C%231", "%SRCROOT%"],
    ["/srv/Containerfile", "file:///srv/Containerfile", undefined],
    ["../x/Ünï", "../x/%C3%9Cn%C3%AF", "%SRCROOT%"],
    ["-", "stdin", undefined],
    ["a\ud800b", "a%EF%BF%BDb", "%SRCROOT%"],
  ])("the path %j is the URI %s", (target, uri, uriBaseId) => {
    const location = run(reportOf("audit", [{ ...symbolicTarget, target }]))?.results?.[0]?.locations?.[0];
    expect(location?.physicalLocation?.artifactLocation).toEqual({
      uri,
      ...(uriBaseId === undefined ? {} : { uriBaseId }),
    });
  });
});
