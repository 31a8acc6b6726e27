import { describe, expect, test } from "vitest";
import { judge, testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

testRule(rule, {
  valid: [
    { name: "a number", text: "FROM alpine:3.20\nUSER 1000:app\n" },
    { name: "root is root-user's", text: "FROM alpine:3.20\nUSER root\n" },
    { name: "a name that is replaced", text: "FROM alpine:3.20\nUSER app\nUSER 1000\n" },
    { name: "a name in a stage that only builds", text: "FROM node:22 AS b\nUSER node\nFROM alpine:3.20\nUSER 1000\n" },
    { name: "an out of range number is invalid-uid's", text: "FROM alpine:3.20\nUSER 4294967296\n" },
  ],
  invalid: [
    {
      name: "a name, in the kubelet's words",
      text: "FROM alpine:3.20\nUSER nobody\n",
      lines: [2],
      marks: ["nobody"],
      says: ["container has runAsNonRoot and image has non-numeric user (nobody), cannot verify user is non-root"],
    },
    {
      name: "a name and a group",
      text: "FROM alpine:3.20\nUSER app:1000\n",
      lines: [2],
      marks: ["app:1000"],
      says: ["(app)"],
    },
    {
      name: "from an argument's default",
      text: "FROM debian:12\nARG U=app\nUSER ${U}\n",
      lines: [3],
      marks: ["${U}"],
      says: ['USER ${U} is the name "app"'],
    },
    {
      name: "from the base image",
      text: "FROM example.com/jenkins\n",
      baseUser: "jenkins",
      lines: [1],
      says: ['runs as "jenkins"'],
    },
    {
      name: "from a stage",
      text: "FROM debian:12 AS base\nUSER app\nFROM base\n",
      lines: [2],
      says: ['(inherited from stage "base")'],
    },
    { name: "hexadecimal is a name", text: "FROM alpine:3.20\nUSER 0x3e8\n", lines: [2] },
    { name: "two words are a name", text: "FROM alpine:3.20\nUSER 1000 1000\n", lines: [2] },
    { name: "beyond 64 bits it is a name", text: "FROM alpine:3.20\nUSER 9223372036854775808\n", lines: [2] },
  ],
});

describe("symbolic-user", () => {
  test("names the number where it is certain", () => {
    const { findings } = judge({ text: "FROM debian:12\nRUN useradd -l -u 10001 app\nUSER app\n" });
    expect(findings).toMatchObject([{ fix: { title: "Write the number: USER 10001", applicability: "safe" } }]);
  });
});
