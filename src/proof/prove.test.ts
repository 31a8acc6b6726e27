import { describe, expect, test } from "vitest";
import type { RunRequest, RunResult } from "../core/ports.ts";
import { createFakeEngine, type FakeImage } from "../engine/fake/fake.ts";
import { prove, type ProofRequest } from "./prove.ts";
import { verifyImage } from "./verify-image.ts";

const options = { signal: new AbortController().signal };

interface Process {
  readonly uid?: number;
  readonly gid?: number;
  readonly groups?: string;
  readonly capEff?: string;
  readonly noNewPrivs?: number;
  /** Paths it may write. */
  readonly writable?: readonly string[];
  /** What the image's `id` prints; `undefined` where it has none. */
  readonly id?: string | undefined;
}

const ids = (value: number): string => Array(4).fill(value).join("\t");

/** What the probe would print in a container of such a process. */
function probed(
  request: RunRequest,
  { uid = 65532, gid = 65532, groups = "", capEff = "0".repeat(16), noNewPrivs = 1, writable = [], id }: Process,
): RunResult {
  const [, marker = "", ...orders] = request.argv ?? [];
  let stdout = "";
  for (const order of orders) {
    const path = order.slice(1);
    if (order.startsWith("c")) {
      stdout += `Uid:\t${ids(uid)}\nGid:\t${ids(gid)}\nGroups:\t${groups}\nCapEff:\t${capEff}\nNoNewPrivs:\t${noNewPrivs}\nSeccomp:\t2\n\n${marker} @@\n`;
    } else if (order.startsWith("w"))
      stdout += `\n${marker} ${writable.includes(path.replace(/\/\.$/, "")) ? "@@" : "@M"}\n`;
    else if (id !== undefined && path === "/usr/bin/id") return { exitCode: 0, stdout: `${stdout}${id}\n`, stderr: "" };
    else stdout += `\n${marker} @B\n`;
  }
  return { exitCode: 0, stdout, stderr: "" };
}

const passwd = "root:x:0:0:root:/root:/bin/sh\nnonroot:x:65532:65532::/home/nonroot:/sbin/nologin\n";
const group = "root:x:0:\nnonroot:x:65532:\n";
const image: FakeImage = {
  config: { user: "65532", workingDir: "/app", env: ["PATH=/usr/bin:/bin"] },
  files: { "/etc/passwd": passwd, "/etc/group": group },
  sizeBytes: 2000,
};
const idLine = "uid=65532(nonroot) gid=65532(nonroot) groups=65532(nonroot)";
const request: ProofRequest = {
  image: "candidate",
  expectedUid: 65532,
  writable: ["/app"],
  home: "/home/nonroot",
  timeoutMs: 1000,
  sizeBefore: 1900,
};

const engineWith = (process: Process, given: FakeImage = image) =>
  createFakeEngine({ images: { candidate: given }, run: (asked) => probed(asked, process) });
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
  });

  test("a probe that did not answer is the engine's failure", async () => {
    const engine = createFakeEngine({
      images: { candidate: image },
      run: () => ({ exitCode: 126, stdout: "", stderr: "exec format error\n" }),
    });
    expect(await prove(engine, request, options)).toEqual({
      ok: false,
      error: {
        code: "ENGINE_FAILED",
        engine: "fake",
        message: "the probe did not answer (exit code 126): exec format error",
      },
    });
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

const verify = async (process: Process, given: FakeImage) =>
  await verifyImage(engineWith(process, given), "candidate", { ...options, timeoutMs: 1000 });

describe("verifyImage", () => {
  test("runs what the kubelet admits", async () => {
    expect(await verify({ id: idLine }, image)).toMatchObject({
      ok: true,
      value: { verdict: { verdict: "admit", uid: 65532n }, proof: { id: idLine } },
    });
  });

  test.each([
    ["", "root"],
    ["0", "root"],
    ["app", "symbolic"],
    ["-1", "invalid"],
  ])("does not run what it refuses: %j", async (user, verdict) => {
    const engine = engineWith({}, { config: { user } });
    expect(await verifyImage(engine, "candidate", { ...options, timeoutMs: 1000 })).toMatchObject({
      ok: true,
      value: { verdict: { verdict }, proof: null },
    });
    expect(engine.calls.filter((call) => call.startsWith("run "))).toEqual([]);
  });

  test("a container that runs as someone else than the image says fails", async () => {
    expect(await verify({ uid: 1000 }, image)).toMatchObject({
      ok: false,
      error: { code: "PROOF_FAILED" },
    });
  });
});
