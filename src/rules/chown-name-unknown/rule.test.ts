import { testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

testRule(rule, {
  valid: [
    {
      name: "xargs may read nothing",
      text: "FROM debian:12\nRUN find /opt -name x | xargs -r chown nosuch\n",
    },
    {
      name: "find may find nothing",
      text: "FROM debian:12\nRUN find /opt -name x -exec chown nosuch {} +\n",
    },
    { name: "numbers", text: "FROM scratch\nCOPY --chown=65532:65532 a /a\n" },
    {
      name: "an account made above",
      text: "FROM alpine:3.20\nRUN adduser -D -u 1000 app\nCOPY --chown=app:app a /a\n",
    },
    {
      name: "made above under a condition",
      text: "FROM alpine:3.20\nRUN id app || adduser -D -u 1000 app\nCOPY --chown=app a /a\n",
    },
    {
      name: "an account made in the parent stage",
      text: "FROM alpine:3.20 AS b\nRUN adduser -D app\nFROM b\nCOPY --chown=app a /a\n",
    },
    { name: "the base image's account", text: "FROM node:22\nCOPY --chown=node:node . /app\n" },
    { name: "a base that nobody knows", text: "FROM example.com/base\nCOPY --chown=app:app a /a\n" },
    {
      name: "packages may bring the account",
      text: "FROM debian:12\nRUN apt-get update && apt-get install -y nginx\nCOPY --chown=nginx:nginx a /a\n",
    },
    { name: "--link with numbers", text: "FROM debian:12\nCOPY --link --chown=1000:1000 a /a\n" },
    { name: "--link and root", text: "FROM debian:12\nCOPY --link --chown=root:root a /a\n" },
    {
      name: "a stage that the build does not need",
      text: "FROM alpine:3.20 AS b\nCOPY --chown=nope a /a\nFROM alpine:3.20\n",
    },
    {
      name: "a builder stage with the account",
      text: "FROM alpine:3.20 AS b\nRUN adduser -D app\nCOPY --chown=app a /a\nFROM scratch\nCOPY --from=b /a /a\n",
    },
    {
      name: "a builder stage on a base that nobody knows",
      text: "FROM example.com/base AS b\nCOPY --chown=app a /a\nFROM scratch\nCOPY --from=b /a /a\n",
    },
    {
      name: "an account of the builder's parent, which ships too",
      text: "FROM alpine:3.20 AS p\nRUN adduser -D app\nFROM p AS b\nCOPY --chown=app a /a\nFROM p\nCOPY --from=b /a /a\n",
    },
    {
      name: "chown in the RUN that makes the account",
      text: "FROM alpine:3.20\nRUN adduser -D app && chown app /srv\n",
    },
    { name: "a chown that may not run", text: "FROM scratch\nRUN if true; then chown app /srv; fi\n" },
    {
      name: "the build goes on: chown nosuch /x || true",
      text: "FROM alpine:3.20\nRUN chown nosuch /x || true\n",
    },
    {
      name: "the build goes on: [ -d /x ] && chown nosuch /x || true",
      text: "FROM alpine:3.20\nRUN [ -d /x ] && chown nosuch /x || true\n",
    },
    {
      name: "the build goes on: chown nosuch /x; echo",
      text: "FROM alpine:3.20\nRUN chown nosuch /x; echo\n",
    },
    {
      name: "the build goes on: if chown nosuch /x; then echo; fi",
      text: "FROM alpine:3.20\nRUN if chown nosuch /x; then echo; fi\n",
    },
    ...[
      "chown nosuch /x; Y=1",
      "export OUT=$(chown nosuch /x)",
      "echo $(chown nosuch /x)",
      "f() { chown nosuch /x; echo; }; f",
      "set -e; f() { chown nosuch /x; echo; }; f || echo",
      "trap 'exit 0' EXIT; chown nosuch /x",
      "chown nosuch /x; exit 0",
      "names=(chown nosuch /x)",
    ].map((run) => ({ name: `the build goes on: ${run}`, text: `FROM alpine:3.20\nRUN ${run}\n` })),
    {
      name: "user.group, the old form",
      text: "FROM debian:12\nRUN chown -R nobody.nogroup /srv && chown 1000.1000 /opt\n",
    },
    {
      name: "a user with a point in its name",
      text: "FROM debian:12\nRUN useradd -l -u 1000 first.last\nRUN chown first.last /srv\n",
    },
    { name: "an owner that only running tells", text: 'FROM alpine:3.20\nRUN chown "$(id -u)" /srv\n' },
    {
      name: "the group that comes with an account",
      text: "FROM alpine:3.20\nRUN adduser -D -u 1000 app\nCOPY --chown=app:app . /app\n",
    },
    {
      name: "the group that useradd makes",
      text: "FROM debian:bookworm-slim\nRUN useradd -l -u 1000 app\nRUN mkdir /b && chown app:app /b\n",
    },
    {
      name: "the group that Debian's system account has",
      text: "FROM debian:bookworm-slim\nRUN adduser --system --group app\nCOPY --chown=app:app . /app\n",
    },
    {
      name: "nogroup of a system account",
      text: "FROM alpine:3.20\nRUN adduser -S -u 1000 app\nCOPY --chown=app:nogroup . /app\n",
    },
    {
      name: "a group that was renamed",
      text: "FROM debian:bookworm-slim\nRUN groupmod -n app games\nCOPY --chown=:app . /app\n",
    },
  ],
  invalid: [
    ...[
      "OUT=$(chown nosuch /x)",
      "OUT=$(chown nosuch /x) && echo",
      "f() { chown nosuch /x; }; f",
      "set -o errexit; f() { chown nosuch /x; echo; }; f",
      "if ! chown nosuch /x; then exit 1; fi",
      "chown nosuch /x; exit $?",
    ].map((run) => ({ name: `the build stops: ${run}`, text: `FROM alpine:3.20\nRUN ${run}\n`, lines: [2] })),
    {
      name: "a shell in exec form that stops at the first failure",
      text: 'FROM alpine:3.20\nRUN ["/bin/sh", "-ec", "chown nosuch /x; echo"]\n',
      lines: [2],
    },
    {
      name: "an interpreter that stops at the first failure",
      text: "FROM debian:12\nRUN <<EOF\n#!/usr/bin/env -S bash -e\nchown nosuch /x\necho\nEOF\n",
      lines: [4],
    },
    {
      name: "in a stage that is copied from",
      text: "FROM alpine:3.20 AS b\nCOPY --chown=nope a /a\nFROM alpine:3.20\nCOPY --from=b /a /a\n",
      lines: [2],
    },
    {
      name: "in a stage that is mounted from, by a stage that is copied from",
      text: "FROM scratch AS a\nCOPY --chown=app a /a\nFROM alpine:3.20 AS b\nRUN --mount=from=a cp /mnt/a /a\nFROM scratch\nCOPY --from=1 /a /a\n",
      lines: [2],
    },
    {
      name: "once in a stage that two builders are based on",
      text: "FROM alpine:3.20 AS p\nCOPY --chown=nope a /a\nFROM p AS b\nFROM p AS c\nFROM scratch\nCOPY --from=b /a /a\nCOPY --from=c /a /c\n",
      lines: [2],
    },
    {
      name: "once in a stage that ships and that a builder is based on",
      text: "FROM alpine:3.20 AS p\nCOPY --chown=nope a /a\nFROM p AS b\nFROM p\nCOPY --from=b /a /a\n",
      lines: [2],
    },
    {
      name: "made further down",
      text: "FROM alpine:3.20\nCOPY --chown=app:app a /a\nRUN adduser -D -u 65532 app\n",
      lines: [2],
      marks: ["--chown=app:app"],
    },
    { name: "ADD too", text: "FROM alpine:3.20\nADD --chown=app a /a\nRUN adduser -D -u 65532 app\n", lines: [2] },
    {
      name: "from a variable",
      text: "FROM alpine:3.20\nARG U=app\nCOPY --chown=$U a /a\nRUN adduser -D -u 65532 app\n",
      lines: [3],
    },
    { name: "scratch has no names", text: "FROM scratch\nCOPY --chown=app:app a /a\n", lines: [2] },
    {
      name: "only the group is missing",
      text: "FROM alpine:3.20\nRUN adduser -D -u 1 app\nCOPY --chown=app:web a /a\nRUN addgroup web\n",
      lines: [3],
      says: ['the group "web"'],
    },
    {
      name: "the build stops: [ -d /x ] && chown nosuch /x",
      text: "FROM alpine:3.20\nRUN [ -d /x ] && chown nosuch /x\n",
      lines: [2],
    },
    {
      name: "the build stops: set -e; chown nosuch /x; echo",
      text: "FROM alpine:3.20\nRUN set -e; chown nosuch /x; echo\n",
      lines: [2],
    },
    {
      name: "the build stops: chown nosuch /x || exit 1",
      text: "FROM alpine:3.20\nRUN chown nosuch /x || exit 1\n",
      lines: [2],
    },
    {
      name: "the group of the old form",
      text: "FROM debian:12\nRUN chown -R nobody.nosuch /srv\n",
      lines: [2],
      says: ['the group "nosuch"'],
    },
    {
      name: "the old form is no form of --chown",
      text: "FROM debian:12\nCOPY --chown=nobody.nogroup a /srv\n",
      lines: [2],
      says: ['the user "nobody.nogroup"'],
    },
    {
      name: "--link cannot look names up",
      text: "FROM debian:12\nRUN useradd -u 1000 app\nCOPY --link --chown=app a /a\n",
      lines: [3],
      says: ["--link copies onto an empty layer"],
    },
    {
      name: "--link and a name of the base image",
      text: "FROM node:22\nCOPY --link --chown=node:node a /a\n",
      lines: [2],
    },
    {
      name: "chown in a RUN above the account",
      text: "FROM alpine:3.20\nRUN chown app /srv\nRUN adduser -D -u 1000 app\n",
      lines: [2],
      marks: ["app"],
    },
    {
      name: "chgrp in a RUN above the group",
      text: "FROM alpine:3.20\nRUN chgrp -R web /srv\nRUN addgroup -g 1000 web\n",
      lines: [2],
    },
    {
      name: "BusyBox's system account has no group of its own",
      text: "FROM alpine:3.20\nRUN adduser -S -u 1000 app\nCOPY --chown=app:app . /app\nUSER 1000\n",
      lines: [3],
      says: ['the group "app"'],
    },
    {
      name: "useradd -N makes no group",
      text: "FROM debian:bookworm-slim\nRUN useradd -l -N -u 1000 app\nRUN mkdir /b && chown app:app /b\n",
      lines: [3],
      says: ['the group "app"'],
    },
  ],
});
