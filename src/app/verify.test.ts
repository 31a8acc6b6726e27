import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFakeEngine, type FakeEngineOptions } from "../engine/fake/fake.ts";
import { idLine, image, probed } from "../proof/proof-samples.ts";
import { exitCodeOfReport } from "../results/exit-code.ts";
import type { VerifyRequest } from "./requests.ts";
import { verifyImages } from "./verify.ts";

const policy = { failOn: "error", allowUnknown: false } as const;

async function verify(
  settings: FakeEngineOptions,
  request: Partial<VerifyRequest>,
  signal = new AbortController().signal,
) {
  const engine = createFakeEngine({
    run: (asked) => probed(asked, { id: idLine, writable: ["/app", "/home/nonroot"] }),
    ...settings,
  });
  const chosen: string[] = [];
  const report = await verifyImages({ images: [], engine: "auto", ...request }, { signal }, async (choice) => {
    chosen.push(choice);
    return { ok: true, value: { engine, why: "given" } };
  });
  const targets = report.ok ? report.value.targets : [];
  return {
    report,
    chosen,
    calls: engine.calls,
    targets,
    code: report.ok ? exitCodeOfReport(report.value, policy) : undefined,
  };
}

const images = { "localhost/app:1": image, "localhost/root:1": {}, "localhost/name:1": { config: { user: "app" } } };

describe("verifyImages", () => {
  test("proves each image, and one that the kubelet refuses is an answer", async () => {
    const { targets, code, calls } = await verify({ images }, { images: Object.keys(images) });
    expect(targets).toMatchObject([
      { target: "localhost/app:1", verdict: "admit", uid: 65532, proof: { id: idLine }, error: null },
      {
        target: "localhost/root:1",
        verdict: "root",
        uid: 0,
        kubeletMessage: "container has runAsNonRoot and image will run as root",
        proof: null,
      },
      { target: "localhost/name:1", verdict: "symbolic", configUser: "app", uid: null, proof: null },
    ]);
    expect(code).toBe(1);
    expect(calls.at(-1)).toBe("cleanUp");
  });

  describe("files and folders in place of an image", () => {
    let folder = "";
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), "image-fix-verify-"));
      await writeFile(join(folder, "app.tar"), "");
      await writeFile(join(folder, "oci-layout"), "{}");
    });
    afterEach(() => rm(folder, { recursive: true, force: true }));

    test("no registry is asked for an image that is called like an archive", async () => {
      const missing = await verify({}, { images: ["localhost/app:1", "app.tar"] });
      expect(missing.report).toMatchObject({ error: { code: "UNREADABLE", message: "there is no such file" } });
      expect(missing.chosen).toEqual([]);
      const { report } = await verify({}, { images: [join(folder, "app.tar")] });
      expect(report).toMatchObject({ error: { hint: expect.stringContaining(`docker-archive:${folder}/app.tar`) } });
    });

    test("a layout is told how it is named", async () => {
      const { report } = await verify({}, { images: [folder] });
      expect(report).toMatchObject({ error: { hint: expect.stringContaining(`oci:${folder}`) } });
      await mkdir(join(folder, "app"));
      await writeFile(join(folder, "app/oci-layout"), "{}");
      const here = process.cwd();
      process.chdir(folder);
      try {
        const { targets } = await verify({}, { images: ["app"] });
        expect(targets).toMatchObject([
          { error: { code: "IMAGE_NOT_FOUND", hint: expect.stringContaining("oci:app") } },
        ]);
      } finally {
        process.chdir(here);
      }
    });
  });

  test("another uid than expected fails, and the proof stays", async () => {
    const { targets, code } = await verify({ images }, { images: ["localhost/app:1"], expectUid: 1000 });
    expect(targets).toMatchObject([
      { proof: { uid: 65532 }, error: { code: "PROOF_FAILED", expected: "uid=1000", actual: idLine } },
    ]);
    expect(code).toBe(4);
    expect((await verify({ images }, { images: ["localhost/app:1"], expectUid: 65532 })).code).toBe(0);
  });

  test("an image that fails its proof keeps its verdict", async () => {
    const { targets, code } = await verify(
      { images, run: (asked) => probed(asked, { uid: 1 }) },
      { images: ["localhost/app:1"] },
    );
    expect(targets).toMatchObject([{ verdict: "admit", uid: 65532, proof: null, error: { code: "PROOF_FAILED" } }]);
    expect(code).toBe(4);
  });

  test("an image whose program has file capabilities that nobody gets fails", async () => {
    const { targets, code } = await verify(
      {
        images: { app: { ...image, config: { ...image.config, entrypoint: ["/srv/app"] } } },
        run: (asked) => probed(asked, { id: idLine, open: ["/srv/app"], capable: ["/srv/app"] }),
      },
      { images: ["app"] },
    );
    expect(targets).toMatchObject([
      { proof: null, error: { code: "PROOF_FAILED", actual: "operation not permitted" } },
    ]);
    expect(code).toBe(4);
  });

  test("and passes where the configuration says that somebody grants them", async () => {
    const { code } = await verify(
      {
        images: { app: { ...image, config: { ...image.config, entrypoint: ["/srv/app"] } } },
        run: (asked) => probed(asked, { id: idLine, open: ["/srv/app"], capable: ["/srv/app"] }),
      },
      { images: ["app"], rules: { "file-capabilities": "off" } },
    );
    expect(code).toBe(0);
  });

  test("an image that is nowhere never stops the others", async () => {
    const { targets, code } = await verify({ images }, { images: ["localhost/none:1", "localhost/app:1"] });
    expect(targets).toMatchObject([{ error: { code: "IMAGE_NOT_FOUND" } }, { verdict: "admit", error: null }]);
    expect(code).toBe(3);
  });

  test("a Windows image is said to be one", async () => {
    const windows = { platform: "windows/amd64", config: { user: "ContainerUser" } };
    const { targets, code } = await verify({ images: { w: windows } }, { images: ["w"] });
    expect(targets).toMatchObject([{ verdict: "not-applicable", proof: null, error: null }]);
    expect(code).toBe(0);
  });

  test("some places are one engine's own", async () => {
    expect((await verify({ images }, { images: ["containers-storage:localhost/app:1"] })).chosen).toEqual(["podman"]);
    expect((await verify({ images }, { images: ["docker-daemon:localhost/app:1"] })).chosen).toEqual(["docker"]);
    expect(
      (await verify({ images }, { images: ["docker-daemon:localhost/app:1"], engine: "podman" })).report,
    ).toMatchObject({ ok: false, error: { code: "USAGE", message: expect.stringContaining("--engine says podman") } });
  });

  test("what can be no image is a fault of usage, before anything runs", async () => {
    const { report, chosen } = await verify({ images }, { images: ["localhost/app:1", "A B"] });
    expect(report).toMatchObject({ ok: false, error: { code: "USAGE", message: expect.stringContaining('"A B"') } });
    expect(chosen).toEqual([]);
  });

  test("without an engine there is no report", async () => {
    const error = { code: "ENGINE_UNAVAILABLE", engine: "auto", message: "none", hint: "install one" } as const;
    const report = await verifyImages(
      { images: ["localhost/app:1"], engine: "auto" },
      { signal: new AbortController().signal },
      async () => ({ ok: false, error }),
    );
    expect(report).toEqual({ ok: false, error });
  });

  test("an interruption ends the run, and what was pulled goes", async () => {
    const controller = new AbortController();
    const { targets, calls, code } = await verify(
      {
        registry: { "quay.io/a/b:1": image },
        run: () => {
          controller.abort("SIGTERM");
          return { exitCode: 1, stdout: "", stderr: "" };
        },
      },
      { images: ["quay.io/a/b:1", "localhost/app:1"] },
      controller.signal,
    );
    expect(targets).toMatchObject([{ target: "quay.io/a/b:1", error: { code: "INTERRUPTED", signal: "SIGTERM" } }]);
    expect(calls).toContain("removeImage quay.io/a/b:1");
    expect(code).toBe(143);
  });
});
