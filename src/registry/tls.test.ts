/** TLS with an authority of one's own, against a server of ours: `test/fixtures/tls` is for localhost and for tests alone. */
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request, type IncomingMessage } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startRegistry, type TestRegistry } from "../../test/support/registry.ts";
import { RegistryClient, type RegistryOptions } from "./client.ts";
import { CredentialStore } from "./credentials.ts";

const read = (name: string): string =>
  readFileSync(new URL(`../../test/fixtures/tls/${name}`, import.meta.url), "utf8");
const authority = read("certificate.pem");
const authorization = `Basic ${Buffer.from("ann:pass-word-of-a-test").toString("base64")}`;

let folder: string;
let registry: TestRegistry;
let server: Server;
let client: RegistryClient | undefined;
let seen: IncomingMessage[];
beforeEach(async () => {
  registry = await startRegistry();
  registry.image("app", "1", { user: "1000" });
  seen = [];
  folder = await mkdtemp(join(tmpdir(), "registry-tls-"));
  server = createServer({ key: read("key.pem"), cert: authority }, (incoming, outgoing) => {
    seen.push(incoming);
    if (incoming.headers.authorization !== authorization) {
      outgoing.writeHead(401, { "www-authenticate": 'Basic realm="test"' }).end();
      return;
    }
    const { host: _host, authorization: _told, ...headers } = incoming.headers;
    request(`http://${registry.host}${incoming.url}`, { headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    }).end();
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  client?.close();
  server.closeAllConnections();
  await new Promise((resolve) => void server.close(resolve));
  await registry.close();
  await rm(folder, { recursive: true });
});

async function clientOf(options: Partial<RegistryOptions>): Promise<RegistryClient> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a listening TCP server has such an address
  const { port } = server.address() as AddressInfo;
  const host = `localhost:${port}`;
  const authfile = join(folder, "auth.json");
  await writeFile(authfile, JSON.stringify({ auths: { [host]: { auth: authorization.slice("Basic ".length) } } }));
  client = new RegistryClient(host, {
    signal: new AbortController().signal,
    credentials: new CredentialStore({ authfile, env: {} }),
    limits: { backoffMs: 2, headersMs: 2_000 },
    ...options,
  });
  return client;
}

test("a certificate of a named authority is trusted, and the password goes over TLS alone", async () => {
  const made = await clientOf({ tlsVerify: true, ca: [authority] });
  expect(await made.manifest("app", "1")).toMatchObject({ ok: true });
  expect(seen.at(-1)?.headers.authorization).toBe(authorization);
  expect(registry.requests.every((one) => one.authorization === undefined)).toBe(true);
});

test("a certificate that nobody vouches for is refused before anything is asked", async () => {
  const made = await clientOf({ tlsVerify: true });
  expect(await made.manifest("app", "1")).toMatchObject({
    ok: false,
    error: { message: expect.stringContaining("certificate is not trusted") },
  });
  expect(seen).toEqual([]);
});

test("without the check any certificate will do", async () => {
  const made = await clientOf({ tlsVerify: false });
  expect(await made.manifest("app", "1")).toMatchObject({ ok: true });
});
