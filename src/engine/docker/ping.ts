import { request as requestHttp, type IncomingHttpHeaders } from "node:http";
import { request as requestHttps } from "node:https";
import { connectionOptions } from "./client.ts";
import type { DockerEndpoint } from "./endpoint.ts";

export interface DockerPing {
  /** `1.41` */
  readonly apiVersion: string;
  /** It is podman that serves Docker's API. */
  readonly isPodman: boolean;
  /** `linux` or `windows`. */
  readonly osType: string;
}

/** Longer than any daemon on the machine takes, short enough for a host that is not there. */
const timeoutMs = 3000;

/**
 * Asks `/_ping` without loading dockerode.
 * @returns why not, where there is no answer.
 */
export async function pingDocker(
  endpoint: DockerEndpoint,
  signal: AbortSignal,
): Promise<DockerPing | { readonly problem: string }> {
  return await new Promise((resolve) => {
    const fail = (error: unknown): void => resolve({ problem: error instanceof Error ? error.message : String(error) });
    try {
      const options = connectionOptions(endpoint, undefined);
      const ask = options.protocol === "https" ? requestHttps : requestHttp;
      const given = Object.fromEntries(
        Object.entries({
          socketPath: options.socketPath,
          host: options.host,
          port: options.port,
          ca: options.ca,
          cert: options.cert,
          key: options.key,
        }).filter(([, value]) => value !== undefined),
      );
      const request = ask({ ...given, path: "/_ping", method: "GET", timeout: timeoutMs, signal }, (response) => {
        response.resume();
        if (response.statusCode === 200) resolve(readPing(response.headers));
        else fail(`status ${response.statusCode}`);
      });
      request.on("timeout", () => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
      request.on("error", fail);
      request.end();
    } catch (error) {
      // Certificates that cannot be read, a host that is no URL.
      fail(error);
    }
  });
}

function readPing(headers: IncomingHttpHeaders): DockerPing {
  const one = (name: string): string => {
    const value = headers[name];
    return typeof value === "string" ? value : "";
  };
  return {
    apiVersion: one("api-version"),
    isPodman: one("libpod-api-version") !== "",
    osType: one("ostype") || "linux",
  };
}
