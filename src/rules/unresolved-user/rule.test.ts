import { expect, test } from "vitest";
import { judge, testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

testRule(rule, {
  valid: [
    { name: "an argument with a default", text: "FROM alpine:3.20\nARG U=1000\nUSER $U\n" },
    { name: "an argument that is given", text: "FROM alpine:3.20\nARG U\nUSER $U\n", buildArgs: { U: "1000" } },
    { name: "a default in the USER itself", text: "FROM alpine:3.20\nARG U\nUSER ${U:-1000}\n" },
    { name: "an unreadable base with a USER behind it", text: "FROM example.com/unknown\nUSER 1000\n" },
    { name: "an argument that is declared empty", text: "FROM alpine:3.20\nARG U=\nUSER $U\n" },
    { name: "only the group has no value", text: "FROM alpine:3.20\nARG G\nUSER 1000:$G\n" },
    { name: "a part of a known base has no value", text: "ARG MIRROR\nFROM ${MIRROR}alpine:3.20\nUSER 1000\n" },
    { name: "an argument from before FROM", text: "ARG U=1000\nFROM alpine:3.20\nARG U\nUSER $U\n" },
  ],
  invalid: [
    {
      name: "an argument without default",
      text: "FROM alpine:3.20\nARG U\nUSER $U\n",
      lines: [3],
      marks: ["$U"],
      says: ["needs U, which has no default"],
    },
    { name: "two of them", text: "FROM alpine:3.20\nARG A\nARG B\nUSER ${A}${B}\n", lines: [4], says: ["A and B"] },
    { name: "declared in the parent stage", text: "FROM alpine:3.20 AS p\nARG U\nFROM p\nUSER $U\n", lines: [4] },
  ],
});

testRule(rule, {
  valid: [],
  invalid: [
    {
      name: "a base that nobody can read",
      text: "FROM registry.example.com/corp/base:1\nCMD x\n",
      lines: [1],
      marks: ["registry.example.com/corp/base:1"],
      outcome: "open",
    },
    {
      name: "a base from an argument without default",
      text: "ARG BASE\nFROM $BASE\nCMD x\n",
      lines: [2],
      outcome: "open",
    },
    {
      name: "a variable that an official image may set",
      text: "FROM tomcat:10\nUSER root\nRUN mkdir /x\nUSER ${TOMCAT_USER}\n",
      lines: [4],
      outcome: "open",
    },
    {
      name: "a part of an unreadable base has no value: that is what to give",
      text: "ARG RELEASE\nFROM registry.example.com/nginx:alpine-${RELEASE}\nCMD x\n",
      lines: [2],
      says: ["give it with --build-arg RELEASE="],
      outcome: "open",
    },
    {
      name: "a tag that is declared empty",
      text: "ARG TAG=\nFROM registry.example.com/corp/base:${TAG}\nCMD x\n",
      lines: [2],
      says: ["TAG is empty here (give it with --build-arg TAG="],
      outcome: "open",
    },
    {
      name: "an unreadable base below a local stage",
      text: "FROM registry.example.com/corp/base:1 AS b\nFROM b AS c\n",
      lines: [2],
      outcome: "open",
    },
    {
      name: "a variable that the unreadable base may set",
      text: "FROM registry.example.com/corp/base:1\nUSER $APP_UID\n",
      lines: [2],
      marks: ["$APP_UID"],
      outcome: "open",
    },
  ],
});

test.each([
  ["base", true],
  ["base:1", false],
  ["corp/base", false],
])("FROM %s: what to do where it is a context of the author's own build", (name, isTold) => {
  const { findings } = judge({ text: `FROM ${name}\n` });
  const title = findings.find((one) => one.rule === rule.id)?.fix?.title ?? "";
  expect(title).toContain("Make the base image readable");
  expect(title.includes(`--build-context ${name}=docker-image://IMAGE`)).toBe(isTold);
});
