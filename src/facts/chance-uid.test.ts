import { expect, test } from "vitest";
import { inputOf } from "../rules/test-kit.ts";
import { mayGetUid } from "./chance-uid.ts";

test.each([
  ["adduser -D app", 1000, true],
  ["adduser -D app", 1007, true],
  ["adduser -D app", 999, false],
  ["adduser -D app", 2000, false],
  ["adduser -D app", 65532, false],
  ["adduser -S app", 100, true],
  ["adduser -S app", 1000, false],
  ["useradd app", 2001, true],
  ["useradd -u $(cat /uid) app", 65532, true],
  ["useradd $OPTIONS app", 65532, true],
  ["useradd -K UID_MIN=65000 app", 65532, true],
  ["useradd app", 61000, false],
])("%s: %i %s", (command, uid, expected) => {
  const from = command.startsWith("useradd") ? "debian:12" : "alpine:3.20";
  const [creation] = inputOf({ text: `FROM ${from}\nRUN ${command}\n` }).effects.users;
  expect(creation && mayGetUid(uid, command.startsWith("useradd") ? [1, 2000, 60_990] : [1])(creation)).toBe(expected);
});
