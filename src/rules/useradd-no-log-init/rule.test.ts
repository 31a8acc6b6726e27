import { testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

testRule(rule, {
  valid: [
    { name: "-l", text: "FROM ubuntu:22.04\nRUN useradd -l -u 1553201121 app\n" },
    { name: "--no-log-init", text: "FROM ubuntu:22.04\nRUN useradd --no-log-init --uid 1553201121 app\n" },
    { name: "-lmu in one", text: "FROM ubuntu:22.04\nRUN useradd -lmu 1553201121 app\n" },
    { name: "five digits", text: "FROM ubuntu:22.04\nRUN useradd -u 99999 app\n" },
    { name: "adduser", text: "FROM alpine:3.20\nRUN adduser -D -u 1553201121 app\n" },
    { name: "Alpine's shadow", text: "FROM alpine:3.20\nRUN apk add shadow && useradd -u 1553201121 app\n" },
    { name: "a builder stage", text: "FROM ubuntu:22.04 AS b\nRUN useradd -u 1553201121 app\nFROM ubuntu:22.04\n" },
  ],
  invalid: [
    {
      name: "ten digits",
      text: "FROM ubuntu:22.04\nRUN useradd -u 1553201121 app\n",
      lines: [2],
      marks: ["useradd -u 1553201121 app"],
      says: ["454 GB"],
    },
    { name: "six digits", text: "FROM fedora:40\nRUN useradd --uid=100000 app\n", lines: [2], says: ["29 MB"] },
    { name: "from a variable", text: "FROM debian:12\nARG ID=1234567\nRUN useradd -m -u ${ID} app\n", lines: [3] },
  ],
});
