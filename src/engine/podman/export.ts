import { spawn } from "node:child_process";
import { failureOfAbort } from "../../core/abort.ts";
import { Refusal } from "../../core/refusal.ts";
import { messageOf } from "./client.ts";

/** As much of its messages is kept. */
const mostMessage = 64 * 1024;

/** How long podman may take to end after SIGTERM before it is killed. */
const killAfterMs = 3000;

/**
 * What a podman command writes to standard output, as it comes. Ends podman when the reader leaves; throws a
 * {@link Refusal} when podman fails.
 * @param env added to this process's environment
 */
export async function* exportedBy(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
  env: Readonly<Record<string, string>>,
): AsyncGenerator<Uint8Array> {
  if (signal.aborted) throw new Refusal(failureOfAbort(signal));
  const child = spawn(program, ["--log-level=error", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    shell: false,
    env: { ...process.env, ...env },
  });
  let messages = "";
  child.stderr.setEncoding("utf8");
  child.stderr.on("data", (text: string) => {
    if (messages.length < mostMessage) messages += text;
  });
  const ended = new Promise<number>((resolve) => {
    child.on("error", () => resolve(127));
    child.on("close", (code) => resolve(code ?? 1));
  });
  const stop = (): void => {
    child.kill("SIGTERM");
    kill ??= setTimeout(() => child.kill("SIGKILL"), killAfterMs);
    // Nobody reads on; whoever else holds them open (a wrapper script's own child) is not waited for.
    child.stdout.destroy();
    child.stderr.destroy();
  };
  let kill: NodeJS.Timeout | undefined;
  signal.addEventListener("abort", stop, { once: true });
  let isDone = false;
  try {
    const output: AsyncIterable<unknown> = child.stdout;
    for await (const part of output) if (Buffer.isBuffer(part)) yield part;
    const code = await ended;
    isDone = true;
    if (code !== 0)
      throw new Refusal({
        code: "ENGINE_FAILED",
        engine: "podman",
        message: `podman ${args[0] ?? ""} failed (exit code ${code}): ${messageOf(messages)}`,
      });
  } catch (error) {
    throw signal.aborted ? new Refusal(failureOfAbort(signal)) : error;
  } finally {
    signal.removeEventListener("abort", stop);
    if (!isDone) stop();
    await ended;
    clearTimeout(kill);
  }
}
