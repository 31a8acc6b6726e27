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
  ["find /x -exec chown app:web {} +", "app:web"],
  ["find /x -exec chown app.web {} +", "app:web"],
  ["ls | xargs chown app.web", "app:web"],
  ["find /x -print0 | xargs -0 sudo chown -h app", "app"],
  ["find /x -type f -exec chmod 640 {} + -exec chgrp -h web {} \\;", "web"],
])("the owner of %s is read as %s", (command, owner) => {
  const { effects } = inputOf({ text: `FROM debian:12\nRUN ${command}\n` });
  expect(effects.owners.map((one) => one.owner)).toEqual([owner]);
});

test("files below find's folders get the owner, nobody can tell which", () => {
  const { effects } = inputOf({ text: "FROM debian:12\nWORKDIR /srv\nRUN find a /b -type d -exec chown app {} +\n" });
  expect(effects.owners).toMatchObject([{ recursive: false, paths: [{ path: "/srv/a" }, { path: "/b" }] }]);
});

test.each([
  ["find a /b -type d | xargs chown app", ["/srv/a", "/b"]],
  ["find /b -print0 | xargs -0 -r chown -R app", ["/b"]],
  ["find /b | xargs -I {} chown app {}", ["/b"]],
  ["find -name x | xargs chown app", ["/srv"]],
  ["find /b | grep -v c | xargs chown app", [undefined]],
  ["ls / | xargs -i chown app /{}", [undefined]],
  ["xargs chown app /c < list", ["/c", undefined]],
  ['for d in /a b; do mkdir "$d" && chown app "$d"; done', ["/a", "/srv/b"]],
  ['for d in /a $X; do chown app "$d/x"; done', [undefined]],
  ["if [ -e /a ]; then D=/a; else D=/b; fi; chown app $D", [undefined]],
])("the paths of %s", (command, paths) => {
  const { effects } = inputOf({ text: `FROM debian:12\nWORKDIR /srv\nRUN ${command}\n` });
  expect(effects.owners).toMatchObject([{ owner: "app", paths: paths.map((path) => ({ path })) }]);
});

test.each([
  "find /x ! -user app -exec chown -h app {} +",
  String.raw`find /x \! -user app -exec chown app {} \;`,
  "find /x -not -uid 5 ! -path /x/keys ! -path '/x/keys/*' -exec chown app:app {} +",
  "find /x -path /x/m -prune -o ! -user app ! -user 33 -exec chown app {} +",
  "find /x -user root -exec chown app {} +",
  "find /x -xdev ! -user app -print0 | xargs -0 chown app",
  "chown --from root:root --changes --recursive app:app /x",
  "chown -R --from=0 app /x",
])("what others have is given by %s", (command) => {
  const { effects } = inputOf({ text: `FROM debian:12\nRUN ${command}\n` });
  expect(effects.completed).toMatchObject([{ recursive: true, paths: [{ path: "/x" }] }]);
  expect(effects.owners).toEqual([]);
});

test.each([
  "find /x -user 1000 -exec chown app {} +",
  "find /x ! -user root -exec chown app {} +",
  "find /x -type f ! -user app -exec chown app {} +",
  "find /x ! -type d ! -name .git ! -user app -exec chown app {} +",
  "find /x -mindepth 1 ! -user app -exec chown app {} +",
  "find /x -path /x/a ! -user app -exec chown app {} +",
  "find /x ! -user app -exec chmod g=u {} +",
])("not everything that others have is given by %s", (command) => {
  expect(inputOf({ text: `FROM debian:12\nRUN ${command}\n` }).effects.completed).toEqual([]);
});

test.each([
  "find /x ! -user app -exec chown app {} +",
  "find /x ! -user app | xargs chown app",
  "find /x | xargs rm",
  "find /x -exec rm {} +",
  "find /x -exec chown",
])("no owner is read from %s", (command) => {
  expect(inputOf({ text: `FROM debian:12\nRUN ${command}\n` }).effects.owners).toEqual([]);
});
