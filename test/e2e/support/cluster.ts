/**
 * The cluster that `KUBECONFIG` names, by its API: with the token or client certificate of the kubeconfig itself, else
 * (exec plugins, providers) through `kubectl proxy`.
 */
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { request as requestHttp, type IncomingMessage } from "node:http";
import { request as requestHttps, type RequestOptions } from "node:https";
import { delimiter, dirname, resolve } from "node:path";
import { parse } from "yaml";

export interface Answer {
  readonly status: number;
  /** JSON as it came. */
  readonly body: unknown;
  /** Texts of `Warning` headers. */
  readonly warnings: readonly string[];
}

export interface Cluster {
  /** `1.33`'s minor. */
  readonly minor: number;
  readonly describe: string;
  readonly call: (method: string, path: string, body?: unknown) => Promise<Answer>;
  readonly close: () => void;
}

interface Access {
  readonly server: URL;
  readonly tls: RequestOptions;
  readonly authorization: string;
  readonly close: () => void;
}

/** Connects, or says why there is nothing to connect to. */
export async function connectCluster(env: NodeJS.ProcessEnv): Promise<Cluster | string> {
  const files = (env["KUBECONFIG"] ?? "").split(delimiter).filter((file) => file !== "");
  const [file] = files;
  if (file === undefined) return "KUBECONFIG names no file";
  let access: Access | string;
  try {
    access = (files.length === 1 ? await staticAccess(file) : undefined) ?? (await proxyAccess());
  } catch (error) {
    return `KUBECONFIG cannot be used: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (typeof access === "string") return access;
  const { close } = access;
  const call: Cluster["call"] = (method, path, body) => send(access, method, path, body);
  try {
    const version = await call("GET", "/version");
    const minor = Number(/^\d+/.exec(text(version.body, "minor"))?.[0]);
    if (version.status !== 200 || !Number.isInteger(minor)) throw new Error(`/version answers ${version.status}`);
    return { minor, describe: `Kubernetes ${text(version.body, "gitVersion")}`, call, close };
  } catch (error) {
    close();
    return `the cluster does not answer: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** A field of something that came as JSON or YAML. */
export function get(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== "object" || found === null) return undefined;
    found = Reflect.get(found, name);
  }
  return found;
}

export function text(value: unknown, ...path: readonly (string | number)[]): string {
  const found = get(value, ...path);
  return typeof found === "string" ? found : "";
}

/** Credentials that stand in the file; undefined where a program has to be asked for them. */
async function staticAccess(file: string): Promise<Access | undefined> {
  const config: unknown = parse(await readFile(file, "utf8"));
  const named = (list: string, name: string): unknown => {
    const entries = get(config, list);
    return Array.isArray(entries) ? entries.find((entry) => text(entry, "name") === name) : undefined;
  };
  const context = get(named("contexts", text(config, "current-context")), "context");
  const cluster = get(named("clusters", text(context, "cluster")), "cluster");
  const user = get(named("users", text(context, "user")), "user");
  const read = async (holder: unknown, name: string): Promise<Buffer | undefined> => {
    const data = text(holder, `${name}-data`);
    if (data !== "") return Buffer.from(data, "base64");
    const path = text(holder, name);
    return path === "" ? undefined : readFile(resolve(dirname(file), path));
  };
  const [ca, cert, key] = [
    await read(cluster, "certificate-authority"),
    await read(user, "client-certificate"),
    await read(user, "client-key"),
  ];
  const tokenFile = text(user, "tokenFile");
  const token = text(user, "token") || (tokenFile === "" ? "" : (await readFile(tokenFile, "utf8")).trim());
  const server = text(cluster, "server");
  if (server === "" || text(cluster, "proxy-url") !== "" || (token === "" && (cert === undefined || key === undefined)))
    return undefined;
  const serverName = text(cluster, "tls-server-name");
  return {
    server: new URL(server),
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(serverName === "" ? {} : { servername: serverName }),
      rejectUnauthorized: get(cluster, "insecure-skip-tls-verify") !== true,
    },
    authorization: token === "" ? "" : `Bearer ${token}`,
    close: () => undefined,
  };
}

/** Has kubectl log in. */
async function proxyAccess(): Promise<Access | string> {
  const proxy = spawn("kubectl", ["proxy", "--port=0", "--address=127.0.0.1"], { stdio: ["ignore", "pipe", "ignore"] });
  const address = await new Promise<string>((settle) => {
    let output = "";
    proxy.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const found = /127\.0\.0\.1:\d+/.exec(output)?.[0];
      if (found !== undefined) settle(found);
    });
    proxy.on("error", () => settle(""));
    proxy.on("exit", () => settle(""));
  });
  if (address === "") return "the kubeconfig has no token or certificate of its own, and kubectl proxy does not start";
  return { server: new URL(`http://${address}`), tls: {}, authorization: "", close: () => void proxy.kill() };
}

function send({ server, tls, authorization }: Access, method: string, path: string, body: unknown): Promise<Answer> {
  const base = server.pathname.replace(/\/$/, "");
  const type = method === "PATCH" ? "application/strategic-merge-patch+json" : "application/json";
  const options: RequestOptions = {
    ...tls,
    method,
    headers: {
      accept: "application/json",
      "content-type": type,
      ...(authorization === "" ? {} : { authorization }),
    },
  };
  const request = server.protocol === "http:" ? requestHttp : requestHttps;
  return new Promise((settle, fail) => {
    const sent = request(new URL(`${base}${path}`, server), options, (answer: IncomingMessage) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", fail);
      answer.on("end", () => {
        const content = Buffer.concat(chunks).toString("utf8");
        const isJson = (answer.headers["content-type"] ?? "").includes("json");
        settle({
          status: answer.statusCode ?? 0,
          body: isJson ? JSON.parse(content) : content,
          warnings: warningsOf(answer),
        });
      });
    });
    sent.on("error", fail);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** `299 - "text"`, several in one header or in several. */
function warningsOf({ headersDistinct }: IncomingMessage): readonly string[] {
  return (headersDistinct["warning"] ?? []).flatMap((header) =>
    [...header.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, quoted = ""]) => quoted.replace(/\\(.)/g, "$1")),
  );
}
