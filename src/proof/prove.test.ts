import { describe, expect, test } from "vitest";
import { createFakeEngine, type FakeImage } from "../engine/fake/fake.ts";
import { engineWith, idLine, image, type Process } from "./proof-samples.ts";
import { prove, type ProofRequest } from "./prove.ts";

const options = { signal: new AbortController().signal };

const request: ProofRequest = {
  image: "candidate",
  expectedUid: 65532,
  writable: ["/app"],
  home: "/home/nonroot",
  timeoutMs: 1000,
  sizeBefore: 1900,
};

const everything = ["/app", "/home/nonroot"];

describe("prove", () => {
  test("is what the kernel and the image's own id say", async () => {
    const engine = engineWith({ id: idLine, writable: everything, groups: "10" });
    expect(await prove(engine, request, options)).toEqual({
      ok: true,
      value: {
        engine: "podman",
        engineDescription: "fake 1.0 (fake builder)",
        imageId: expect.stringMatching(/^sha256:/),
        uid: 65532,
        gid: 65532,
        kubernetesGid: 65532,
        groups: [65532, 10],
        userName: "nonroot",
        id: idLine,
        method: "id",
        capEff: "0000000000000000",
        noNewPrivs: true,
        seccomp: 2,
        writable: { "/app": true, "/home/nonroot": true },
        sizeBefore: 1900,
        sizeAfter: 2000,
      },
    });
    expect(engine.calls.filter((call) => call.startsWith("run "))).toHaveLength(1);
  });

  test("an image without id is proven by the probe, and says so", async () => {
    expect(await prove(engineWith({ writable: everything }), request, options)).toMatchObject({
      ok: true,
      value: { method: "probe", id: idLine },
    });
  });

  test("a uid without account has no name, and Kubernetes gives it gid 0", async () => {
    const bare: FakeImage = {
      ...image,
      config: { ...image.config, user: "65532:65532" },
      files: {},
    };
    expect(await prove(engineWith({ writable: everything }, bare), request, options)).toMatchObject({
      ok: true,
      value: {
        userName: null,
        gid: 65532,
        kubernetesGid: 0,
        id: "uid=65532 gid=65532 groups=65532",
      },
    });
  });

  test("a name that only the engine knows is not shown", async () => {
    const engine = engineWith(
      { writable: everything, id: "uid=65532(65532) gid=0(root) groups=0(root)", gid: 0 },
      { ...image, files: {} },
    );
    expect(await prove(engine, request, options)).toMatchObject({
      ok: true,
      value: { userName: null, id: "uid=65532 gid=0 groups=0" },
    });
  });

  test.each<[string, Process, FakeImage, string, string]>([
    ["runs as root", { uid: 0, writable: everything }, image, "uid=65532", "uid=0 0 0 0"],
    ["runs as another uid", { uid: 1000, writable: everything }, image, "uid=65532", "uid=1000"],
    [
      "keeps a capability",
      { capEff: "0000000000000400", writable: everything },
      image,
      "CapEff 0000000000000000",
      "CapEff 0000000000000400",
    ],
    ["may gain privileges", { noNewPrivs: 0, writable: everything }, image, "NoNewPrivs 1", "NoNewPrivs 0"],
    ["cannot write", { writable: ["/app"] }, image, "writable: /home/nonroot", "not writable: /home/nonroot"],
    [
      "has an id that lies",
      { id: "uid=1(x) gid=1(x)", writable: everything },
      image,
      "uid=65532 gid=65532",
      "uid=1(x) gid=1(x)",
    ],
    ["names no user", {}, { ...image, config: {} }, "a numeric Config.User that is not 0", 'Config.User is ""'],
    [
      "names a word",
      {},
      { ...image, config: { user: "app" } },
      "a numeric Config.User that is not 0",
      'Config.User is "app"',
    ],
  ])("fails where the image %s", async (_, process, given, expected, actual) => {
    expect(await prove(engineWith(process, given), request, options)).toMatchObject({
      ok: false,
      error: { code: "PROOF_FAILED", expected, actual },
    });
  });

  describe("the programs that the image starts", () => {
    const starts = [["/usr/local/bin/run", "/usr/bin/run"]];
    const proven = async (process: Process) =>
      await prove(engineWith({ writable: everything, ...process }), { ...request, starts }, options);

    test("one that root may execute and the user may not is a failure", async () => {
      expect(await proven({ closed: ["/usr/bin/run"] })).toMatchObject({
        ok: false,
        error: {
          code: "PROOF_FAILED",
          message: "uid 65532 may not execute /usr/bin/run, which the image starts",
          hint: expect.stringContaining("--chmod=755"),
        },
      });
    });

    test("one with file capabilities, which the kernel refuses to start without them, is a failure", async () => {
      expect(await proven({ open: ["/usr/bin/run"], capable: ["/usr/bin/run"] })).toMatchObject({
        ok: false,
        error: {
          code: "PROOF_FAILED",
          message: expect.stringMatching(/^\/usr\/bin\/run, which the image starts, has file capabilities/),
          actual: "operation not permitted",
          hint: expect.stringContaining("setcap -r /usr/bin/run"),
        },
      });
    });

    test("no failure where a person has said that it gets them", async () => {
      const engine = engineWith({ writable: everything, open: ["/usr/bin/run"], capable: ["/usr/bin/run"] });
      expect(await prove(engine, { ...request, starts, grantsFileCapabilities: true }, options)).toMatchObject({
        ok: true,
      });
    });

    test.each<[string, Process]>([
      ["it may", { open: ["/usr/bin/run"] }],
      ["another folder of PATH has one with capabilities", { open: ["/usr/local/bin/run"], capable: ["/usr/bin/run"] }],
      ["another folder of PATH has one that it may", { closed: ["/usr/local/bin/run"], open: ["/usr/bin/run"] }],
      ["there is none: what is mounted may bring it", {}],
      ["nobody may, so that it never ran", { never: ["/usr/bin/run"] }],
    ])("no failure: %s", async (_, process) => {
      expect(await proven(process)).toMatchObject({ ok: true });
    });
  });

  test("a uid whose account was predicted and is not there fails", async () => {
    const engine = engineWith({ writable: everything }, { ...image, files: {} });
    expect(await prove(engine, { ...request, expectedName: "app" }, options)).toMatchObject({
      ok: false,
      error: { message: "uid 65532 has no account in the image", expected: "uid=65532(app)" },
    });
    expect(
      await prove(engineWith({ writable: everything }), { ...request, expectedName: "app" }, options),
    ).toMatchObject({
      ok: true,
    });
  });

  test("what was not promised is reported and not judged; the home is HOME, else the account's", async () => {
    const asked = { image: "candidate", writable: [], timeoutMs: 1000 };
    expect(await prove(engineWith({}), asked, options)).toMatchObject({
      ok: true,
      value: { writable: { "/app": false, "/home/nonroot": false } },
    });
    const withHome = {
      ...image,
      config: { ...image.config, env: ["HOME=/data", "PATH=/usr/bin"] },
    };
    expect(await prove(engineWith({ writable: ["/data"] }, withHome), asked, options)).toMatchObject({
      ok: true,
      value: { writable: { "/app": false, "/data": true } },
    });
    const homeless = { ...image, config: { ...image.config, env: ["HOME=/nonexistent"] } };
    const reply = await prove(engineWith({}, homeless), asked, options);
    expect(reply.ok && reply.value.writable).toEqual({ "/app": false });
  });

  test("a probe that did not answer is the engine's failure", async () => {
    const engine = createFakeEngine({
      images: { candidate: image },
      run: () => ({ exitCode: 126, stdout: "", stderr: "permission denied\n" }),
    });
    expect(await prove(engine, request, options)).toEqual({
      ok: false,
      error: {
        code: "ENGINE_FAILED",
        engine: "fake",
        message: "the probe did not answer (exit code 126): permission denied",
      },
    });
  });

  test.each([
    "exec /.image-fix-probe/probe: exec format error",
    "Error: OCI runtime error: crun: exec container process `/.image-fix-probe/probe`: Exec format error",
  ])("one for a platform that the kernel does not run says what would: %s", async (stderr) => {
    const engine = createFakeEngine({
      images: { candidate: image },
      run: () => ({ exitCode: 255, stdout: "", stderr }),
    });
    expect(await prove(engine, request, options)).toMatchObject({
      ok: false,
      error: { code: "ENGINE_FAILED", hint: expect.stringContaining("emulate") },
    });
  });

  test.each([
    "Error: OCI runtime error: runc: runc create failed: unable to start container process: unable to setup user: invalid argument",
    "Error: OCI runtime error: runc: runc create failed: unable to start container process: unable to setup user: setgroups: invalid argument",
    "Error: OCI runtime error: crun: setgroups: Invalid argument",
    "Error: lchown /home/me/.local/share/containers/storage/volumes/1/_data: invalid argument",
  ])("a uid above those of a rootless engine is told: %s", async (stderr) => {
    const engine = createFakeEngine({
      images: { candidate: image },
      run: () => ({ exitCode: 126, stdout: "", stderr }),
    });
    const reply = await prove(engine, request, options);
    expect(reply.ok ? undefined : reply.error).toMatchObject({ hint: expect.stringContaining("/etc/subuid") });
  });

  test("an image for a machine without probe is said to be one", async () => {
    expect(await prove(engineWith({}, { ...image, platform: "linux/s390x" }), request, options)).toMatchObject({
      ok: false,
      error: { code: "ENGINE_FAILED" },
    });
  });

  test("an image that is not there is not there", async () => {
    expect(await prove(createFakeEngine(), request, options)).toMatchObject({
      ok: false,
      error: { code: "IMAGE_NOT_FOUND" },
    });
  });
});
