import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeEngine } from "../engine/fake/fake.ts";
import { err, ok } from "../core/result.ts";
import { auditFiles } from "./audit.ts";
import { EngineSource, type EngineChoice, type SelectEngine } from "./engine-source.ts";
import { fixFiles } from "./fix.ts";
import type { AuditRequest, FixRequest } from "./requests.ts";
import { fixRequest } from "./test-kit.ts";

const broken = "podman is installed but does not work (podman image inspect ended with exit code 125)";
const fails: SelectEngine = async (engine) =>
  err({ code: "ENGINE_UNAVAILABLE", engine, message: broken, hint: "mend podman" });
const { signal } = new AbortController();

let folder = "";
let file = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "image-fix-engine-"));
  file = join(folder, "Containerfile");
  await writeFile(file, "FROM localhost/nosuch:1\n");
  await symlink("nowhere", join(folder, "dl"));
});
afterAll(() => rm(folder, { recursive: true }));

const request = (target: string, engine: EngineChoice): AuditRequest => ({
  targets: [target],
  buildArgs: {},
  engine,
  openshift: false,
  writable: [],
});
const fixBy = (engine: EngineChoice, more: Partial<FixRequest> = {}): FixRequest =>
  fixRequest([file], { engine, noVerify: false, ...more });

describe("EngineSource", () => {
  const images = { "localhost/a:1": {} };

  test("does not pull what is there for the wanted platform, with or without its variant", async () => {
    const engine = createFakeEngine({ images: { "localhost/a:1": { platform: "linux/arm64/v8" } } });
    const engines = new EngineSource("auto", { signal }, async () => ok({ engine, why: "it is here" }));
    expect(await engines.fetch("localhost/a:1", "linux/arm64")).toMatchObject({ ok: true });
    expect(engine.calls).toEqual(["inspect localhost/a:1"]);
  });

  test("asks for a single image, and for the list only where many are asked for", async () => {
    const engine = createFakeEngine({ images });
    const asked: (string | undefined)[] = [];
    const engines = new EngineSource("auto", { signal }, async (_, { image }) => {
      asked.push(image);
      return ok({ engine, why: "it is here" });
    });
    expect(await engines.local("localhost/a:1")).toMatchObject({ ok: true });
    expect(await engines.local("localhost/b:1")).toMatchObject({ ok: false, error: { code: "IMAGE_NOT_FOUND" } });
    expect(asked).toEqual(["localhost/a:1"]);
    expect(engine.calls).toEqual(["inspect localhost/a:1", "inspect localhost/b:1"]);
    for (let number = 0; number < 40; number++) await engines.local(`localhost/b:${number}`);
    expect(await engines.local("localhost/a:1")).toMatchObject({ ok: true });
    expect(engine.calls.filter((call) => call === "listImages")).toHaveLength(1);
    expect(engine.calls.length).toBeLessThan(20);
  });

  test("what a short name stands for is the engine's to say, where many are asked for too", async () => {
    const engine = createFakeEngine({ images: { "quay.io/team/app:1": {}, "localhost/base": {} } });
    const engines = new EngineSource("auto", { signal }, async () => ok({ engine, why: "it is here" }));
    for (let number = 0; number < 40; number++) await engines.local(`localhost/b:${number}`);
    for (const name of ["app:1", "team/app:1", "base", "docker.io/nosuch", "quay.io/app:1"]) await engines.local(name);
    expect(engine.calls.slice(engine.calls.indexOf("listImages") + 1)).toEqual([
      "inspect app:1",
      "inspect team/app:1",
      "inspect base",
    ]);
  });

  test.each(["app", "team/app:1", "docker.io/library/app:1"])(
    "it is asked for a base as the file has it: %s",
    async (name) => {
      const engine = createFakeEngine({ images: { [name]: {} } });
      await writeFile(join(folder, "Short"), `FROM ${name}\nUSER 1000\n`);
      await auditFiles(request(join(folder, "Short"), "auto"), { signal }, async () =>
        ok({ engine, why: "it is here" }),
      );
      expect(engine.calls).toContain(`inspect ${name}`);
    },
  );

  test("a list that fails is no image that is not there", async () => {
    const engine = {
      ...createFakeEngine({ images }),
      listImages: async () => err({ code: "ENGINE_FAILED", engine: "fake", message: "no list" } as const),
    };
    const engines = new EngineSource("auto", { signal }, async () => ok({ engine, why: "it is here" }));
    for (let number = 0; number < 40; number++) await engines.local(`localhost/b:${number}`);
    expect(await engines.local("localhost/a:1")).toMatchObject({ ok: true });
  });
});

describe("an engine that fails or is not there", () => {
  test.each([
    ["auto", broken],
    ["none", "no engine was asked (--engine none)"],
  ] as const)("audit says of a base that nobody read that --engine %s told nothing", async (engine, why) => {
    const report = await auditFiles(request(file, engine), { signal }, fails);
    const message = `Nobody can tell here who the image runs as: localhost/nosuch:1 is not in the table of known images, and ${why}`;
    const finding = expect.objectContaining({ rule: "unresolved-user", message });
    expect(report).toMatchObject({ ok: true, value: { targets: [{ findings: [finding], error: null }] } });
  });

  test.each([
    ["podman", [broken]],
    ["auto", []],
    ["none", []],
  ] as const)("audit with --engine %s warns of %j", async (engine, warnings) => {
    const said: string[] = [];
    const onEvent = (event: { readonly kind: string; readonly text: string }): void => {
      if (event.kind === "warning") said.push(event.text);
    };
    await auditFiles({ ...request(file, engine), targets: [file, file] }, { signal, onEvent }, fails);
    expect(said).toEqual(warnings);
  });

  test("audit of an image says what the engine and what the registry said", async () => {
    const report = await auditFiles(request("localhost:1/x:1", "auto"), { signal }, fails);
    const message = `nothing listens there (connection refused); and not in a local engine: ${broken}`;
    expect(report).toMatchObject({ ok: true, value: { targets: [{ error: { code: "REGISTRY_FAILED", message } }] } });
    const none = await auditFiles(request("localhost:1/x:1", "none"), { signal }, fails);
    expect(none).toMatchObject({
      ok: true,
      value: { targets: [{ error: { message: "nothing listens there (connection refused)" } }] },
    });
  });

  test("audit of an image that the engine has for another platform says so beside the registry's answer", async () => {
    const engine = createFakeEngine({ images: { "localhost:1/x:1": { platform: "linux/amd64" } } });
    const asked = { ...request("localhost:1/x:1", "auto"), platform: "linux/arm64" };
    const report = await auditFiles(asked, { signal }, async () => ok({ engine, why: "it is here" }));
    const message = "nothing listens there (connection refused); and fake has it for linux/amd64, not for linux/arm64";
    expect(report).toMatchObject({ ok: true, value: { targets: [{ error: { code: "REGISTRY_FAILED", message } }] } });
  });

  test.each(["podman", "auto", "none"] as const)("fix with --engine %s is not usable without one", async (engine) => {
    const report = await fixFiles(fixBy(engine), { signal }, fails);
    expect(report).toMatchObject({ ok: true, value: { targets: [{ error: { code: "ENGINE_UNAVAILABLE" } }] } });
  });

  test.each([{ noVerify: true }, { dryRun: true }, { check: true }])("fix with %j needs none", async (more) => {
    const report = await fixFiles(fixBy("auto", more), { signal }, fails);
    expect(report).toMatchObject({ ok: true, value: { targets: [{ error: null }] } });
  });
});

describe("what may have been meant as a file", () => {
  test.each(["app.dockerfile", "Containerfile.dev"])("%s is a file's name, and no image's", async (name) => {
    const report = await auditFiles(request(`nowhere/${name}`, "none"), { signal });
    expect(report).toMatchObject({ ok: false, error: { code: "UNREADABLE" } });
  });

  test("a link that leads nowhere is a file", async () => {
    const report = await auditFiles(request(join(folder, "dl"), "none"), { signal });
    expect(report).toMatchObject({ ok: false, error: { code: "UNREADABLE" } });
  });

  test.each([
    ["localhost:1/nosuch/x", "check the name and the port"],
    ["localhost:1/x:1", "check the name and the port"],
  ])("%s is an image's", async (name, hint) => {
    const report = await auditFiles(request(name, "none"), { signal });
    expect(report).toMatchObject({
      ok: true,
      value: { targets: [{ error: { code: "REGISTRY_FAILED", hint: expect.stringContaining(hint) } }] },
    });
  });
});
