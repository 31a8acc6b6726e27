import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connectionOptions } from "./client.ts";
import { endpointFault, findDockerEndpoint } from "./endpoint.ts";

let home = "";
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "image-fix-docker-"));
});
afterEach(async () => {
  await rm(home, { recursive: true });
});

async function writeContext(name: string, host: string): Promise<string> {
  const digest = createHash("sha256").update(name).digest("hex");
  const folder = join(home, ".docker", "contexts", "meta", digest);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "meta.json"), JSON.stringify({ Name: name, Endpoints: { docker: { Host: host } } }));
  return digest;
}

describe("findDockerEndpoint", () => {
  test.each([
    ["unix:///run/d.sock", "unix:///run/d.sock"],
    ["127.0.0.1:2375", "tcp://127.0.0.1:2375"],
    ["ssh://me@host", "ssh://me@host"],
    ["/run/d.sock", "/run/d.sock"],
  ])("DOCKER_HOST=%s is %s", async (value, host) => {
    expect(await findDockerEndpoint({ HOME: home, DOCKER_HOST: value })).toEqual({
      host,
      source: "DOCKER_HOST",
    });
  });

  test("DOCKER_TLS_VERIFY takes the certificates of DOCKER_CERT_PATH, else of the client's folder", async () => {
    const env = { HOME: home, DOCKER_HOST: "tcp://h:2376", DOCKER_TLS_VERIFY: "1" };
    expect(await findDockerEndpoint({ ...env, DOCKER_CERT_PATH: "/certs" })).toMatchObject({
      certificates: "/certs",
    });
    expect(await findDockerEndpoint(env)).toMatchObject({ certificates: join(home, ".docker") });
  });

  test("a context of the client is followed, named by DOCKER_CONTEXT or chosen in its configuration", async () => {
    await writeContext("colima", "unix:///home/me/.colima/docker.sock");
    const endpoint = { host: "unix:///home/me/.colima/docker.sock", source: "context colima" };
    expect(await findDockerEndpoint({ HOME: home, DOCKER_CONTEXT: "colima" })).toEqual(endpoint);
    await writeFile(join(home, ".docker", "config.json"), '{"currentContext": "colima"}');
    expect(await findDockerEndpoint({ HOME: home })).toEqual(endpoint);
    // DOCKER_HOST stands above a context.
    expect(await findDockerEndpoint({ HOME: home, DOCKER_HOST: "tcp://h:1" })).toEqual({
      host: "tcp://h:1",
      source: "DOCKER_HOST",
    });
  });

  test("of a context that is not there no other daemon is taken", async () => {
    await writeContext("empty", "");
    for (const name of ["nosuch", "empty"]) {
      const endpoint = await findDockerEndpoint({ HOME: home, DOCKER_CONTEXT: name });
      expect(endpoint).toEqual({ host: "", source: `context ${name}` });
      expect(endpoint === undefined ? undefined : endpointFault(endpoint)).toEqual({
        message: `Docker's context ${name} is not there, or names no daemon`,
        hint: expect.stringContaining("docker context ls"),
      });
    }
  });

  test("a context over tcp brings its certificates", async () => {
    const digest = await writeContext("far", "tcp://far:2376");
    const folder = join(home, ".docker", "contexts", "tls", digest, "docker");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "cert.pem"), "");
    expect(await findDockerEndpoint({ HOME: home, DOCKER_CONTEXT: "far" })).toEqual({
      host: "tcp://far:2376",
      source: "context far",
      certificates: folder,
    });
  });
});

describe("connectionOptions", () => {
  const nothing = {
    host: undefined,
    port: undefined,
    socketPath: undefined,
    protocol: undefined,
    username: undefined,
  };
  test.each([
    ["unix:///run/d.sock", { ...nothing, socketPath: "/run/d.sock" }],
    ["npipe:////./pipe/docker_engine", { ...nothing, socketPath: "//./pipe/docker_engine" }],
    ["tcp://127.0.0.1:2375", { ...nothing, protocol: "http", host: "127.0.0.1", port: "2375" }],
    ["tcp://[::1]:2375", { ...nothing, protocol: "http", host: "::1", port: "2375" }],
    ["https://h", { ...nothing, protocol: "https", host: "h", port: 2376 }],
    [
      "ssh://me@h:2222",
      {
        ...nothing,
        protocol: "ssh",
        host: "h",
        port: "2222",
        username: "me",
        sshOptions: { agent: "/agent" },
      },
    ],
  ])("%s", (host, expected) => {
    expect(connectionOptions({ host, source: "DOCKER_HOST" }, "/agent")).toEqual(expected);
  });
});

describe("endpointFault", () => {
  test.each([
    ["/run/d.sock", "it has no scheme", "DOCKER_HOST=unix:///run/d.sock"],
    ["ssh://me@host", "no ssh connection", "ssh -NL /tmp/docker.sock:/var/run/docker.sock me@host"],
    ["tcp:///run/d.sock", "no address", "unix:///path/docker.sock or tcp://host:2375"],
    ["gopher://host", "no address", "unix:///path/docker.sock or tcp://host:2375"],
  ])("%s cannot be asked", (host, message, hint) => {
    expect(endpointFault({ host, source: "DOCKER_HOST" })).toEqual({
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    });
  });

  test.each([
    "unix:///run/d.sock",
    "tcp://127.0.0.1:2375",
    "tcp://[::1]:2375",
    "https://host",
    "npipe:////./pipe/docker_engine",
  ])("%s can", (host) => expect(endpointFault({ host, source: "DOCKER_HOST" })).toBeUndefined());
});
