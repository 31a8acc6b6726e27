import { testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

testRule(rule, {
  valid: [
    { name: "with a group", text: "FROM scratch\nUSER 65532:65532\n" },
    { name: "with an empty group, which is root-group's", text: "FROM scratch\nUSER 65532:\n" },
    { name: "with an account", text: "FROM alpine:3.20\nRUN adduser -D -u 65532 app\nUSER 65532\n" },
    { name: "the base image's account", text: "FROM node:22\nUSER 1000\n" },
    { name: "what may be its account", text: "FROM alpine:3.20\nRUN adduser -D app\nUSER 1000\n" },
    { name: "a base that nobody knows", text: "FROM example.com/b\nUSER 65532\n" },
    { name: "a copied passwd file", text: "FROM scratch\nCOPY passwd /etc/passwd\nUSER 65532\n" },
    { name: "with --openshift", text: "FROM scratch\nUSER 65532\n", openshift: true },
    { name: "a name", text: "FROM scratch\nUSER app\n" },
  ],
  invalid: [
    {
      name: "scratch",
      text: "FROM scratch\nCOPY a /a\nUSER 65532\n",
      lines: [3],
      marks: ["65532"],
      says: ["group 0 and HOME=/"],
    },
    { name: "Alpine", text: "FROM alpine:3.20\nUSER 65532\n", lines: [2] },
    { name: "beside an account of any uid", text: "FROM alpine:3.20\nRUN adduser -D app\nUSER 2000\n", lines: [3] },
    { name: "beside a system account", text: "FROM alpine:3.20\nRUN adduser -S app\nUSER 1000\n", lines: [3] },
    { name: "inherited from a stage", text: "FROM scratch AS s\nUSER 65532\nFROM s\n", lines: [2] },
  ],
});
