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
    { name: "language packages", text: "FROM node:22\nUSER node\nRUN npm install && pip install x\n" },
    { name: "a user nobody knows", text: "FROM example.com/b\nRUN apt-get install -y curl\n" },
    {
      name: "a builder stage",
      text: "FROM debian:12 AS b\nUSER 1000\nRUN apt-get install -y curl\nFROM alpine:3.20\n",
    },
  ],
  invalid: [
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
      name: "one finding for one RUN",
      text: "FROM debian:12\nUSER 1000\nRUN apt-get update && apt-get install -y a && apt-get install -y b\n",
      lines: [3],
    },
  ],
});
