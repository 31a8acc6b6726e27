/** A classic build brings the logins for what its stages begin from, and no others. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createDocker } from "./docker.ts";
import { pullCredentials } from "./pull-credentials.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "image-fix-build-login-"));
  await mkdir(join(folder, "context"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What a daemon gets as `X-Registry-Config` with a build; `undefined` where it gets none. */
async function sentWith(containerfile: string, config: string): Promise<unknown> {
  await writeFile(join(folder, "config.json"), config);
  await writeFile(join(folder, "Containerfile"), containerfile);
  const socket = join(folder, "docker.sock");
  let sent: unknown;
  const server = createServer((request, response) => {
    request.resume();
    const path = (request.url ?? "").replace(/^\/v[\d.]+|\?.*$/g, "");
    const header = String(request.headers["x-registry-config"] ?? "");
    if (path === "/build" && header !== "") sent = JSON.parse(Buffer.from(header, "base64").toString("utf8"));
    response.end(/(images\/json|networks)$/.test(path) ? "[]" : "{}");
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  try {
    const env = { DOCKER_CONFIG: folder, HOME: folder, XDG_RUNTIME_DIR: folder, PATH: "" };
    const engine = createDocker({
      endpoint: { host: `unix://${socket}`, source: "DOCKER_HOST" },
      path: "",
      credentials: pullCredentials({ env }),
    });
    await engine.build(
      {
        containerfile: join(folder, "Containerfile"),
        context: join(folder, "context"),
        tag: "localhost/x:1",
        buildArgs: { BASE: "ghcr.io/team/base" },
      },
      { signal: new AbortController().signal },
    );
    return sent;
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const login = (name: string) => ({ auth: Buffer.from(`${name}:word`).toString("base64") });
const auths = {
  "quay.io": login("quay"),
  "ghcr.io": { identitytoken: "token" },
  "https://index.docker.io/v1/": login("hub"),
  "other.example": login("other"),
};

test("the registries of all stages, by the addresses that Docker knows them by", async () => {
  const text = "ARG BASE\nFROM quay.io/a/b:1 AS b\nFROM alpine:3.20 AS c\nFROM b\nFROM $BASE:2\nCOPY --from=b /x /x\n";
  expect(await sentWith(text, JSON.stringify({ auths }))).toEqual({
    "quay.io": { serveraddress: "quay.io", username: "quay", password: "word" },
    "https://index.docker.io/v1/": { serveraddress: "https://index.docker.io/v1/", username: "hub", password: "word" },
    "ghcr.io": { serveraddress: "ghcr.io", identitytoken: "token" },
  });
});

test.each([
  ["FROM scratch\n", JSON.stringify({ auths })],
  ["FROM gcr.io/a:1\n", JSON.stringify({ auths })],
  ["FROM quay.io/a:1\n", "{"],
])("of %j with %s none", async (text, config) => {
  expect(await sentWith(text, config)).toBeUndefined();
});
