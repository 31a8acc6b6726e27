import { testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

testRule(rule, {
  valid: [
    { name: "as root", text: "FROM debian:12\nRUN apt-get update && apt-get install -y curl\nUSER 1000:1000\n" },
    {
      name: "in a root window",
      text: "FROM example.com/b\nUSER root\nRUN apk add curl\nUSER 1001\n",
      baseUser: "1001",
    },
    {
      name: "as uid 0 by number",
      text: "FROM debian:12\nUSER 1000\nUSER 0:1000\nRUN apt-get install -y curl\nUSER 1000\n",
    },
    { name: "with sudo", text: "FROM debian:12\nUSER 1000\nRUN sudo apt-get install -y curl\n" },
    { name: "in an if", text: "FROM debian:12\nUSER 1000\nRUN if command -v apk; then apk add curl; fi\n" },
    {
      name: "reading only",
      text: "FROM debian:12\nUSER 1000\nRUN apt-cache search curl && dpkg -l && rpm -qa && apk info\n",
    },
    {
      name: "the build goes on, or nothing is changed: apt-get install -y x || true",
      text: "FROM debian:12\nUSER 1000\nRUN apt-get install -y x || true\n",
    },
    {
      name: "the build goes on, or nothing is changed: apt-get update; echo done",
      text: "FROM debian:12\nUSER 1000\nRUN apt-get update; echo done\n",
    },
    {
      name: "the build goes on, or nothing is changed: apt-get update || echo skipped",
      text: "FROM debian:12\nUSER 1000\nRUN apt-get update || echo skipped\n",
    },
    {
      name: 'the build goes on, or nothing is changed: [ "$INSTALL" = yes ] && apt-get install -y x || true',
      text: 'FROM debian:12\nUSER 1000\nRUN [ "$INSTALL" = yes ] && apt-get install -y x || true\n',
    },
    {
      name: "the build goes on, or nothing is changed: if apt-get update; then echo; fi",
      text: "FROM debian:12\nUSER 1000\nRUN if apt-get update; then echo; fi\n",
    },
    {
      name: "the build goes on, or nothing is changed: apt-get update && apt-get install -y x; echo",
      text: "FROM debian:12\nUSER 1000\nRUN apt-get update && apt-get install -y x; echo\n",
    },
    {
      name: "the build goes on, or nothing is changed: apt-get update | tee /dev/null",
      text: "FROM debian:12\nUSER 1000\nRUN apt-get update | tee /dev/null\n",
    },
    {
      name: "the build goes on, or nothing is changed: set +e; apt-get update; echo",
      text: "FROM debian:12\nUSER 1000\nRUN set +e; apt-get update; echo\n",
    },
    {
      name: "the build goes on, or nothing is changed: apt-get -s install x",
      text: "FROM debian:12\nUSER 1000\nRUN apt-get -s install x\n",
    },
    {
      name: "the build goes on, or nothing is changed: apt-get -qs install x",
      text: "FROM debian:12\nUSER 1000\nRUN apt-get -qs install x\n",
    },
    {
      name: "the build goes on, or nothing is changed: apt-get install --dry-run x",
      text: "FROM debian:12\nUSER 1000\nRUN apt-get install --dry-run x\n",
    },
    {
      name: "the build goes on, or nothing is changed: dnf module list",
      text: "FROM debian:12\nUSER 1000\nRUN dnf module list\n",
    },
    {
      name: "the build goes on, or nothing is changed: dnf group list",
      text: "FROM debian:12\nUSER 1000\nRUN dnf group list\n",
    },
    {
      name: "the build goes on, or nothing is changed: yum info update",
      text: "FROM debian:12\nUSER 1000\nRUN yum info update\n",
    },
    {
      name: "the build goes on, or nothing is changed: pacman -Ss x",
      text: "FROM debian:12\nUSER 1000\nRUN pacman -Ss x\n",
    },
    {
      name: "the build goes on, or nothing is changed: pacman -Si x",
      text: "FROM debian:12\nUSER 1000\nRUN pacman -Si x\n",
    },
    {
      name: "the build goes on, or nothing is changed: rpm -qip x.rpm",
      text: "FROM debian:12\nUSER 1000\nRUN rpm -qip x.rpm\n",
    },
    {
      name: "the build goes on, or nothing is changed: apt-get --help install",
      text: "FROM debian:12\nUSER 1000\nRUN apt-get --help install\n",
    },
    {
      name: "the build goes on, or nothing is changed: dpkg -l install",
      text: "FROM debian:12\nUSER 1000\nRUN dpkg -l install\n",
    },
    {
      name: "a failure on a line of a here-document",
      text: "FROM debian:12\nUSER 1000\nRUN <<EOF\napt-get update\necho\nEOF\n",
    },
    { name: "language packages", text: "FROM node:22\nUSER node\nRUN npm install && pip install x\n" },
    { name: "a user nobody knows", text: "FROM example.com/b\nRUN apt-get install -y curl\n" },
    {
      name: "as root in a stage that is copied from",
      text: "FROM debian:12 AS b\nRUN apt-get install -y curl\nUSER 1000\nFROM alpine:3.20\nCOPY --from=b /a /a\nUSER 1000\n",
    },
    {
      name: "in a stage that is copied from, as a user nobody knows",
      text: "FROM example.com/b AS b\nRUN apt-get install -y curl\nFROM alpine:3.20\nCOPY --from=b /a /a\n",
    },
    {
      name: "a stage that the build does not need",
      text: "FROM debian:12 AS b\nUSER 1000\nRUN apt-get install -y curl\nFROM alpine:3.20\n",
    },
  ],
  invalid: [
    {
      name: "in a stage that is copied from",
      text: "FROM debian:12 AS b\nUSER 1000\nRUN apt-get install -y curl\nFROM alpine:3.20\nCOPY --from=b /a /a\n",
      lines: [3],
    },
    {
      name: "as the user of a parent stage that ships, in a stage that is copied from",
      text: "FROM alpine:3.20 AS p\nUSER 1000\nFROM p AS b\nRUN apk add curl\nFROM p\nCOPY --from=b /a /a\n",
      lines: [4],
      says: ["USER on line 2"],
    },
    {
      name: "as the base image's user, in a stage that is mounted from",
      text: "FROM example.com/b AS b\nRUN apk add curl\nFROM scratch\nRUN --mount=type=bind,from=b ls\n",
      baseUser: "1001",
      lines: [2],
    },
    {
      name: "the base image's user",
      text: "FROM example.com/b\nRUN apt-get update && apt-get install -y curl\n",
      baseUser: "1001",
      lines: [2],
      says: ['"1001", the user of the base image'],
    },
    {
      name: "a USER above",
      text: "FROM alpine:3.20\nUSER app\nRUN apk add --no-cache curl\n",
      lines: [3],
      says: ["USER on line 2"],
    },
    { name: "dnf", text: "FROM fedora:40\nUSER 1000\nRUN dnf -y install curl && dnf clean all\n", lines: [3] },
    {
      name: "microdnf",
      text: "FROM registry.access.redhat.com/ubi9/ubi-minimal\nUSER 1001\nRUN microdnf install -y curl\n",
      lines: [3],
    },
    { name: "pacman", text: "FROM archlinux\nUSER 1000\nRUN pacman -Syu --noconfirm curl\n", lines: [3] },
    { name: "rpm", text: "FROM fedora:40\nUSER 1000\nRUN rpm -ivh x.rpm\n", lines: [3] },
    { name: "dpkg", text: "FROM debian:12\nUSER 1000\nRUN dpkg -i x.deb\n", lines: [3] },
    { name: "in the parent stage", text: "FROM alpine:3.20 AS p\nUSER 1000\nFROM p\nRUN apk add curl\n", lines: [4] },
    {
      name: "on a continued line",
      text: "FROM debian:12\nUSER 1000\nRUN true \\\n && apt-get install -y curl\n",
      lines: [4],
      marks: ["apt-get install -y curl"],
    },
    {
      name: "the build stops: apt-get update; apt-get install -y x",
      text: "FROM debian:12\nUSER 1000\nRUN apt-get update; apt-get install -y x\n",
      lines: [3],
    },
    {
      name: "the build stops: set -e; apt-get update; echo done",
      text: "FROM debian:12\nUSER 1000\nRUN set -e; apt-get update; echo done\n",
      lines: [3],
    },
    {
      name: "the build stops: apt-get update || exit 1",
      text: "FROM debian:12\nUSER 1000\nRUN apt-get update || exit 1\n",
      lines: [3],
    },
    {
      name: "the build stops: cat list | xargs echo && apt-get install -y x",
      text: "FROM debian:12\nUSER 1000\nRUN cat list | xargs echo && apt-get install -y x\n",
      lines: [3],
    },
    {
      name: "the build stops: apt-get install -d x",
      text: "FROM debian:12\nUSER 1000\nRUN apt-get install -d x\n",
      lines: [3],
    },
    {
      name: "the build stops: dnf module enable -y nodejs:20",
      text: "FROM debian:12\nUSER 1000\nRUN dnf module enable -y nodejs:20\n",
      lines: [3],
    },
    {
      name: "the build stops: dnf downgrade -y x",
      text: "FROM debian:12\nUSER 1000\nRUN dnf downgrade -y x\n",
      lines: [3],
    },
    {
      name: "the build stops: apt-get reinstall -y x",
      text: "FROM debian:12\nUSER 1000\nRUN apt-get reinstall -y x\n",
      lines: [3],
    },
    {
      name: "the build stops: dpkg --remove x",
      text: "FROM debian:12\nUSER 1000\nRUN dpkg --remove x\n",
      lines: [3],
    },
    {
      name: "the build stops: rpm --upgrade x.rpm",
      text: "FROM debian:12\nUSER 1000\nRUN rpm --upgrade x.rpm\n",
      lines: [3],
    },
    {
      name: "the build stops: pacman -Sy",
      text: "FROM debian:12\nUSER 1000\nRUN pacman -Sy\n",
      lines: [3],
    },
    {
      name: "a shell that stops at the first failure",
      text: 'FROM debian:12\nSHELL ["/bin/bash", "-eo", "pipefail", "-c"]\nUSER 1000\nRUN apt-get update; echo\n',
      lines: [4],
    },
    {
      name: "a here-document that stops at the first failure",
      text: "FROM debian:12\nUSER 1000\nRUN <<EOF\nset -e\napt-get update\necho\nEOF\nRUN bash -e <<EOF\napt-get update\necho\nEOF\n",
      lines: [5, 9],
    },
    {
      name: "one finding for one RUN",
      text: "FROM debian:12\nUSER 1000\nRUN apt-get update && apt-get install -y a && apt-get install -y b\n",
      lines: [3],
    },
  ],
});
