import { describe, expect, test } from "vitest";
import type { RunResult } from "../core/ports.ts";
import { createFakeEngine } from "../engine/fake/fake.ts";
import { smokeCandidate } from "./smoke-candidate.ts";

const options = { signal: new AbortController().signal };
const runs: RunResult = { exitCode: 143, stdout: "", stderr: "", stopped: true };
const ends: RunResult = { exitCode: 0, stdout: "", stderr: "" };
const fails: RunResult = { exitCode: 3, stdout: "", stderr: "" };
const refused: RunResult = { exitCode: 3, stdout: "", stderr: "open /var/lib/x: permission denied\n" };

/** Both images under the restricted profile, and the original as it is run today. */
async function compare(results: {
  readonly candidate: RunResult;
  readonly original: RunResult;
  readonly asToday?: RunResult;
}) {
  const command = { config: { entrypoint: ["/serve"] } };
  const engine = createFakeEngine({
    images: { original: { ...command, sizeBytes: 1 }, candidate: { ...command, sizeBytes: 2 } },
    run: ({ privileges }, { sizeBytes }) => {
      if (sizeBytes === 2) return results.candidate;
      return privileges === "engine" ? (results.asToday ?? results.original) : results.original;
    },
  });
  const [original, candidate] = [await engine.inspect("original", options), await engine.inspect("candidate", options)];
  if (!original.ok || !candidate.ok) throw new Error("no image");
  const reply = await smokeCandidate(
    engine,
    { original: original.value, candidate: candidate.value, seconds: 1 },
    options,
  );
  if (!reply.ok) throw new Error(JSON.stringify(reply.error));
  return { ...reply.value, runs: engine.calls.filter((call) => call.startsWith("run ")).length };
}

describe("smokeCandidate", () => {
  test("a candidate that runs is well, however the original fares", async () => {
    expect(await compare({ candidate: runs, original: runs })).toMatchObject({
      failure: null,
      smoke: { outcome: "running", original: { outcome: "running" } },
    });
    expect(await compare({ candidate: runs, original: fails })).toMatchObject({ failure: null, runs: 2 });
  });

  test("one that fails where the original ran is refused", async () => {
    expect(await compare({ candidate: refused, original: runs })).toMatchObject({
      failure: {
        code: "PROOF_FAILED",
        actual: "exit code 3: open /var/lib/x: permission denied, where the original ran",
        hint: expect.stringContaining("--writable"),
      },
      smoke: { outcome: "exited", exitCode: 3 },
    });
  });

  test("an original that only runs with today's capabilities ran", async () => {
    expect(await compare({ candidate: fails, original: fails, asToday: runs })).toMatchObject({
      failure: { code: "PROOF_FAILED" },
      smoke: { original: { outcome: "running", unrestricted: true } },
      runs: 3,
    });
  });

  test("one that ends as if all were well where the original runs is refused", async () => {
    const refusal = {
      failure: {
        code: "PROOF_FAILED",
        expected: "it still runs, as the original does",
        actual: "exit code 0 before its time was over, where the original ran",
        hint: expect.stringContaining("--smoke SECONDS"),
      },
      smoke: { outcome: "exited", exitCode: 0, fault: "exit code 0 before its time was over" },
    };
    expect(await compare({ candidate: ends, original: runs })).toMatchObject({ ...refusal, runs: 2 });
    expect(await compare({ candidate: ends, original: ends, asToday: runs })).toMatchObject({ ...refusal, runs: 3 });
    expect(await compare({ candidate: ends, original: fails, asToday: runs })).toMatchObject(refusal);
  });

  test("a refusal that the original lives with is no end", async () => {
    const warned: RunResult = { ...runs, stdout: "setrlimit: Operation not permitted\n" };
    expect(await compare({ candidate: fails, original: fails, asToday: warned })).toMatchObject({
      failure: { code: "PROOF_FAILED", actual: "exit code 3, where the original ran" },
      smoke: { original: { outcome: "running", unrestricted: true } },
    });
    expect(await compare({ candidate: warned, original: warned })).toMatchObject({ failure: null });
  });

  test("a job that ends before and after is well", async () => {
    expect(await compare({ candidate: ends, original: ends })).toMatchObject({
      failure: null,
      smoke: { fault: null, original: { outcome: "exited", exitCode: 0 } },
    });
    const { smoke } = await compare({ candidate: ends, original: ends });
    expect(smoke.original).not.toHaveProperty("unrestricted");
  });

  test("one that fails as the original does is no worse", async () => {
    expect(await compare({ candidate: fails, original: fails })).toMatchObject({
      failure: null,
      smoke: { fault: "exit code 3", original: { fault: "exit code 3" } },
    });
  });
});
