import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { createLineReader } from "./lines.ts";
import { concatBytes } from "../image/tar.ts";
import { createTextLog } from "./text-log.ts";

export interface ProcessOptions {
  readonly signal: AbortSignal;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Written to its standard input; without it the child has none. */
  readonly input?: Uint8Array | AsyncIterable<Uint8Array>;
  /** Every line of both streams, in the order they came. */
  readonly onLine?: (line: string) => void;
  /** Bound of each kept stream in characters; the default is 16 Mi. */
  readonly limit?: number;
  readonly timeoutMs?: number;
  /** Standard output is kept as bytes (`bytes`, bounded by `limit`) and not read as text. */
  readonly binary?: boolean;
  /**
   * Called once when the child has to end before its time. What is still running when it returns gets SIGTERM, and
   * SIGKILL after a while.
   */
  readonly onStop?: (running: () => boolean) => Promise<void>;
}

export interface ProcessOutcome {
  /** `missing`: no such program. `stopped`: the signal was aborted. `timeout`: `timeoutMs` went by. */
  readonly kind: "exited" | "missing" | "stopped" | "timeout";
  /** -1 when it was killed or never ran. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Both streams in the order they came. */
  readonly log: string;
  /** Standard output, when `binary` was asked for. */
  readonly bytes: Uint8Array;
}

const mebi = 1024 * 1024;

/** How long a child may take to end after SIGTERM before it is killed. */
const killAfterMs = 3000;

/** How long nothing may come of what a child wrote before its end. */
const drainMs = 1000;
/** The same of a child that was ended, of which nobody wants to know more. */
const stoppedDrainMs = 100;

/**
 * Runs a program with an argument array (never through a shell) and waits for its end. Never throws for what the
 * program does: the outcome says it.
 */
export async function runProcess(
  file: string,
  args: readonly string[],
  options: ProcessOptions,
): Promise<ProcessOutcome> {
  if (options.signal.aborted)
    return {
      kind: "stopped",
      exitCode: -1,
      stdout: "",
      stderr: "",
      log: "",
      bytes: new Uint8Array(),
    };
  // Loaded here, as an engine is rarely asked.
  const { execa } = await import("./execa.ts");
  const limit = options.limit ?? 16 * mebi;
  const stdout = createTextLog(limit);
  const stderr = createTextLog(limit);
  const log = createTextLog(limit);
  const child = execa(file, args, {
    reject: false,
    buffer: false,
    stdout: "pipe",
    stderr: "pipe",
    ...inputOf(options.input),
    ...(options.env === undefined ? {} : { env: options.env }),
    forceKillAfterDelay: killAfterMs,
    // Ended by us when this process is, and with SIGTERM rather than SIGKILL.
    cleanup: true,
  });
  const keep = (stream: { append(chunk: string): void }) =>
    createLineReader((line) => {
      stream.append(`${line}\n`);
      log.append(`${line}\n`);
      options.onLine?.(line);
    });
  const readers = [keep(stdout), keep(stderr)] as const;
  const bytes: Buffer[] = [];
  let byteCount = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    if (options.binary !== true) return readers[0].push(chunk);
    if (byteCount < limit) bytes.push(chunk.subarray(0, limit - byteCount));
    byteCount += chunk.length;
  });
  child.stderr.on("data", (chunk: Buffer) => readers[1].push(chunk));

  let kind: ProcessOutcome["kind"] = "exited";
  let stopping: Promise<void> | undefined;
  const stop = (why: "stopped" | "timeout"): void => {
    if (stopping !== undefined) return;
    kind = why;
    stopping = endGently(child, options);
  };
  const onAbort = (): void => stop("stopped");
  options.signal.addEventListener("abort", onAbort, { once: true });
  const timer = options.timeoutMs === undefined ? undefined : setTimeout(() => stop("timeout"), options.timeoutMs);
  const settle = (): void => {
    clearTimeout(timer);
    options.signal.removeEventListener("abort", onAbort);
  };
  // Both streams to their end, not only to the child's: what it wrote last may still be on its way.
  let cutOff: NodeJS.Timeout | undefined;
  child.once("exit", () => {
    settle();
    cutOff = endWhenQuiet([child.stdout, child.stderr], kind === "exited" ? drainMs : stoppedDrainMs);
  });
  const drained = Promise.allSettled([finished(child.stdout), finished(child.stderr)]);
  const result = await child;
  await drained;
  clearInterval(cutOff);
  settle();
  await stopping;
  for (const reader of readers) reader.end();
  if (result.code === "ENOENT") kind = "missing";
  return {
    kind,
    exitCode: result.exitCode ?? -1,
    stdout: stdout.text(),
    stderr:
      result.exitCode === undefined && result.code !== undefined ? (result.shortMessage ?? result.code) : stderr.text(),
    log: log.text(),
    bytes: concatBytes(bytes),
  };
}

const inputOf = (input: ProcessOptions["input"]) => {
  if (input === undefined) return { stdin: "ignore" as const };
  return { input: input instanceof Uint8Array ? input : Readable.from(input) };
};

interface Killable {
  kill(signal: "SIGTERM" | "SIGKILL"): boolean;
  readonly exitCode: number | null;
  readonly signalCode: string | null;
}

/**
 * Ends streams on which nothing comes any more: a process that outlives the child (a wrapper script's own child) may hold
 * them open, and neither the outcome nor the end of this process waits for that one.
 */
function endWhenQuiet(streams: readonly Readable[], milliseconds: number): NodeJS.Timeout {
  let isQuiet = true;
  for (const stream of streams) stream.on("data", () => (isQuiet = false));
  const look = (): void => {
    if (isQuiet) for (const stream of streams) stream.destroy();
    isQuiet = true;
  };
  // What waits to be read is read between the two.
  return setInterval(() => setImmediate(look), milliseconds);
}

async function endGently(child: Killable, options: ProcessOptions): Promise<void> {
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  await options.onStop?.(running);
  if (running()) child.kill("SIGTERM");
}
