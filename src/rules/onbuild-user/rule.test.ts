import { testRule } from "../test-kit.ts";
import { known } from "../../core/finding.ts";
import { rule } from "./rule.ts";

const onBuild = (...triggers: string[]) => ({ config: known({ onBuild: triggers }, "test") });

testRule(rule, {
  valid: [
    { name: "other triggers", text: "FROM alpine:3.20\nONBUILD RUN id\nUSER 1:1\n" },
    {
      name: "a number for children",
      text: "FROM alpine:3.20\nONBUILD USER 0\nONBUILD RUN id\nONBUILD USER 1000\nUSER 1:1\n",
    },
    { name: "the child has its own USER", text: "FROM alpine:3.20 AS p\nONBUILD USER 0\nUSER 1:1\nFROM p\nUSER 2:2\n" },
    {
      name: "a builder stage",
      text: "FROM alpine:3.20 AS p\nONBUILD USER 0\nFROM p AS b\nFROM alpine:3.20\nUSER 1:1\n",
    },
    {
      name: "the base image's trigger, with a USER behind it",
      text: "FROM example.com/b\nUSER 1:1\n",
      baseUser: "5",
      base: onBuild("USER 0"),
    },
  ],
  invalid: [
    { name: "it decides", text: "FROM alpine:3.20 AS p\nONBUILD USER 0\nUSER 1:1\nFROM p\n", lines: [2], marks: ["0"] },
    {
      name: "it decides with a number",
      text: "FROM alpine:3.20 AS p\nONBUILD USER 1000\nFROM p AS c\n",
      lines: [2],
      says: ['who "c" runs as'],
    },
    { name: "for children of this image", text: "FROM alpine:3.20\nONBUILD USER root\nUSER 1:1\n", lines: [2] },
    {
      name: "the base image's trigger decides",
      text: "FROM example.com/b\n",
      baseUser: "5",
      base: onBuild("RUN x", "USER 0"),
      lines: [1],
    },
  ],
});
