import { spawn } from "node:child_process";
import { failureOfAbort } from "../../core/abort.ts";
import { Refusal } from "../../core/refusal.ts";
import { messageOf } from "./client.ts";

/** As much of its messages is kept. */
const mostMessage = 64 * 1024;

/**
 * What a podman command writes to standard output, as it comes. Ends podman when the reader leaves; throws a
 * {@link Refusal} when podman fails.
 */
export async function* exportedBy(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  if (signal.aborted) throw new Refusal(failureOfAbort(signal));
  const child = spawn(program, ["--log-level=error", ...args], { stdio: ["ignore", "pipe", "pipe"], shell: false });
  let messages = "";
  child.stderr.setEncoding("utf8");
  child.stderr.on("data", (text: string) => {
    if (messages.length < mostMessage) messages += text;
  });
  const ended = new Promise<number>((resolve) => {
    child.on("error", () => resolve(127));
    child.on("close", (code) => resolve(code ?? 1));
  });
  const stop = (): void => void child.kill("SIGTERM");
  signal.addEventListener("abort", stop, { once: true });
  let isDone = false;
  try {
    const output: AsyncIterable<unknown> = child.stdout;
    for await (const part of output) if (Buffer.isBuffer(part)) yield part;
    const code = await ended;
    isDone = true;
    if (signal.aborted) throw new Refusal(failureOfAbort(signal));
    if (code !== 0)
      throw new Refusal({
        code: "ENGINE_FAILED",
        engine: "podman",
        message: `podman save failed (exit code ${code}): ${messageOf(messages)}`,
      });
  } finally {
    signal.removeEventListener("abort", stop);
    if (!isDone) stop();
  }
}
