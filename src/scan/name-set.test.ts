import { expect, test } from "vitest";
import { NameSet } from "./name-set.ts";

test("names are met once, however many there are", () => {
  const set = new NameSet();
  const names = Array.from({ length: 20_000 }, (_, at) => `registry.example/team/app:${at}`);
  expect(names.every((name) => set.add(name))).toBe(true);
  expect(set.size).toBe(20_000);
  expect(names.every((name) => set.has(name) && !set.add(name))).toBe(true);
  expect(set.has("registry.example/team/app:20000")).toBe(false);
});
