import { testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

testRule(rule, {
  valid: [
    {
      name: "a group that is there, where nobody minds that it cannot be made again",
      text: "FROM debian:bookworm-slim\nRUN groupadd www-data; echo ok\nUSER 33\n",
    },
    {
      name: "the same with its own gid",
      text: "FROM alpine:3.20\nRUN set -x ; addgroup -g 82 -S www-data ; adduser -u 82 -D -S -G www-data www-data && exit 0 ; exit 1\nUSER 82\n",
    },
    { name: "a free uid", text: "FROM ubuntu:24.04\nRUN useradd -u 10001 app\n" },
    { name: "1000 was free before 23.04", text: "FROM ubuntu:22.04\nRUN useradd -u 1000 app\n" },
    { name: "behind ||", text: "FROM ubuntu:24.04\nRUN id ubuntu || useradd -u 1000 app\n" },
    { name: "caught by ||", text: "FROM ubuntu:24.04\nRUN useradd -u 1000 app || true\n" },
    { name: "with -o", text: "FROM ubuntu:24.04\nRUN useradd -o -u 1000 app\n" },
    { name: "behind userdel", text: "FROM ubuntu:24.04\nRUN userdel -r ubuntu && useradd -u 1000 app\n" },
    {
      name: "behind userdel in an earlier RUN",
      text: "FROM ubuntu:24.04\nRUN userdel -r ubuntu\nRUN useradd -u 1000 app\n",
    },
    { name: "behind usermod -u", text: "FROM node:22\nRUN usermod -u 1001 node && useradd -u 1000 app\n" },
    { name: "an unknown base", text: "FROM example.com/base\nRUN useradd -u 1000 app\n" },
    {
      name: "an account in a stage that is copied from, whose failure the build goes over",
      text: "FROM ubuntu:24.04 AS b\nRUN useradd -u 1000 app; touch /a\nFROM alpine:3.20\nCOPY --from=b /a /a\n",
    },
    {
      name: "the same account in two stages",
      text: "FROM alpine:3.20 AS b\nRUN adduser -D -u 5000 app\nFROM alpine:3.20\nCOPY --from=b /a /a\nRUN adduser -D -u 5000 app\n",
    },
    {
      name: "a stage that the build does not need",
      text: "FROM ubuntu:24.04 AS b\nRUN useradd -u 1000 app\nFROM alpine:3.20\n",
    },
    {
      name: "behind another /etc/passwd",
      text: "FROM ubuntu:24.04\nCOPY passwd /etc/passwd\nRUN useradd -u 1000 app\n",
    },
    { name: "no uid given", text: "FROM ubuntu:24.04\nRUN useradd app\n" },
    {
      name: "two accounts in two branches",
      text: "FROM example.com/b\nRUN if true; then useradd -u 5000 app; else adduser -D -u 5000 app; fi\n",
    },
    { name: "groupadd -f", text: "FROM node:22\nRUN groupadd -f -g 1000 app\n" },
    {
      name: "a failure of a list that is caught",
      text: "FROM ubuntu:24.04\nRUN useradd -u 1000 app && mkdir /x || true\n",
    },
    {
      name: "a failure of a group that is caught",
      text: "FROM ubuntu:24.04\nRUN (useradd -u 1000 app && mkdir /x) || true && { useradd -u 1000 b; } || true\n",
    },
    {
      name: "a group that is there, as it is",
      text: "FROM debian:bookworm-slim\nRUN groupadd -f -r www-data && groupadd -r app && addgroup --system app\n",
    },
    {
      name: "a group that goes first",
      text: "FROM alpine:3.20\nRUN delgroup www-data && addgroup -S www-data\n",
    },
    {
      name: "a group that is made where it is missing",
      text: "FROM alpine:3.20\nRUN getent group app || addgroup app\nRUN getent group app || addgroup app\n",
    },
    {
      name: "an account for a group that is there",
      text: "FROM debian:bookworm-slim\nRUN groupadd -g 5000 app && useradd -l -u 5000 -g app app && useradd -l -N -u 5001 audio\n",
    },
    {
      name: "a number that becomes free",
      text: "FROM ubuntu:24.04\nRUN userdel -r ubuntu && useradd -l app && usermod -u 1000 app && groupmod -g 1000 app\n",
    },
    {
      name: "a number that it has already",
      text: "FROM ubuntu:24.04\nRUN usermod -u 1000 ubuntu && groupmod -g 1000 ubuntu\n",
    },
    {
      name: "a number that may be shared",
      text: "FROM ubuntu:24.04\nRUN useradd -l -u 5000 app && usermod -o -u 1000 app\n",
    },
    {
      name: "the name of an account whose creation failed unheard, and that of its group",
      text: "FROM ubuntu:24.04\nRUN useradd -u 1000 app || true\nRUN groupadd -g 5000 app && useradd -u 5000 -g app app\n",
    },
  ],
  invalid: [
    {
      name: "in a stage that is copied from",
      text: "FROM ubuntu:24.04 AS b\nRUN useradd -u 1000 app\nFROM alpine:3.20\nCOPY --from=b /a /a\n",
      lines: [2],
    },
    {
      name: "ubuntu's 1000",
      text: "FROM ubuntu:24.04\nRUN useradd -l -u 1000 -m app\n",
      lines: [2],
      says: ['uid 1000 belongs to "ubuntu" already, so creating "app" fails and the build stops here'],
    },
    { name: "node's 1000", text: "FROM node:22\nRUN useradd --uid 1000 app\n", lines: [2], says: ['"node"'] },
    { name: "busybox adduser", text: "FROM node:22-alpine\nRUN adduser -D -u 1000 app\n", lines: [2] },
    { name: "from a variable", text: "FROM ubuntu:24.04\nARG ID=1000\nRUN useradd -u $ID app\n", lines: [3] },
    {
      name: "made above in the file",
      text: "FROM example.com/b\nRUN useradd -u 5000 one\nRUN useradd -u 5000 two\n",
      lines: [3],
      says: ['"one"'],
    },
    {
      name: "the name",
      text: "FROM node:22\nRUN useradd -u 5000 node\n",
      lines: [2],
      says: ['account "node" already'],
    },
    {
      name: "the gid first",
      text: "FROM node:22\nRUN groupadd -g 1000 app && useradd -u 1000 -g app app\n",
      lines: [2],
      says: ["gid 1000"],
    },
    {
      name: "a failure that set -e does not go over",
      text: "FROM ubuntu:24.04\nRUN set -e; useradd -u 1000 app; mkdir /x\n",
      lines: [2],
      says: [/stops here$/],
    },
    {
      name: "a failure that a pipe hides",
      text: "FROM ubuntu:24.04\nRUN useradd -u 1000 app | tee /x\n",
      lines: [2],
      says: [/fails$/],
    },
    {
      name: "a failure that the shell goes over",
      text: "FROM ubuntu:24.04\nRUN useradd -u 1000 app; mkdir /x\n",
      lines: [2],
      says: [/fails$/],
    },
    {
      name: "the name of a group of the base",
      text: "FROM alpine:3.20\nRUN addgroup -S www-data && adduser -S -G www-data www-data\nUSER www-data\n",
      lines: [2],
      says: ['a group "www-data" already'],
    },
    {
      name: "the same with groupadd and addgroup",
      text: "FROM debian:bookworm-slim\nRUN groupadd -r www-data\nRUN addgroup www-data\n",
      lines: [2, 3],
    },
    {
      name: "a group of the account's name",
      text: "FROM debian:bookworm-slim\nRUN useradd -l -u 5000 audio\n",
      lines: [2],
      says: ['a group "audio" already'],
    },
    {
      name: "a group that was made for it, without -g",
      text: "FROM debian:bookworm-slim\nRUN groupadd -g 5000 app && useradd -l -u 5000 app\n",
      lines: [2],
      says: ["creating the account of that name"],
    },
    {
      name: "BusyBox too",
      text: "FROM alpine:3.20\nRUN addgroup app && adduser -D app\n",
      lines: [2],
      says: ['a group "app" already'],
    },
    {
      name: "the number of BusyBox's own group",
      text: "FROM alpine:3.20\nRUN adduser -D -u 999 app\n",
      lines: [2],
      says: ['gid 999 belongs to the group "ping" already, so creating "app" fails and the build stops here'],
    },
    {
      name: "the same of a group that the file makes",
      text: "FROM alpine:3.20\nRUN addgroup -g 4001 web\nRUN adduser -D -u 4001 app\n",
      lines: [3],
      says: ['gid 4001 belongs to the group "web" already'],
    },
    {
      name: "usermod",
      text: "FROM ubuntu:24.04\nRUN useradd -l -u 5000 app && usermod -u 1000 app\n",
      lines: [2],
      says: ['giving it to "app"'],
    },
    {
      name: "groupmod",
      text: "FROM ubuntu:24.04\nRUN groupadd app && groupmod -g 1000 app\n",
      lines: [2],
      says: ['gid 1000 belongs to the group "ubuntu"'],
    },
  ],
});
