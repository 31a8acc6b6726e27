import { expect, test } from "vitest";
import { inputOf } from "../rules/test-kit.ts";

test.each([
  ["chown app.app /x", "app:app"],
  ["chown app. /x", "app:"],
  ["chown .app /x", ":app"],
  ["chown a:b.c /x", "a:b.c"],
  ["chown app /x", "app"],
  ["useradd first.last && chown first.last /x", "first.last"],
  ["chgrp a.b /x", "a.b"],
  ["install -d -o first.last /x", "first.last"],
])("the owner of %s is read as %s", (command, owner) => {
  const { effects } = inputOf({ text: `FROM debian:12\nRUN ${command}\n` });
  expect(effects.owners.map((one) => one.owner)).toEqual([owner]);
});
