import { expect, test } from "vitest";
import { isOfShard, parseShard, shardOfEnvironment, shardText } from "./shard.ts";

test("shards are counted from 0", () => {
  expect(parseShard("0/4")).toEqual({ ok: true, value: { index: 0, count: 4 } });
  const fourth = parseShard("4/4");
  expect(!fourth.ok && fourth.error).toMatch(/counted from 0.*0\/4 to 3\/4/);
});
test.each(["", "1", "1/", "/2", "-1/2", "a/b", "0/0", "1/2/3", "0/999999"])("%j is no shard", (text) => {
  expect(parseShard(text).ok).toBe(false);
});

test("an Indexed Job tells its shard", () => {
  expect(shardOfEnvironment({})).toEqual({ ok: true, value: null });
  const shard = shardOfEnvironment({ JOB_COMPLETION_INDEX: "3", JOB_COMPLETIONS: "8" });
  expect(shard.ok && shard.value !== null && shardText(shard.value)).toBe("3/8");
  expect(shardOfEnvironment({ JOB_COMPLETION_INDEX: "3" }).ok).toBe(false);
  expect(shardOfEnvironment({ JOB_COMPLETION_INDEX: "8", JOB_COMPLETIONS: "8" }).ok).toBe(false);
});

test("every image is in exactly one shard, the shards are about as large, and stay as they are", () => {
  const names = Array.from({ length: 4000 }, (_, at) => `team${at % 50}/app:${at}`);
  const sizes = [0, 1, 2, 3].map((index) => names.filter((name) => isOfShard({ index, count: 4 }, name)).length);
  expect(sizes.reduce((sum, size) => sum + size)).toBe(4000);
  expect(Math.max(...sizes)).toBeLessThan(1100);
  // Written down once: a change would split scans that are under way differently.
  expect([0, 1, 2, 3].find((index) => isOfShard({ index, count: 4 }, "team/app:1.0"))).toBe(1);
});
