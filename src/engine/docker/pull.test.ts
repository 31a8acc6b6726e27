import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createDocker } from "./docker.ts";
import { pullCredentials } from "./pull-credentials.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "image-fix-pull-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const image = { Id: `sha256:${"1".repeat(64)}`, Os: "linux", Architecture: "amd64", Config: { User: "1000" } };

interface Sent {
  readonly path: string;
  readonly auth: unknown;
}

/** Pulls from a daemon that gives what only one who is logged in may have. */
async function pull(name: string, config: string, isPrivate = true) {
  await writeFile(join(folder, "config.json"), config);
  const socket = join(folder, "docker.sock");
  const sent: Sent[] = [];
  const server = createServer((request, response) => {
    request.resume();
    const path = request.url ?? "";
    if (path.startsWith("/images/create")) {
      const header = String(request.headers["x-registry-auth"] ?? "");
      const auth: unknown = header === "" ? undefined : JSON.parse(Buffer.from(header, "base64url").toString("utf8"));
      sent.push({ path, auth });
      const isRefused = isPrivate && auth === undefined;
      response.end(`${JSON.stringify(isRefused ? { error: "unauthorized" } : { status: "done" })}\n`);
    } else response.end(JSON.stringify(image));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  try {
    const engine = createDocker({
      endpoint: { host: `unix://${socket}`, source: "DOCKER_HOST" },
      path: "",
      credentials: pullCredentials({ env: { DOCKER_CONFIG: folder, HOME: folder, XDG_RUNTIME_DIR: folder, PATH: "" } }),
    });
    return { sent, pulled: await engine.pull(name, { signal: new AbortController().signal }) };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const auth = (name: string): { readonly auth: string } => ({
  auth: Buffer.from(`${name}:pä/ß?word`).toString("base64"),
});

test("the login of the image's registry goes along, as a header", async () => {
  const auths = { "quay.io": auth("other"), "quay.io/team": auth("team"), "https://index.docker.io/v1/": auth("hub") };
  const { sent, pulled } = await pull("quay.io/team/app:1", JSON.stringify({ auths }));
  expect(pulled.ok).toBe(true);
  expect(sent.map((one) => one.auth)).toEqual([{ serveraddress: "quay.io", username: "team", password: "pä/ß?word" }]);
  expect(sent[0]?.path).not.toMatch(/auth|word/);
  const hub = await pull("alpine:3.20", JSON.stringify({ auths }));
  expect(hub.sent[0]?.auth).toMatchObject({ serveraddress: "https://index.docker.io/v1/", username: "hub" });
});

test("an identity token goes as what it is", async () => {
  const { sent } = await pull("quay.io/a:1", JSON.stringify({ auths: { "quay.io": { identitytoken: "secret" } } }));
  expect(sent[0]?.auth).toEqual({ serveraddress: "quay.io", identitytoken: "secret" });
});

test("nobody's login goes to another registry", async () => {
  const { sent, pulled } = await pull("quay.io/a:1", JSON.stringify({ auths: { "ghcr.io": auth("me") } }));
  expect(sent[0]?.auth).toBeUndefined();
  expect(pulled).toMatchObject({ ok: false, error: { code: "IMAGE_NOT_FOUND" } });
});

test("logins that cannot be read stop nothing that is for everybody, and are told where one was needed", async () => {
  expect((await pull("quay.io/a:1", "{", false)).pulled.ok).toBe(true);
  expect((await pull("quay.io/a:1", "{")).pulled).toMatchObject({ ok: false, error: { code: "CONFIG_INVALID" } });
});
