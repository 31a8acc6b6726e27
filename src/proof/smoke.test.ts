import { describe, expect, test } from "vitest";
import type { RunRequest, RunResult } from "../core/ports.ts";
import { createFakeEngine, type FakeImage } from "../engine/fake/fake.ts";
import { signalName } from "./signal-name.ts";
import { smokeFailure, smokeTest } from "./smoke.ts";

const options = { signal: new AbortController().signal };
const app: FakeImage = { config: { entrypoint: ["/app/serve"], cmd: ["--port", "8080"] } };

async function smoke(result: Partial<RunResult>, image = app) {
  const asked: RunRequest[] = [];
  const engine = createFakeEngine({
    images: { app: image },
    run: (request) => {
      asked.push(request);
      return { exitCode: 0, stdout: "", stderr: "", ...result };
    },
  });
  const record = await engine.inspect("app", options);
  if (!record.ok) throw new Error("no image");
  const reply = await smokeTest(engine, { image: record.value, seconds: 5, user: "1000", readOnly: true }, options);
  if (!reply.ok) throw new Error(JSON.stringify(reply.error));
  return { ...reply.value, asked };
}

describe("smokeTest", () => {
  test("starts what the image names, as asked, for so long", async () => {
    const { asked, ...result } = await smoke({ exitCode: 143, stopped: true, stdout: "listening on 8080\n" });
    expect(asked).toEqual([
      { image: expect.stringMatching(/^sha256:/), user: "1000", readOnly: true, stopAfterMs: 5000, timeoutMs: 35_000 },
    ]);
    expect(result).toEqual({
      command: ["/app/serve", "--port", "8080"],
      seconds: 5,
      outcome: "running",
      exitCode: null,
      signal: null,
      permissionErrors: [],
      output: "listening on 8080",
      fault: null,
    });
  });

  test("a command that ends with 0 is well", async () => {
    expect(await smoke({ stdout: "done\n" })).toMatchObject({ outcome: "exited", exitCode: 0, fault: null });
  });

  test.each([
    [{ exitCode: 3 }, "exited", "exit code 3"],
    [{ exitCode: 139 }, "killed", "it was ended by SIGSEGV"],
    [{ exitCode: 255 }, "exited", "exit code 255"],
    [{ exitCode: 127, stderr: "no such file" }, "not-started", "it could not be started, exit code 127"],
    [
      { exitCode: 1, stdout: "starting", stderr: "sh: can't create /data/x: Permission denied\n" },
      "exited",
      "exit code 1: sh: can't create /data/x: Permission denied",
    ],
    [{ stderr: "mkdir: EACCES\n" }, "exited", "a refused permission: mkdir: EACCES"],
    [
      { stopped: true as const, stderr: "log: Permission denied\n" },
      "running",
      "a refused permission: log: Permission denied",
    ],
  ])("%j fails", async (result, outcome, fault) => {
    expect(await smoke(result)).toMatchObject({ outcome, fault });
  });

  test.each([
    [{ exitCode: 126, stderr: "exec: /tool: Permission denied\n" }, /its interpreter or a folder on the way is closed/],
    [{ exitCode: 126, stderr: "exec /cap: operation not permitted\n" }, /file capabilities/],
    [{ exitCode: 1, stderr: "/data/x: Permission denied\n" }, /give it folders/],
    [
      { exitCode: 1, stderr: "10:47:24 [emerg] 1#1: bind() to 0.0.0.0:80 failed (13: Permission denied)\n" },
      /a port of 1024/,
    ],
    [{ exitCode: 1, stderr: "Error: listen EACCES: permission denied 0.0.0.0:443\n" }, /a port of 1024/],
    [{ exitCode: 1, stderr: "2026/11/28 10:00:00 listen tcp :80: bind: permission denied\n" }, /a port of 1024/],
    [{ exitCode: 1, stderr: "cannot bind socket (Permission denied) [0.0.0.0:80]\n" }, /a port of 1024/],
    [
      { exitCode: 1, stderr: "10:47:24 bind() to unix:/run/x.sock failed (13: Permission denied)\n" },
      /give it folders/,
    ],
    [{ exitCode: 1, stderr: "Error: listen EACCES: permission denied /run/x.sock\n" }, /give it folders/],
    [{ exitCode: 1, stderr: "mkdir: can't create directory '/x': Read-only file system\n" }, /mount a volume/],
    [
      { exitCode: 1, stderr: "FileNotFoundError: [Errno 2] No usable temporary directory found in ['/tmp']\n" },
      /mount a volume/,
    ],
    [{ exitCode: 1, stderr: "chown: /data: Operation not permitted\n" }, /what only root may/],
    [{ exitCode: 1, stderr: "setgid(101) failed (1: Operation not permitted)\n" }, /what only root may/],
    [{ exitCode: 1, stderr: 'Error setting groups to gid 101: "Operation not permitted".\n' }, /what only root may/],
    [{ exitCode: 71, stderr: "failed to drop supplementary groups: Operation not permitted\n" }, /what only root may/],
  ])("%j: the hint is for what was refused", async (result, hint) => {
    const smoked = await smoke(result);
    expect(smokeFailure(smoked, smoked.fault ?? "")).toMatchObject({ hint: expect.stringMatching(hint) });
  });

  test("no refused permission, no hint", async () => {
    const smoked = await smoke({ exitCode: 127, stderr: "no such file" });
    expect(smokeFailure(smoked, smoked.fault ?? "")).not.toHaveProperty("hint");
  });

  test("keeps the end of what was printed", async () => {
    const lines = Array.from({ length: 100 }, (_, index) => `line ${index}`);
    const { output } = await smoke({ stdout: `${lines.join("\n")}\n`, stderr: "last\n" });
    expect(output.split("\n")).toEqual([...lines.slice(-19), "last"]);
  });

  test("an image without a command is not started", async () => {
    expect(await smoke({}, { config: {} })).toMatchObject({ outcome: "no-command", fault: null, asked: [] });
  });
});

test.each([
  [1, "SIGHUP"],
  [9, "SIGKILL"],
  [11, "SIGSEGV"],
  [15, "SIGTERM"],
  [31, "SIGSYS"],
  [34, "signal 34"],
  [64, "signal 64"],
  [65, undefined],
  [127, undefined],
])("signal %i is %s", (number, name) => {
  expect(signalName(number)).toBe(name);
});
