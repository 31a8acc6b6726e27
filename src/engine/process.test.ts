import { describe, expect, test } from "vitest";
import { runProcess } from "./process.ts";

const node = process.execPath;
const quiet = (): AbortSignal => new AbortController().signal;
const script = (code: string): string[] => ["-e", code];

describe("runProcess", () => {
  test("gives both streams, their lines as they come, and the exit code", async () => {
    const lines: string[] = [];
    const outcome = await runProcess(node, script('console.log("out"); console.error("err"); process.exitCode = 7'), {
      signal: quiet(),
      onLine: (line) => lines.push(line),
    });
    expect(outcome).toMatchObject({
      kind: "exited",
      exitCode: 7,
      stdout: "out\n",
      stderr: "err\n",
    });
    expect(lines.toSorted()).toEqual(["err", "out"]);
  });

  test("passes arguments on as they are", async () => {
    const args = ["$(id)", "a b", "'", "*", ""];
    const outcome = await runProcess(node, [...script("console.log(JSON.stringify(process.argv.slice(1)))"), ...args], {
      signal: quiet(),
    });
    expect(JSON.parse(outcome.stdout)).toEqual(args);
  });

  test("gives the child what it is given, and nothing otherwise", async () => {
    const copy = script("process.stdin.pipe(process.stdout)");
    expect((await runProcess(node, copy, { signal: quiet(), input: new TextEncoder().encode("hello") })).stdout).toBe(
      "hello\n",
    );
    expect((await runProcess(node, copy, { signal: quiet() })).stdout).toBe("");
  });

  test("gives bytes as bytes, within the limit", async () => {
    const outcome = await runProcess(node, script("process.stdout.write(Buffer.from([0, 255, 10, 13, 1]))"), {
      signal: quiet(),
      binary: true,
      limit: 4,
    });
    expect([...outcome.bytes]).toEqual([0, 255, 10, 13]);
    expect(outcome.stdout).toBe("");
  });

  test("bounds what it keeps", async () => {
    const outcome = await runProcess(node, script('for (let i = 0; i < 2000; i++) console.log("x".repeat(99))'), {
      signal: quiet(),
      limit: 1000,
    });
    expect(outcome.stdout).toMatch(/^x{99}\n[^]*characters left out\]\n[^]*x\n$/);
    expect(outcome.stdout.length).toBeLessThan(2000);
  });

  test("says that there is no such program", async () => {
    expect(await runProcess("image-fix-no-such-program", [], { signal: quiet() })).toMatchObject({
      kind: "missing",
      exitCode: -1,
    });
  });

  test("does not start for a signal that is aborted already", async () => {
    expect((await runProcess(node, script("console.log(1)"), { signal: AbortSignal.abort() })).kind).toBe("stopped");
  });

  test("ends the child when the signal is aborted, after what has to be done first", async () => {
    const controller = new AbortController();
    const order: string[] = [];
    const outcome = await runProcess(node, script('console.log("up"); setInterval(() => {}, 1000)'), {
      signal: controller.signal,
      onLine: () => controller.abort(),
      onStop: async (running) => void order.push(running() ? "asked while it runs" : "asked too late"),
    });
    expect(outcome).toMatchObject({ kind: "stopped", exitCode: -1 });
    expect(order).toEqual(["asked while it runs"]);
  });

  test("ends a child that does not heed SIGTERM", async () => {
    const controller = new AbortController();
    const stubborn = script('process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1000)');
    const outcome = await runProcess(node, stubborn, {
      signal: controller.signal,
      onLine: () => controller.abort(),
    });
    expect(outcome.kind).toBe("stopped");
  });

  test("does not wait for a process that outlives the child and holds its output open", async () => {
    const controller = new AbortController();
    const outcome = await runProcess("/bin/sh", ["-c", "echo said; sleep 20 & exit 3"], { signal: controller.signal });
    expect(outcome).toMatchObject({ kind: "exited", exitCode: 3, stdout: "said\n" });
    const wrapper = await runProcess("/bin/sh", ["-c", "echo said; sleep 20"], {
      signal: controller.signal,
      onLine: () => controller.abort(),
    });
    expect(wrapper).toMatchObject({ kind: "stopped", stdout: "said\n" });
  });

  test("ends the child when its time is over", async () => {
    expect(
      (
        await runProcess(node, script("setInterval(() => {}, 1000)"), {
          signal: quiet(),
          timeoutMs: 50,
        })
      ).kind,
    ).toBe("timeout");
  });
});
