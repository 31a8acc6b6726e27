import { expect, test } from "vitest";
import { compileGlob } from "./glob.ts";
import { nameFilter } from "./name-filter.ts";

test.each([
  ["team/*", "team/app", true],
  ["team/*", "team/a/b", false],
  ["team/**", "team/a/b", true],
  ["**/app", "app", true],
  ["**/app", "a/b/app", true],
  ["**/app", "a/b/myapp", false],
  ["a/**/b", "a/b", true],
  ["a/**/b", "a/x/y/b", true],
  ["app?", "app1", true],
  ["app?", "app/", false],
  ["app[0-3]", "app2", true],
  ["app[!0-3]", "app2", false],
  ["{web,api}/*", "api/x", true],
  ["{web,api}/*", "db/x", false],
  ["a.b", "aXb", false],
  ["a+b(c)", "a+b(c)", true],
  ["**", "any/thing", true],
])("%s on %s: %s", (glob, name, expected) => {
  const compiled = compileGlob(glob);
  expect(compiled.ok && compiled.value.test(name)).toBe(expected);
});

test.each(["", "a[b", "{a,b", "[z-a]"])("%j is no glob", (glob) => {
  expect(compileGlob(glob).ok).toBe(false);
});

const filterOf = (include: readonly string[], exclude: readonly string[] = []) => {
  const filter = nameFilter(include, exclude);
  if (!filter.ok) throw new Error(filter.error);
  return filter.value;
};

test("patterns match repositories, repositories with tags, and hosts", () => {
  expect(filterOf(["team/*"]).wantsTag("h:1", "team/app", "1")).toBe(true);
  expect(filterOf(["h:1/team/*"]).wantsTag("h:1", "team/app", "1")).toBe(true);
  expect(filterOf(["h:1/team/*:v*"]).wantsTag("h:1", "team/app", "1")).toBe(false);
  expect(filterOf(["team/*:v*"]).wantsTag("h:1", "team/app", "v1")).toBe(true);
  expect(filterOf([":v*"]).wantsTag("h:1", "team/app", "v1")).toBe(true);
  expect(filterOf([], ["**:*-debug"]).wantsTag("h:1", "team/app", "1-debug")).toBe(false);
  expect(filterOf([], ["**:*-debug"]).wantsTag("h:1", "team/app", null)).toBe(true);
  expect(filterOf(["team/*"], ["team/app"]).wantsTag("h:1", "team/app", "1")).toBe(false);
});

test("tags of a repository are listed only when some may be wanted", () => {
  expect(filterOf(["team/*:v1"]).wantsRepository("h", "team/app")).toBe(true);
  expect(filterOf(["team/*:v1"]).wantsRepository("h", "other/app")).toBe(false);
  expect(filterOf([], ["team/*:v1"]).wantsRepository("h", "team/app")).toBe(true);
  expect(filterOf([], ["team/*"]).wantsRepository("h", "team/app")).toBe(false);
});

test("a pattern that never matched is named", () => {
  const filter = filterOf(["team/*", "taem/*"], ["old/*", "odl/*"]);
  filter.wantsRepository("h", "old/app");
  filter.wantsTag("h", "team/app", "1");
  expect(filter.unused).toEqual(["taem/*", "odl/*"]);
});

test("a pattern that is none is named", () => {
  expect(nameFilter([], ["a[b"])).toEqual({ ok: false, error: '"a[b" is no pattern: its [ has no ]' });
});
