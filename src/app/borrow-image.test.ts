import { describe, expect, test } from "vitest";
import { createFakeEngine, type FakeEngineOptions, type FakeImage } from "../engine/fake/fake.ts";
import { parseImageReference } from "../image/reference.ts";
import { borrowImage } from "./borrow-image.ts";

const options = { signal: new AbortController().signal };
const digest = `sha256:${"d".repeat(64)}`;
const app: FakeImage = { config: { user: "65532" }, repoDigests: [`quay.io/team/app@${digest}`] };

async function borrow(settings: FakeEngineOptions, text: string, more: { readonly platform?: string } = {}) {
  const engine = createFakeEngine(settings);
  const names = async () => {
    const listed = await engine.listImages(options);
    return listed.ok ? Object.fromEntries(listed.value) : {};
  };
  const before = await names();
  const reference = parseImageReference(text);
  if (!reference.ok) throw new Error(reference.error);
  const borrowed = await borrowImage(engine, text, reference.value, { ...options, ...more });
  const during = await names();
  if (borrowed.ok) await borrowed.value.giveBack();
  return { borrowed, calls: engine.calls, before, during, after: await names() };
}

describe("borrowImage", () => {
  test("an image that is there stays as it is", async () => {
    const { borrowed, calls, before, after } = await borrow(
      { images: { "quay.io/team/app:1": app } },
      "quay.io/team/app:1",
    );
    expect(borrowed).toMatchObject({ ok: true, value: { digest, record: { config: { user: "65532" } } } });
    expect(calls.filter((call) => /^(pull|remove|tag)/.test(call))).toEqual([]);
    expect(after).toEqual(before);
  });

  test("one that is not is pulled, and removed again", async () => {
    const { borrowed, during, before, after } = await borrow(
      { registry: { "quay.io/team/app:1": app } },
      "quay.io/team/app:1",
    );
    expect(borrowed).toMatchObject({ ok: true, value: { digest } });
    expect(Object.keys(during)).toEqual(["quay.io/team/app:1"]);
    expect(before).toEqual({});
    expect(after).toEqual({});
  });

  test("docker:// is what the registry has, and the name goes back to what it named", async () => {
    const old: FakeImage = { config: { user: "root" } };
    const { borrowed, before, during, after } = await borrow(
      { images: { "quay.io/team/app:1": old, mine: old }, registry: { "quay.io/team/app:1": app } },
      "docker://quay.io/team/app:1",
    );
    expect(borrowed).toMatchObject({ ok: true, value: { record: { config: { user: "65532" } } } });
    expect(during["quay.io/team/app:1"]).not.toBe(before["quay.io/team/app:1"]);
    expect(after).toEqual(before);
  });

  test("another platform than the one that is there is pulled", async () => {
    const local: FakeImage = { ...app, platform: "linux/amd64" };
    const remote: FakeImage = { ...app, platform: "linux/arm64/v8" };
    const settings = { images: { "quay.io/team/app:1": local }, registry: { "quay.io/team/app:1": remote } };
    const { borrowed, before, after } = await borrow(settings, "quay.io/team/app:1", { platform: "linux/arm64" });
    expect(borrowed).toMatchObject({ ok: true, value: { record: { platform: "linux/arm64/v8" } } });
    expect(after).toEqual(before);
    expect((await borrow(settings, "quay.io/team/app:1", { platform: "linux/amd64" })).calls).not.toContain(
      "pull quay.io/team/app:1",
    );
  });

  test.each([
    ["quay.io/team/app:1", { registry: { "quay.io/team/app:1": app } }],
    ["docker-daemon:quay.io/team/app:1", { images: { "quay.io/team/app:1": app } }],
    ["localhost/app:1", { images: { "localhost/app:1": app } }],
  ])("%s, which has no other platform than another, is not taken for the wanted one", async (text, settings) => {
    const { borrowed, before, after } = await borrow(settings, text, { platform: "linux/s390x" });
    expect(borrowed).toMatchObject({
      ok: false,
      error: { code: "IMAGE_INVALID", message: expect.stringContaining("linux/amd64, not for linux/s390x") },
    });
    expect(after).toEqual(before);
  });

  test("by a digest it is pulled without the tag, which engines take only alone", async () => {
    const { calls } = await borrow(
      { registry: { [`quay.io/team/app@${digest}`]: app } },
      `quay.io/team/app:1@${digest}`,
    );
    expect(calls).toContain(`pull quay.io/team/app@${digest}`);
  });

  test.each(["localhost/app:1", `sha256:${"0".repeat(64)}`])("%s is nowhere but here", async (text) => {
    const { borrowed, calls } = await borrow({}, text);
    expect(borrowed).toMatchObject({
      ok: false,
      error: { code: "IMAGE_NOT_FOUND", hint: expect.stringContaining(" images lists") },
    });
    expect(calls.filter((call) => call.startsWith("pull"))).toEqual([]);
  });

  test("the engine's own transports pull nothing", async () => {
    const { borrowed, calls } = await borrow({ registry: { app } }, "containers-storage:app");
    expect(borrowed).toMatchObject({
      ok: false,
      error: { code: "IMAGE_NOT_FOUND", hint: expect.stringContaining(" images lists") },
    });
    expect(calls.filter((call) => call.startsWith("pull"))).toEqual([]);
  });

  test("a pull that fails is the engine's failure", async () => {
    expect((await borrow({}, "quay.io/team/app:1")).borrowed).toMatchObject({
      ok: false,
      error: { code: "IMAGE_NOT_FOUND" },
    });
  });
});
