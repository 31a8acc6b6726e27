import { expect, test } from "vitest";
import { fixed } from "./test-kit.ts";

const pinned = (check: string, options = {}): string =>
  fixed({ text: `FROM debian:bookworm-slim\nARG WANT=1001\nRUN useradd app && ${check}\nCMD ["id"]\n`, options });

test.each([
  ["[ $(id -u app) -eq 1000 ]", 1000],
  ['test "$(id -u app)" = 1001', 1001],
  ["test $WANT = `id -u app`", 1001],
  ['[[ "$(id -u app)" == "1001" ]]', 1001],
  ["if [ $(id -u app) -ne 1000 ]; then exit 1; fi", 1000],
  ["getent passwd 1000", 1000],
])("the uid is the one that the file expects: %s", (check, uid) => {
  const text = pinned(check);
  expect(text).toContain(`useradd -u ${uid} app`);
  expect(text).toContain(`USER ${uid}\n`);
});

test.each([
  ["another account's", "[ $(id -u daemon) -eq 1 ]"],
  ["that of the user who builds", "[ $(id -u) -eq 1000 ]"],
  ["a group's", "[ $(id -g app) -eq 1000 ]"],
  ["no more than a limit", "[ $(id -u app) -ge 1000 ]"],
  ["root's", '[ "$(id -u app)" != 0 ]'],
  ["one that is asked after", "{ getent passwd 1000 || true; }"],
  ["one that the base has", "getent passwd 33"],
])("any uid will do: %s", (_, check) => {
  expect(pinned(check)).toContain("useradd -u 65532 -l app");
});

test("an account that cannot have the wanted uid is not used", () => {
  const text = pinned("[ $(id -u app) -eq 1000 ]", { uid: 2000 });
  expect(text).toContain("RUN useradd app && [");
  expect(text).toContain("USER 2000\n");
});

test("a name as USER gets the number that the file expects", () => {
  const text = "FROM debian:bookworm-slim\nRUN useradd app\nRUN [ $(id -u app) -eq 1000 ]\nUSER app\n";
  expect(fixed({ text })).toContain("useradd -u 1000 app\nRUN [ $(id -u app) -eq 1000 ]\nUSER 1000\n");
});
