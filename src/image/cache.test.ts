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

describe("layers", () => {
  test("of which each may hold much are read so many at a time; what holds little is not held up", async () => {
    const cache = new ImageCache({ layersAtOnce: 2 });
    let begun = 0;
    let inflating = 0;
    for (const digest of "abcde")
      void cache.layer(digest, new Set(), (inTurn) => {
        begun++;
        return inTurn(() => {
          inflating++;
          return new Promise<never>(() => undefined);
        });
      });
    await new Promise((resolve) => setImmediate(resolve));
    expect({ begun, inflating }).toEqual({ begun: 5, inflating: 2 });
  });
});
