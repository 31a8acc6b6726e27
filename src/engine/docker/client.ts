/** One connection to Docker's API through dockerode, and its errors as failures. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type Dockerode from "dockerode";
import type { Failure } from "../../core/errors.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { failureOfAbort } from "../abort.ts";
import { asObject, asText } from "../image-json.ts";
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

export interface DockerClient {
  /**
   * Asks the API for something. What it throws becomes a failure: `notFound`, where given, for status 404, the abort's
   * own failure when the signal is aborted, else ENGINE_UNAVAILABLE or ENGINE_FAILED.
   */
  ask<T>(
    what: string,
    signal: AbortSignal,
    question: (docker: Dockerode) => Promise<T>,
    notFound?: (message: string) => Failure,
  ): Promise<Result<T, Failure>>;
}

/** Nothing is connected or loaded before the first question. */
export function createDockerClient(endpoint: DockerEndpoint, sshAgent?: string): DockerClient {
  let docker: Promise<Dockerode> | undefined;
  const connect = async (): Promise<Dockerode> => {
    // Loaded here, as it takes longer to load than the rest of the program.
    const { default: Docker } = await import("dockerode");
    return new Docker(connectionOptions(endpoint, sshAgent));
  };
  return {
    async ask(what, signal, question, notFound) {
      if (signal.aborted) return err(failureOfAbort(signal));
      try {
        docker ??= connect();
        return ok(await question(await docker));
      } catch (error) {
        if (signal.aborted) return err(failureOfAbort(signal));
        if (statusOf(error) === 404 && notFound !== undefined) return err(notFound(apiMessage(error)));
        return err(failureOf(what, error, endpoint));
      }
    },
  };
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
  if (statusOf(error) === undefined && unreachable.has(code)) {
    return {
      code: "ENGINE_UNAVAILABLE",
      engine: "docker",
      message: `Docker does not answer at ${endpoint.host} (${code})`,
      hint:
        code === "EACCES" ? "join the group docker, or use podman" : "start Docker, or set DOCKER_HOST to its socket",
    };
  }
  return { code: "ENGINE_FAILED", engine: "docker", message: `${what}: ${apiMessage(error)}` };
}
