import { testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

testRule(rule, {
  valid: [
    { name: "a group of its own", text: "FROM alpine:3.20\nUSER 10001:10001\n" },
    { name: "no group", text: "FROM alpine:3.20\nRUN adduser -D -u 10001 app\nUSER 10001\n" },
    { name: "with --openshift", text: "FROM alpine:3.20\nUSER 10001:0\n", openshift: true },
    {
      name: "an account with another group decides",
      text: "FROM debian:12\nRUN useradd -l -u 10001 app\nUSER 10001:\n",
    },
    { name: "root anyway", text: "FROM alpine:3.20\nUSER 0:0\n" },
    { name: "a name", text: "FROM alpine:3.20\nUSER app:0\n" },
  ],
  invalid: [
    {
      name: "an empty group",
      text: "FROM alpine:3.20\nARG USER_UID=10001\nUSER ${USER_UID}:${USER_GID}\n",
      lines: [3],
      says: ['is "10001:"'],
    },
    { name: "zero", text: "FROM alpine:3.20\nUSER 10001:0\n", lines: [2], marks: ["10001:0"] },
    { name: "padded zero", text: "FROM alpine:3.20\nUSER 10001:00\n", lines: [2] },
    { name: "by name", text: "FROM alpine:3.20\nUSER 10001:root\n", lines: [2] },
    {
      name: "an account made with group 0",
      text: "FROM debian:12\nRUN useradd -l -u 10001 -g 0 app\nUSER 10001:0\n",
      lines: [3],
    },
  ],
});
