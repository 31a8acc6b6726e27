/** Builds by the API's classic builder, for where there is no client that speaks BuildKit. */
import type Dockerode from "dockerode";
import type { EngineEvent, BuildRequest } from "../../core/ports.ts";
import { asNumber, asObject, asText, parseJson } from "../image-json.ts";
import { byteChunks, endStream } from "../byte-chunks.ts";
import { createLineReader } from "../lines.ts";
import { createTextLog } from "../text-log.ts";
import { apiMessage, statusOf } from "./client.ts";
import { contextArchive } from "./context.ts";

export interface ClassicBuildOptions {
  readonly signal: AbortSignal;
  readonly onEvent?: (event: EngineEvent) => void;
  readonly labels: Readonly<Record<string, string>>;
  readonly hostNetwork: boolean;
  readonly trace: ClassicBuildTrace;
}

/** What a build made, noted while it goes on, so that it is known of an aborted one too. */
export interface ClassicBuildTrace {
  /** First digits of the ids of images it made, oldest first. */
  readonly committed: string[];
  /** First digits of the ids of containers its RUN steps ran in. */
  readonly containers: string[];
}

export interface ClassicBuildOutcome {
  readonly ok: boolean;
  /** Of the RUN that failed. */
  readonly exitCode: number | undefined;
  readonly log: string;
}

const eventLimit = 16 * 1024 * 1024;
const logLimit = 16 * 1024 * 1024;

/**
 * Sends the context and reads the builder's events. The answer's status says nothing (a failed RUN is a 200): each
 * event is looked at for an error.
 * @throws what the connection throws; errors that the builder reports are an outcome.
 */
export async function classicBuild(
  docker: Dockerode,
  request: BuildRequest,
  options: ClassicBuildOptions,
): Promise<ClassicBuildOutcome> {
  const { stream, dockerfile } = await contextArchive(request.context, request.containerfile);
  const log = createTextLog(logLimit);
  let failure: { readonly exitCode: number | undefined } | undefined;
  let cached = false;
  const say = createLineReader((text) => {
    log.append(`${text}\n`);
    if (text === " ---> Using cache") cached = true;
    const image = /^ ---> ([0-9a-f]{12,64})$/.exec(text)?.[1];
    if (image !== undefined) {
      if (!cached) options.trace.committed.push(image);
      cached = false;
    }
    const container = /^ ---> Running in ([0-9a-f]{12,64})$/.exec(text)?.[1];
    if (container !== undefined) options.trace.containers.push(container);
    options.onEvent?.({ kind: /^Step [0-9]+\/[0-9]+ : /.test(text) ? "step" : "log", text });
  });
  const encoder = new TextEncoder();
  const onEvent = (line: string): void => {
    const event = asObject(parseJson(line));
    const output = asText(event["stream"]);
    if (output !== "") say.push(encoder.encode(output));
    // Progress of a pull: its lines come many times a second, only those that say something new are kept.
    const status = asText(event["status"]);
    if (status !== "" && event["progressDetail"] === undefined) say.push(encoder.encode(`${status}\n`));
    const error = asText(event["error"]) || asText(asObject(event["errorDetail"])["message"]);
    if (error !== "") {
      const code = asNumber(asObject(event["errorDetail"])["code"]);
      failure = { exitCode: code === 0 ? undefined : code };
      say.push(encoder.encode(`${error}\n`));
    }
  };
  try {
    const answer = await docker.buildImage(stream, {
      t: request.tag,
      dockerfile,
      // Containers of a failed step go too.
      rm: true,
      forcerm: true,
      labels: { ...options.labels },
      ...(options.hostNetwork ? { networkmode: "host" } : {}),
      ...(request.target === undefined ? {} : { target: request.target }),
      ...(request.platform === undefined ? {} : { platform: request.platform }),
      ...(request.buildArgs === undefined ? {} : { buildargs: { ...request.buildArgs } }),
      abortSignal: options.signal,
    });
    await readLines(answer, options.signal, onEvent);
  } catch (error) {
    // Syntax errors and a missing Containerfile are answered before the stream begins.
    if (options.signal.aborted || statusOf(error) === undefined) throw error;
    failure = { exitCode: undefined };
    say.push(encoder.encode(`${apiMessage(error)}\n`));
  } finally {
    stream.destroy();
  }
  say.end();
  return { ok: failure === undefined, exitCode: failure?.exitCode, log: log.text() };
}

async function readLines(
  stream: AsyncIterable<unknown>,
  signal: AbortSignal,
  onLine: (line: string) => void,
): Promise<void> {
  // An event is JSON in one line and must not be cut.
  const reader = createLineReader(onLine, eventLimit);
  const stop = (): void => endStream(stream, new Error("aborted"));
  signal.addEventListener("abort", stop, { once: true });
  try {
    for await (const chunk of byteChunks(stream)) reader.push(chunk);
    reader.end();
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
