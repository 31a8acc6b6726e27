/** Where Docker's API is, found as Docker's own client finds it. */
import { hash } from "node:crypto";
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { homeFolder } from "../../registry/home-folder.ts";
import { asObject, asText, parseJson } from "../image-json.ts";

export interface DockerEndpoint {
  /**
   * `unix:///var/run/docker.sock`, `tcp://127.0.0.1:2375`, `npipe:////./pipe/docker_engine`; `""` of a context that names
   * none. See {@link endpointFault}.
   */
  readonly host: string;
  /** Folder with `ca.pem`, `cert.pem` and `key.pem`, for tcp with TLS. */
  readonly certificates?: string;
  /** What named it, for people: `DOCKER_HOST`, `context colima`, `default socket`. */
  readonly source: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `DOCKER_HOST`, else the client's context (`DOCKER_CONTEXT` or `currentContext` of its configuration), else the
 * first of the usual sockets that is there.
 */
export async function findDockerEndpoint(env: Environment): Promise<DockerEndpoint | undefined> {
  const tls = env["DOCKER_TLS_VERIFY"] !== undefined && env["DOCKER_TLS_VERIFY"] !== "";
  const configFolder = env["DOCKER_CONFIG"] || join(homeFolder(env), ".docker");
  const host = env["DOCKER_HOST"];
  if (host !== undefined && host !== "") {
    return {
      host: withScheme(host),
      source: "DOCKER_HOST",
      ...(tls ? { certificates: env["DOCKER_CERT_PATH"] || configFolder } : {}),
    };
  }
  const context = env["DOCKER_CONTEXT"] || (await currentContext(configFolder));
  // Never another daemon than the one that is meant, where that is not to be found.
  if (context !== "" && context !== "default") return await contextEndpoint(configFolder, context);
  if (process.platform === "win32") return { host: "npipe:////./pipe/docker_engine", source: "default pipe" };
  const runtimeFolder = env["XDG_RUNTIME_DIR"];
  const sockets = [
    "/var/run/docker.sock",
    ...(runtimeFolder === undefined || runtimeFolder === "" ? [] : [join(runtimeFolder, "docker.sock")]),
    join(configFolder, "run", "docker.sock"),
  ];
  for (const socket of sockets) {
    const there = await access(socket).then(
      () => true,
      () => false,
    );
    if (there) return { host: `unix://${socket}`, source: "default socket" };
  }
  return undefined;
}

/** As Docker's client, which takes a word without a scheme for a host; a path is none. */
const withScheme = (host: string): string => (host.includes("://") || host.startsWith("/") ? host : `tcp://${host}`);

/** What is wrong with an endpoint that cannot be asked at all, and what to write instead; `undefined` for all others. */
export function endpointFault({
  host,
  source,
}: DockerEndpoint): { readonly message: string; readonly hint: string } | undefined {
  const message = (why: string): string => `Docker cannot be asked at ${host} (${source}): ${why}`;
  if (host === "")
    return {
      message: `Docker's ${source} is not there, or names no daemon`,
      hint: "docker context ls lists those that are there; take one by docker context use NAME, or unset DOCKER_CONTEXT",
    };
  if (host.startsWith("/"))
    return { message: message("it has no scheme"), hint: `a socket is named with one: DOCKER_HOST=unix://${host}` };
  if (host.startsWith("ssh://"))
    return {
      message: message("image-fix opens no ssh connection"),
      hint: `tunnel it: ssh -NL /tmp/docker.sock:/var/run/docker.sock ${host.slice("ssh://".length)} and DOCKER_HOST=unix:///tmp/docker.sock`,
    };
  if (/^(?:unix|npipe):\/\/|^(?:tcp|https?):\/\/[^/]/.test(host)) return undefined;
  return { message: message("that is no address"), hint: "name it as unix:///path/docker.sock or tcp://host:2375" };
}

async function currentContext(configFolder: string): Promise<string> {
  return asText(asObject(await readJson(join(configFolder, "config.json")))["currentContext"]);
}

/** A context is kept in a folder that is named by the digest of its name. */
async function contextEndpoint(configFolder: string, name: string): Promise<DockerEndpoint> {
  const digest = hash("sha256", name);
  const meta = asObject(await readJson(join(configFolder, "contexts", "meta", digest, "meta.json")));
  const host = asText(asObject(asObject(meta["Endpoints"])["docker"])["Host"]);
  const certificates = join(configFolder, "contexts", "tls", digest, "docker");
  return {
    host,
    source: `context ${name}`,
    ...(host.startsWith("tcp://") && (await isThere(join(certificates, "cert.pem"))) ? { certificates } : {}),
  };
}

const isThere = async (path: string): Promise<boolean> =>
  await access(path).then(
    () => true,
    () => false,
  );

const readJson = async (path: string): Promise<unknown> => parseJson(await readFile(path, "utf8").catch(() => ""));
