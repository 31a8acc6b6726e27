import { testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

testRule(rule, {
  valid: [
    { name: "the account's group", text: "FROM debian:12\nRUN useradd -l -u 10001 app\nUSER 10001:10001\n" },
    { name: "uid twice without an account", text: "FROM scratch\nUSER 65532:65532\n" },
    { name: "no group", text: "FROM debian:12\nRUN useradd -l -u 10001 app\nUSER 10001\n" },
    { name: "nothing known of the accounts", text: "FROM example.com/b\nUSER 1000:2000\n" },
    { name: "group 0 without an account is root-group's", text: "FROM scratch\nUSER 1000:0\n" },
    {
      name: "a group of its own that is given a gid",
      text: "FROM debian:12\nRUN useradd -l -u 1500 app && groupmod -g 65532 app\nUSER 1500:65532\n",
    },
    {
      name: "a gid that adduser gives to the group too",
      text: "FROM debian:12\nRUN adduser --disabled-password --uid 65532 app\nUSER 65532:65532\n",
    },
    {
      name: "a system account's own group",
      text: "FROM alpine:3.20\nRUN addgroup -g 1500 app && adduser -S -G app -u 1500 app\nUSER 1500:1500\n",
    },
    {
      name: "nogroup asked for",
      text: "FROM alpine:3.20\nRUN adduser -S -u 1500 app\nUSER 1500:65533\n",
    },
    {
      name: "the group that useradd -N gives, asked for",
      text: "FROM debian:bookworm-slim\nRUN useradd -l -N -u 1500 app\nUSER 1500:100\n",
    },
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
    {
      name: "a gid that useradd gives to no group of its own",
      text: "FROM debian:12\nRUN useradd -l -u 65532 app\nUSER 65532:65532\n",
      lines: [3],
      says: ["it runs with a group of its own, Docker and podman with 65532"],
    },
    { name: "no account", text: "FROM scratch\nUSER 1000:2000\n", lines: [2], says: ["runs with group 0"] },
    {
      name: "a group made in the file, by name",
      text: "FROM debian:12\nRUN groupadd -g 2000 web && useradd -l -u 10001 app\nUSER 10001:web\n",
      lines: [3],
    },
    {
      name: "BusyBox's system account belongs to nogroup",
      text: "FROM alpine:3.20\nRUN adduser -S -u 1500 app\nUSER 1500:1500\n",
      lines: [3],
      says: ["group 65533"],
    },
    {
      name: "useradd -N gives users",
      text: "FROM debian:bookworm-slim\nRUN useradd -l -N -u 1500 app\nUSER 1500:1500\n",
      lines: [3],
      says: ["group 100"],
    },
  ],
});
