import { expect, test } from "vitest";
import { chooseTags, isCompanionTag, parseTagChoice, tagChoiceText, type TagChoice } from "./tag-choice.ts";

const any = () => true;
const choice = (text: string): TagChoice => {
  const parsed = parseTagChoice(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
};

test.each(["all", "semver", "latest:1", "latest:25"])("%s is a choice", (text) => {
  expect(tagChoiceText(choice(text))).toBe(text);
});
test.each(["", "latest", "latest:0", "latest:-1", "latest:x", "newest:3", "ALL"])("%j is none", (text) => {
  expect(parseTagChoice(text).ok).toBe(false);
});

test("the highest versions come first, numbers as numbers", () => {
  const tags = [
    "1.9",
    "1.10",
    "latest",
    "1.10-rc1",
    "edge",
    "2.0.0",
    "2.0.0-rc.2",
    "2.0.0-rc.10",
    "v1.10.1",
    "20240131",
  ];
  expect(chooseTags(tags, choice("all"), any)).toEqual([
    "latest",
    "20240131",
    "2.0.0",
    "2.0.0-rc.10",
    "2.0.0-rc.2",
    "v1.10.1",
    "1.10",
    "1.10-rc1",
    "1.9",
    "edge",
  ]);
  expect(chooseTags(tags, choice("latest:3"), any)).toEqual(["latest", "20240131", "2.0.0"]);
  expect(chooseTags(tags, choice("semver"), any)).toEqual(["2.0.0", "2.0.0-rc.10", "2.0.0-rc.2", "v1.10.1"]);
});

test("a version that is out is above its pre-releases, in as many parts as either has", () => {
  const tags = ["2.0.0-beta", "v2.0", "1.9", "2", "2.0.0", "2.0.1-rc1"];
  expect(chooseTags(tags, choice("all"), any)).toEqual(["2.0.1-rc1", "2.0.0", "v2.0", "2", "2.0.0-beta", "1.9"]);
});

test("excluded tags do not use up the number", () => {
  expect(
    chooseTags(["3-debug", "3", "2-debug", "2", "1"], choice("latest:2"), (tag) => !tag.endsWith("-debug")),
  ).toEqual(["3", "2"]);
});

test("signatures and their like are no images", () => {
  const digest = "ab".repeat(32);
  const companions = [`sha256-${digest}`, `sha256-${digest}.sig`, `sha256-${digest}.att`, "x.sbom"];
  expect(companions.every(isCompanionTag)).toBe(true);
  expect(chooseTags([...companions, "1", "sha256-short"], choice("all"), any)).toEqual(["1", "sha256-short"]);
});

test("a tag that is listed twice is looked at once", () => {
  expect(chooseTags(["1", "1"], choice("all"), any)).toEqual(["1"]);
});
