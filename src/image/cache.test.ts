import { describe, expect, test } from "vitest";
import { err, ok } from "../core/result.ts";
import { DigestCache, ImageCache } from "./cache.ts";
import { invalidImage } from "./view.ts";

const failed = (name: string) => err(invalidImage(name, "it is missing"));

describe("several who ask for a digest at once", () => {
  test("wait for one reading", async () => {
    const cache = new DigestCache<number>(10);
    let readings = 0;
    const read = async () => {
      readings++;
      await Promise.resolve();
      return ok(1);
    };
    expect(await Promise.all([cache.get("a", read), cache.get("a", read)])).toEqual([ok(1), ok(1)]);
    expect(readings).toBe(1);
  });

  test("have each their own failure: what one lacks another may have", async () => {
    const cache = new DigestCache<number>(10);
    const results = await Promise.all([
      cache.get("a", () => Promise.resolve(failed("one"))),
      cache.get("a", () => Promise.resolve(failed("two"))),
      cache.get("a", () => Promise.resolve(ok(3))),
      cache.get("a", () => Promise.resolve(failed("four"))),
    ]);
    expect(results).toEqual([failed("one"), failed("two"), ok(3), ok(3)]);
  });
});

/** How many of five layers of a size are read at once where two may be. */
async function startedOf(size?: number): Promise<number> {
  const cache = new ImageCache({ layersAtOnce: 2 });
  let count = 0;
  const never = () => {
    count++;
    return new Promise<never>(() => undefined);
  };
  for (const digest of "abcde") void cache.layer({ digest, ...(size === undefined ? {} : { size }) }, new Set(), never);
  await new Promise((resolve) => setImmediate(resolve));
  return count;
}

describe("layers", () => {
  test("of which each may hold much wait for each other", async () => {
    expect(await startedOf()).toBe(2);
    expect(await startedOf(64 * 1024 + 1)).toBe(2);
  });

  test("that are small do not", async () => {
    expect(await startedOf(64 * 1024)).toBe(5);
  });
});
