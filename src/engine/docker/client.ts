/** One connection to Docker's API through dockerode, and its errors as failures. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type Dockerode from "dockerode";
import type { Failure } from "../../core/errors.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { failureOfAbort } from "../abort.ts";
import { asObject, asText } from "../image-json.ts";
import { engineLimits, tidyLimit, type EngineLimits } from "../limits.ts";
import type { DockerEndpoint } from "./endpoint.ts";

/** dockerode's constructor options for an endpoint. All are named, as what is left out would be read from the environment. */
export function connectionOptions(endpoint: DockerEndpoint, sshAgent: string | undefined): Dockerode.DockerOptions {
  const nothing = {
    host: undefined,
    port: undefined,
    socketPath: undefined,
    protocol: undefined,
    username: undefined,
  };
  const { host } = endpoint;
  const options = (given: Dockerode.DockerOptions): Dockerode.DockerOptions => Object.assign({ ...nothing }, given);
  if (host.startsWith("unix://"))
    return options({ socketPath: host.slice("unix://".length) || "/var/run/docker.sock" });
  if (host.startsWith("npipe://")) return options({ socketPath: host.slice("npipe://".length) });
  const url = new URL(host);
  if (url.protocol === "ssh:") {
    return options({
      protocol: "ssh",
      host: url.hostname,
      port: url.port || 22,
      ...(url.username === "" ? {} : { username: decodeURIComponent(url.username) }),
      ...(url.password === "" ? {} : { password: decodeURIComponent(url.password) }),
      ...(sshAgent === undefined ? {} : { sshOptions: { agent: sshAgent } }),
    });
  }
  const { certificates } = endpoint;
  const tls = certificates !== undefined || url.protocol === "https:";
  return options({
    protocol: tls ? "https" : "http",
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port || (tls ? 2376 : 2375),
    ...(certificates === undefined
      ? {}
      : {
          ca: readFileSync(join(certificates, "ca.pem")),
          cert: readFileSync(join(certificates, "cert.pem")),
          key: readFileSync(join(certificates, "key.pem")),
        }),
  });
}

type Ask = <T>(
  what: string,
  signal: AbortSignal,
  question: (docker: Dockerode) => Promise<T>,
  notFound?: (message: string) => Failure,
) => Promise<Result<T, Failure>>;

export interface DockerClient {
  /**
   * Asks the API for what a working daemon answers at once. What it throws becomes a failure: `notFound`, where given, for
   * status 404, the abort's own failure when the signal is aborted, else ENGINE_UNAVAILABLE or ENGINE_FAILED.
   */
  readonly ask: Ask;
  /** The same for what takes as long as it takes. */
  readonly work: Ask;
  /**
   * The same for what tidies up: it goes on when the run was aborted, for a limited time. A daemon that did not answer in
   * that time is not asked to tidy up again.
   */
  tidy<T>(
    what: string,
    question: (docker: Dockerode) => Promise<T>,
    notFound?: (message: string) => Failure,
  ): Promise<Result<T, Failure>>;
  /** Why tidying up was given up. */
  readonly untidied: Failure | undefined;
}

/** How long a daemon may go on answering when the run is aborted: what it has made by then is known, and can be removed. */
const graceMs = 3000;

/** Nothing is connected or loaded before the first question. */
export function createDockerClient(
  endpoint: DockerEndpoint,
  sshAgent?: string,
  limits: EngineLimits = engineLimits,
): DockerClient {
  let docker: Promise<Dockerode> | undefined;
  const connect = async (): Promise<Dockerode> => {
    // Loaded here, as it takes longer to load than the rest of the program.
    const { Dockerode: Docker } = await import("./dockerode.ts");
    return new Docker(connectionOptions(endpoint, sshAgent));
  };
  let run: AbortSignal | undefined;
  let untidied: Failure | undefined;
  const within =
    (limitMs: number | undefined): Ask =>
    async (what, signal, question, notFound) => {
      if (signal.aborted) return err(failureOfAbort(signal));
      try {
        docker ??= connect();
        return ok(await answered(question(await docker), signal, limitMs));
      } catch (error) {
        if (signal.aborted) return err(failureOfAbort(signal));
        if (statusOf(error) === 404 && notFound !== undefined) return err(notFound(apiMessage(error)));
        return err(failureOf(what, error, endpoint));
      }
    };
  const ofRun =
    (ask: Ask): Ask =>
    async (what, signal, question, notFound) => {
      run = signal;
      return await ask(what, signal, question, notFound);
    };
  return {
    ask: ofRun(within(limits.answerMs)),
    work: ofRun(within(undefined)),
    async tidy(what, question, notFound) {
      if (untidied !== undefined) return err(untidied);
      const reply = await within(tidyLimit(run, limits))(what, new AbortController().signal, question, notFound);
      if (!reply.ok && reply.error.code === "ENGINE_UNAVAILABLE") untidied = reply.error;
      return reply;
    },
    get untidied() {
      return untidied;
    },
  };
}

class Silence extends Error {}

/**
 * Waits for an answer, but not for ever.
 * @throws {Silence} when the time is over, or the run was aborted and the grace is over
 */
async function answered<T>(answer: Promise<T>, signal: AbortSignal, limitMs: number | undefined): Promise<T> {
  const done = new AbortController();
  const silentFor = async (milliseconds: number): Promise<never> => {
    await pause(milliseconds, undefined, { signal: done.signal });
    throw new Silence(`no answer within ${Math.round(milliseconds / 1000)} s`);
  };
  const silentAfterAbort = async (): Promise<never> => {
    if (!signal.aborted) await once(signal, "abort", { signal: done.signal });
    return await silentFor(graceMs);
  };
  try {
    const limits = limitMs === undefined ? [] : [silentFor(limitMs)];
    return await Promise.race([answer, ...limits, silentAfterAbort()]);
  } finally {
    done.abort();
  }
}

/** HTTP status of an API error; `undefined` for other errors. */
export function statusOf(error: unknown): number | undefined {
  return typeof error === "object" && error !== null && "statusCode" in error && typeof error.statusCode === "number"
    ? error.statusCode
    : undefined;
}

/** The daemon's own words. */
export function apiMessage(error: unknown): string {
  const said =
    typeof error === "object" && error !== null && "json" in error ? asText(asObject(error.json)["message"]) : "";
  if (said !== "") return said.trim();
  const message = error instanceof Error ? error.message : String(error);
  // dockerode's frame, where an answer was streamed and its body is in the message only.
  return message.replace(/^\(HTTP code [0-9]+\) [^-]* - /, "").trim();
}

const unreachable = new Set([
  "ECONNREFUSED",
  "ENOENT",
  "EACCES",
  "ENOTFOUND",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ECONNRESET",
  "EPIPE",
]);

function failureOf(what: string, error: unknown, endpoint: DockerEndpoint): Failure {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  const why = error instanceof Silence ? `${what}: ${error.message}` : unreachable.has(code) ? code : undefined;
  if (statusOf(error) === undefined && why !== undefined) {
    return {
      code: "ENGINE_UNAVAILABLE",
      engine: "docker",
      message: `Docker does not answer at ${endpoint.host} (${why})`,
      hint:
        code === "EACCES" ? "join the group docker, or use podman" : "start Docker, or set DOCKER_HOST to its socket",
    };
  }
  return { code: "ENGINE_FAILED", engine: "docker", message: `${what}: ${apiMessage(error)}` };
}
