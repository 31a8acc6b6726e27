import { describe, expect, test } from "vitest";
import { judge, testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

const kubelet = "container has runAsNonRoot and image will run as root";

testRule(rule, {
  valid: [
    { name: "a number", text: "FROM alpine:3.20\nUSER 65532\n" },
    { name: "a number behind a root window", text: "FROM alpine:3.20\nUSER root\nRUN true\nUSER 65532\n" },
    { name: "a name is another rule's", text: "FROM alpine:3.20\nUSER app\n" },
    { name: "inherited from a stage", text: "FROM alpine:3.20 AS base\nUSER 1000\nFROM base\n" },
    {
      name: "root in a stage that only builds",
      text: "FROM alpine:3.20 AS b\nUSER root\nFROM alpine:3.20\nCOPY --from=b /x /x\nUSER 1000\n",
    },
    { name: "the base image's number", text: "FROM example.com/base\n", baseUser: "1001" },
    {
      name: "--target of an earlier stage",
      text: "FROM alpine:3.20 AS run\nUSER 1000\nFROM run AS test\nUSER 0\n",
      target: "run",
    },
    { name: "a base that nobody can read", text: "FROM example.com/unknown\n" },
    { name: "a Windows image", text: "FROM mcr.microsoft.com/windows/servercore:ltsc2022\n" },
    { name: "a build argument that is given", text: "FROM alpine:3.20\nARG U=0\nUSER $U\n", buildArgs: { U: "1000" } },
    { name: "a trigger is onbuild-user's", text: "FROM alpine:3.20 AS p\nONBUILD USER 0\nFROM p\n" },
  ],
  invalid: [
    { name: "no USER", text: "FROM alpine:3.20\nCMD id\n", lines: [1], marks: ["alpine:3.20"], says: [kubelet] },
    {
      name: "no USER behind a stage that is copied whole over scratch",
      text: "FROM alpine:3.20 AS b\nUSER 1000\nFROM scratch\nCOPY --from=b / /\n",
      lines: [3],
      says: ["No USER is set"],
    },
    { name: "no USER in scratch", text: "FROM scratch\nCOPY a /a\n", lines: [1], marks: ["scratch"] },
    { name: "zero", text: "FROM alpine:3.20\nUSER 0\n", lines: [2], marks: ["0"], says: ["USER 0 is uid 0"] },
    { name: "padded zero", text: "FROM alpine:3.20\nUSER 00:0\n", lines: [2], marks: ["00:0"] },
    { name: "signed zero", text: "FROM alpine:3.20\nUSER +0\n", lines: [2] },
    {
      name: "an empty user part",
      text: "FROM alpine:3.20\nUSER :1000\n",
      lines: [2],
      says: ["leaves the user part empty"],
    },
    { name: "an empty string", text: 'FROM alpine:3.20\nUSER ""\n', lines: [2], marks: ['""'] },
    {
      name: "root by name, in the kubelet's words",
      text: "FROM alpine:3.20\nUSER root\n",
      lines: [2],
      says: ["container has runAsNonRoot and image has non-numeric user (root), cannot verify user is non-root"],
    },
    { name: "root from a variable", text: "FROM alpine:3.20\nENV U=root\nUSER ${U}\n", lines: [3], marks: ["${U}"] },
    {
      name: "variables that nobody declares",
      text: "FROM alpine:3.20\nUSER ${A}:${B}\n",
      lines: [2],
      says: ['becomes ":" because A has no value'],
    },
    { name: "the last USER counts", text: "FROM alpine:3.20\nUSER 1000\nUSER 0\n", lines: [3] },
    { name: "a USER that is split over lines", text: "FROM alpine:3.20\nUSER \\\n  0\n", lines: [3], marks: ["0"] },
    {
      name: "inherited from a stage",
      text: "FROM debian:12 AS base\nUSER root\nFROM base AS mid\nFROM mid\nCMD x\n",
      lines: [2],
      says: ['(inherited from stage "base")'],
    },
    {
      name: "no USER in any stage",
      text: "FROM alpine:3.20 AS base\nFROM base AS last\n",
      lines: [2],
      marks: ["base"],
    },
    {
      name: "a USER of a stage that only builds",
      text: "FROM node:22 AS b\nUSER node\nFROM node:22-slim\nCOPY --from=b /a /a\n",
      lines: [3],
    },
    {
      name: "the base image's user",
      text: "FROM example.com/base\n",
      baseUser: "root",
      lines: [1],
      says: ['runs as "root"'],
    },
    {
      name: "a name that is uid 0 in the context's /etc/passwd",
      text: "FROM scratch\nCOPY passwd /etc/passwd\nUSER toor\n",
      context: { passwd: "toor:x:0:0::/root:/bin/sh\n" },
      lines: [3],
    },
    { name: "a name that is uid 0", text: "FROM scratch\nCOPY passwd /etc/passwd\nUSER root\n", lines: [3] },
    {
      name: "an account made with uid 0",
      text: "FROM debian:12\nRUN useradd -o -u 0 admin\nUSER admin\n",
      lines: [3],
      says: ["is the account with uid 0"],
    },
    { name: "behind a BOM and with CRLF", text: "\ufeffFROM alpine:3.20\r\nUSER 0\r\n", lines: [2], marks: ["0"] },
    {
      name: "--target of a root stage",
      text: "FROM alpine:3.20 AS a\nFROM alpine:3.20 AS b\nUSER 1000\n",
      target: "A",
      lines: [1],
    },
  ],
});

describe("root-user", () => {
  test("offers a fix that is written automatically", () => {
    const [finding] = judge({ text: "FROM alpine:3.20\n" }).findings;
    expect(finding).toMatchObject({
      rule: "root-user",
      severity: "error",
      outcome: "fail",
      stage: "0",
      fix: { applicability: "safe" },
    });
  });
});
