/** Every heading of docs/troubleshooting.md about a message is one that `explain` knows. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { explainText } from "./explain-text.ts";

const page = await readFile(join(import.meta.dirname, "..", "..", "docs", "troubleshooting.md"), "utf8");
const [, messages = ""] = /^## Messages from a cluster\n(.*?)^## /ms.exec(page) ?? [];
const headings = [...messages.matchAll(/^### (.+)$/gm)].map(([, heading = ""]) => heading);

test("there are many", () => expect(headings.length).toBeGreaterThan(12));

test.each(headings.filter((heading) => !/^(?:permission denied|exec …)/.test(heading)))("%s", (heading) => {
  const texts = heading.split(/; | , |, (?=Failed)/);
  const known = texts.map(
    (text) =>
      explainText(text.startsWith("unrestricted") ? `violates PodSecurity "restricted:latest": ${text}` : text).length,
  );
  expect(known).toEqual(texts.map(() => 1));
});

const parts = headings.find((heading) => heading.startsWith("permission denied"))?.split(", ") ?? [];
test.each(parts)("part of a heading: %s", (part) => expect(explainText(part)).toHaveLength(1));

test("a reason by itself, as its heading has it", () => {
  const [heading = ""] = headings.filter((one) => one.startsWith("unrestricted"));
  expect(explainText(heading).map(({ reasons }) => reasons.map(({ check }) => check))).toEqual([
    ["capabilities_restricted"],
  ]);
});

test("permission denied in the middle of something else says nothing", () =>
  expect(explainText("git push: permission denied for user bob")).toEqual([]));
