import { describe, expect, test } from "vitest";
import { behindRunners, shellTextAt } from "./launch.ts";

const wordsOf = (text: string): { readonly value: string | undefined }[] =>
  text.split(" ").map((value) => ({ value: value === "?" ? undefined : value }));

describe("the text that a shell is handed", () => {
  // Each was run with bash 5.2, and with BusyBox where it knows the option.
  test.each([
    ["sh -c TEXT", 2],
    ["/usr/bin/bash -ec TEXT", 2],
    ["bash -cex TEXT", 2],
    ["bash -c -e TEXT x", 3],
    ["bash -o pipefail -ec TEXT", 4],
    ["bash -euxo pipefail -c TEXT", 4],
    ["bash -eco pipefail TEXT", 3],
    ["bash --norc -x -c TEXT", 4],
    ["bash --rcfile /x -c TEXT", 4],
    ["bash +x -c -- TEXT", 4],
    ["sh -c - TEXT", 3],
    ["sh -c ?", 2],
    ["sh ? -c TEXT", 3],
  ])("%s", (text, at) => {
    expect(shellTextAt(wordsOf(text), 0)).toBe(at);
  });

  test.each([
    "sh",
    "sh -e",
    "sh -c",
    "sh -c --",
    "sh /run.sh -c /etc/app.conf",
    "bash -o pipefail /run.sh -c x",
    "sh -- -c x",
    "python3 -c x",
  ])("%s: none", (text) => {
    expect(shellTextAt(wordsOf(text), 0)).toBe(-1);
  });
});

test.each([
  ["tini -g -- /run.sh", 3],
  ["env -u A B=c exec nginx", 5],
  ["/sbin/tini -p SIGTERM nginx -g x", 3],
  ["nginx -g x", 0],
])("behind inits and wrappers: %s", (text, at) => {
  expect(behindRunners(wordsOf(text), 0)).toBe(at);
});
