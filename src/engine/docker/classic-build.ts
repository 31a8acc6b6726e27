/** Builds by the API's classic builder, for where there is no client that speaks BuildKit. */
import type Dockerode from "dockerode";
import type { EngineEvent, BuildRequest } from "../../core/ports.ts";
import type { AuthConfig } from "../../registry/credential.ts";
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
  /** By registry. */
  readonly logins: Readonly<Record<string, AuthConfig>>;
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

/** How long a builder may go on when the run was aborted, until it has said what it made. */
const endingMs = 2000;

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
  let running: string | undefined;
  const connection = new AbortController();
  const ending = createEnding(docker, connection);
  const onAbort = (): void => ending.begin(running);
  const say = createLineReader((text) => {
    log.append(`${text}\n`);
    // podman's API, which caches by itself as of podman 5, has Buildah's arrow and the image's id in the same line.
    if (/^(?: ---|--)> Using cache\b/.test(text)) cached = true;
    const image = /^(?: ---|--)> ([0-9a-f]{12,64})$/.exec(text)?.[1];
    if (image !== undefined) {
      running = undefined;
      if (!cached) options.trace.committed.push(image);
      cached = false;
    }
    const container = /^ ---> Running in ([0-9a-f]{12,64})$/.exec(text)?.[1];
    if (container !== undefined) {
      running = container;
      options.trace.containers.push(container);
    }
    const isStep = /^Step [0-9]+\/[0-9]+ : /.test(text);
    if (isStep) ending.isNeeded = true;
    if (!options.signal.aborted) options.onEvent?.({ kind: isStep ? "step" : "log", text });
    else if (container !== undefined) ending.endStep(container);
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
  if (options.signal.aborted) connection.abort();
  options.signal.addEventListener("abort", onAbort, { once: true });
  try {
    const buildOptions: Dockerode.ImageBuildOptions = {
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
      abortSignal: connection.signal,
    };
    // Sent as a header. The types know no identity tokens.
    const header = Object.keys(options.logins).length === 0 ? {} : { registryconfig: options.logins };
    const answer = await docker.buildImage(stream, Object.assign(buildOptions, header));
    await readLines(answer, connection.signal, onEvent);
  } catch (error) {
    // Syntax errors and a missing Containerfile are answered before the stream begins.
    if (connection.signal.aborted || statusOf(error) === undefined) throw error;
    failure = { exitCode: undefined };
    say.push(encoder.encode(`${apiMessage(error)}\n`));
  } finally {
    options.signal.removeEventListener("abort", onAbort);
    ending.done();
    stream.destroy();
  }
  say.end();
  return { ok: failure === undefined, exitCode: failure?.exitCode, log: log.text() };
}

interface Ending {
  /** A builder is at work; what has not begun is left at once. */
  isNeeded: boolean;
  /** The run was aborted. */
  begin(running: string | undefined): void;
  /** Ends what a RUN step does, and so the build. */
  endStep(container: string): void;
  done(): void;
}

/**
 * Ends an aborted build by the container of its step: then the builder says to the end what it made. One whose client
 * just leaves may commit an image that nobody hears of, which keeps its parents too.
 */
function createEnding(docker: Dockerode, connection: AbortController): Ending {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const endStep = (container: string): void => {
    // One that is gone, or is going, needs nothing more.
    docker
      .getContainer(container)
      .remove({ force: true, v: true })
      .catch(() => undefined);
  };
  return {
    isNeeded: false,
    begin(running) {
      if (!this.isNeeded) return connection.abort();
      timer = setTimeout(() => connection.abort(), endingMs);
      if (running !== undefined) endStep(running);
    },
    endStep,
    done: () => clearTimeout(timer),
  };
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
