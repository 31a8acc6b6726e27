import { expect, test } from "vitest";
import { candidateHint } from "./candidate-hint.ts";

test.each([
  "fatal: detected dubious ownership in repository at '/app'\nTo add an exception for this directory, call:\n",
  "go: downloading example.com/x v1.0.0\nerror obtaining VCS status: exit status 128\n\tUse -buildvcs=false to disable VCS stamping.\n",
])("a repository that git refuses is named: %s", (log) => {
  expect(candidateHint(log)).toMatch(/\.git in \.dockerignore.*safe\.directory/);
});

test("of any other failure the log says enough", () => {
  expect(candidateHint("npm ERR! code EACCES\nfatal: not a git repository\n")).toBeUndefined();
});
