import { known } from "../../core/finding.ts";
import { testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

const accounts = (name: string) => ({
  accounts: known(
    { passwd: [{ name, uid: 5, gid: 5, home: "/", shell: "", line: 1 }], group: [], complete: true },
    "test",
  ),
});

testRule(rule, {
  valid: [
    { name: "letters first", text: "FROM debian:12\nRUN useradd -u 1000 a1000\nUSER 1000\n" },
    { name: "the base image's names", text: "FROM example.com/b\n", base: accounts("app") },
  ],
  invalid: [
    { name: "made by adduser", text: "FROM alpine:3.20\nRUN adduser -D -u 1000 1000\n", lines: [2], marks: ["1000"] },
    { name: "written into passwd", text: "FROM debian:12\nRUN echo '1001:x:5:5::/:' >> /etc/passwd\n", lines: [2] },
    { name: "by tee", text: "FROM alpine:3.20\nRUN echo '1001:x:5:5::/:' | tee -a /etc/passwd\n", lines: [2] },
    { name: "the base image's", text: "FROM example.com/b\n", base: accounts("1001"), lines: [1], says: ["uid 5"] },
  ],
});
