import { testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

testRule(rule, {
  valid: [
    { name: "pinned", text: "FROM debian:12\nRUN useradd -l -u 10001 app\nUSER app\n" },
    { name: "the image runs as root", text: "FROM debian:12\nRUN useradd app\n" },
    { name: "another account", text: "FROM debian:12\nRUN useradd other && useradd -u 10001 app\nUSER app\n" },
    { name: "a number that cannot be it", text: "FROM debian:12\nRUN useradd other\nUSER 65532:65532\n" },
    { name: "given by an argument", text: "FROM debian:12\nARG ID\nRUN useradd -u $ID app\nUSER app\n" },
    { name: "a number with an account", text: "FROM node:22\nRUN useradd other\nUSER 1000\n" },
  ],
  invalid: [
    { name: "useradd", text: "FROM debian:12\nRUN useradd -m app\nUSER app\n", lines: [2], marks: ["useradd -m app"] },
    {
      name: "adduser -S",
      text: "FROM alpine:3.20\nRUN addgroup -S app && adduser -S -G app app\nUSER app\n",
      lines: [2],
      marks: ["adduser -S -G app app"],
    },
    { name: "in the parent stage", text: "FROM debian:12 AS p\nRUN useradd app\nFROM p\nUSER app\n", lines: [2] },
    { name: "from a variable", text: "FROM debian:12\nENV U=app\nRUN useradd $U\nUSER $U:$U\n", lines: [3] },
    {
      name: "a number that was looked up",
      text: "FROM debian:12\nRUN useradd app\nUSER 1000\n",
      lines: [2],
      says: ["USER is 1000"],
    },
  ],
});
