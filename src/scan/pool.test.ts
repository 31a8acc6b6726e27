import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { forEachOf } from "./pool.ts";

async function* upTo(count: number, ended: { value: boolean }): AsyncGenerator<number> {
  try {
    for (let item = 1; item <= count; item++) yield item;
  } finally {
    ended.value = true;
  }
}

test("no more items than hands are under way, and each is taken once", async () => {
  const ended = { value: false };
  const taken: number[] = [];
  let [now, most] = [0, 0];
  await forEachOf(upTo(20, ended), 3, async (item) => {
    taken.push(item);
    most = Math.max(most, ++now);
    await nextTurn();
    now--;
  });
  expect(taken).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  expect(most).toBe(3);
  expect(ended.value).toBe(true);
});

test("behind a failure nothing more is taken, what is under way ends, and the source is left", async () => {
  const ended = { value: false };
  const finished: number[] = [];
  const all = forEachOf(upTo(1000, ended), 2, async (item) => {
    if (item === 1) throw new Error("the first");
    await nextTurn();
    finished.push(item);
  });
  await expect(all).rejects.toThrow("the first");
  expect(finished).toEqual([2]);
  expect(ended.value).toBe(true);
});
