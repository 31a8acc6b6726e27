import { testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

testRule(rule, {
  valid: [
    { name: "the account's group", text: "FROM debian:12\nRUN useradd -l -u 10001 app\nUSER 10001:10001\n" },
    { name: "uid twice without an account", text: "FROM scratch\nUSER 65532:65532\n" },
    { name: "no group", text: "FROM debian:12\nRUN useradd -l -u 10001 app\nUSER 10001\n" },
    { name: "nothing known of the accounts", text: "FROM example.com/b\nUSER 1000:2000\n" },
    { name: "group 0 without an account is root-group's", text: "FROM scratch\nUSER 1000:0\n" },
  ],
  invalid: [
    {
      name: "another group than the account's",
      text: "FROM debian:12\nRUN useradd -l -u 10001 app\nUSER 10001:2000\n",
      lines: [3],
      says: ["runs with group 10001, Docker and podman with 2000"],
    },
    {
      name: "group 0 beside an account's",
      text: "FROM debian:12\nRUN useradd -l -u 10001 app\nUSER 10001:0\n",
      lines: [3],
    },
    { name: "no account", text: "FROM scratch\nUSER 1000:2000\n", lines: [2], says: ["runs with group 0"] },
    {
      name: "a group made in the file, by name",
      text: "FROM debian:12\nRUN groupadd -g 2000 web && useradd -l -u 10001 app\nUSER 10001:web\n",
      lines: [3],
    },
  ],
});
