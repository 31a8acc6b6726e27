import { describe, expect, test } from "vitest";
import type { RunRequest, RunResult } from "../core/ports.ts";
import { createFakeEngine, type FakeImage } from "../engine/fake/fake.ts";
import { idLine, image, probed, type Process } from "./proof-samples.ts";
import { verifyImage, type VerifyImageRequest } from "./verify-image.ts";

const options = { signal: new AbortController().signal };

async function verify(
  process: Process | ((request: RunRequest) => RunResult),
  given: FakeImage = image,
  more: Partial<VerifyImageRequest> = {},
) {
  const asked: RunRequest[] = [];
  const engine = createFakeEngine({
    images: { candidate: given },
    run: (request) => {
      asked.push(request);
      return typeof process === "function" ? process(request) : probed(request, process);
    },
  });
  const record = await engine.inspect("candidate", options);
  if (!record.ok) throw new Error("no image");
  const verified = await verifyImage(engine, record.value, { writable: [], timeoutMs: 1000, ...more }, options);
  return { ...verified, asked };
}

/** A process of whatever user is asked for. */
const same = (request: RunRequest) => probed(request, { uid: Number(request.user), gid: 0 });

/** One whose own command may not write. */
const deniedCommand = (request: RunRequest): RunResult =>
  request.argv === undefined
    ? { exitCode: 1, stdout: "", stderr: "open /data/db: permission denied\n" }
    : probed(request, { uid: 1234, gid: 0, id: "uid=1234 gid=0(root) groups=0(root)" });

describe("verifyImage", () => {
  test("runs what the kubelet admits", async () => {
    expect(await verify({ id: idLine })).toMatchObject({
      verdict: { verdict: "admit", uid: 65532n },
      proof: { id: idLine },
      failure: null,
    });
  });

  test.each([
    ["", "root"],
    ["0", "root"],
    ["app", "symbolic"],
    ["-1", "invalid"],
  ])("does not run what it refuses: %j", async (user, verdict) => {
    expect(await verify({}, { config: { user } })).toMatchObject({
      verdict: { verdict },
      proof: null,
      failure: null,
      asked: [],
    });
  });

  test("a container that runs as someone else than the image says fails, and the verdict stays", async () => {
    expect(await verify({ uid: 1000 })).toMatchObject({
      verdict: { verdict: "admit", uid: 65532n },
      proof: null,
      failure: { code: "PROOF_FAILED" },
    });
  });

  test("with a user, the image's own is not looked at", async () => {
    const named = { ...image, config: { ...image.config, user: "app" } };
    const process = { uid: 1234, gid: 0, writable: ["/app"] };
    const { asked, ...verified } = await verify(process, named, { user: 1234, readOnly: true });
    expect(verified).toMatchObject({
      verdict: { verdict: "admit", uid: 1234n, kubeletMessage: null },
      proof: { uid: 1234, gid: 0, kubernetesGid: 0, userName: null, runAsUser: 1234, readOnly: true },
    });
    expect(asked[0]).toMatchObject({ user: "1234", readOnly: true });
  });

  test("emptyDirs are the user's, in the proof and in the smoke test", async () => {
    const given = { ...image, config: { ...image.config, entrypoint: ["/serve"] } };
    const request = { emptyDirs: ["/tmp"], smokeSeconds: 2, user: 1234 };
    const { asked, proof } = await verify(deniedCommand, given, request);
    const emptyDirs = { paths: ["/tmp"], uid: 1234 };
    expect(asked).toMatchObject([{ emptyDirs }, { emptyDirs, stopAfterMs: 2000 }]);
    expect(proof).toMatchObject({ emptyDirs: ["/tmp"] });
    const own = await verify({ id: idLine, writable: ["/app"] }, image, { emptyDirs: ["/tmp"] });
    expect(own.asked[0]?.emptyDirs).toEqual({ paths: ["/tmp"], uid: 65_532 });
  });

  test("an arbitrary uid is one of OpenShift's, and another one each time", async () => {
    const uids = [
      await verify(same, image, { user: "arbitrary" }),
      await verify(same, image, { user: "arbitrary" }),
    ].map(({ proof }) => proof?.uid ?? 0);
    for (const uid of uids) {
      expect(uid).toBeGreaterThanOrEqual(1_000_000_000);
      expect(uid).toBeLessThan(2_000_000_000);
    }
    expect(uids[0]).not.toBe(uids[1]);
  });

  test("what has to be writable and is not fails", async () => {
    const process = { id: idLine, writable: ["/app"] };
    expect(await verify(process, image, { writable: ["/app"] })).toMatchObject({ failure: null });
    expect(await verify(process, image, { writable: ["/data"] })).toMatchObject({
      failure: { code: "PROOF_FAILED", actual: "not writable: /data" },
    });
  });

  test("the image's own command is started after the proof, as the same user", async () => {
    const given = { ...image, config: { ...image.config, entrypoint: ["/serve"] } };
    const { asked, ...verified } = await verify(deniedCommand, given, { smokeSeconds: 2, user: 1234, readOnly: true });
    expect(asked[1]).toMatchObject({ user: "1234", readOnly: true, stopAfterMs: 2000 });
    expect(verified).toMatchObject({
      proof: { uid: 1234 },
      smoke: { outcome: "exited", exitCode: 1 },
      failure: {
        code: "PROOF_FAILED",
        actual: "exit code 1: open /data/db: permission denied",
        log: "open /data/db: permission denied",
      },
    });
  });

  test("what fails its proof is not started", async () => {
    expect((await verify({ uid: 1000 }, image, { smokeSeconds: 2 })).asked).toHaveLength(1);
  });
});
