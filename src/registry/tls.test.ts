/** TLS with an authority of one's own, against a server of ours: `test/fixtures/tls` is for localhost and for tests alone. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startRegistry, type TestRegistry } from "../../test/support/registry.ts";
import { localhostTls, startTlsFront, type TlsFront } from "../../test/support/tls-front.ts";
import { RegistryClient } from "./client.ts";
import type { RegistryOptions } from "./requester.ts";
import { CredentialStore } from "./credentials.ts";

const authority = localhostTls.cert;
const authorization = `Basic ${Buffer.from("ann:pass-word-of-a-test").toString("base64")}`;

let folder: string;
let registry: TestRegistry;
let front: TlsFront;
let client: RegistryClient | undefined;
let seen: IncomingHttpHeaders[];
beforeEach(async () => {
  registry = await startRegistry();
  registry.image("app", "1", { user: "1000" });
  seen = [];
  folder = await mkdtemp(join(tmpdir(), "registry-tls-"));
  front = await startTlsFront(registry.host, (incoming, outgoing) => {
    seen.push({ ...incoming.headers });
    if (incoming.headers.authorization !== authorization) {
      outgoing.writeHead(401, { "www-authenticate": 'Basic realm="test"' }).end();
      return true;
    }
    delete incoming.headers.authorization;
    return false;
  });
});
afterEach(async () => {
  client?.close();
  await front.close();
  await registry.close();
  await rm(folder, { recursive: true });
});

async function clientOf(options: Partial<RegistryOptions>): Promise<RegistryClient> {
  const { host } = front;
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
  expect(seen.at(-1)?.authorization).toBe(authorization);
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

test("authorities of the machine are asked for once, when a certificate is not trusted without them", async () => {
  let asked: string[] = [];
  const moreAuthorities = async (host: string): Promise<readonly string[]> => {
    asked.push(host);
    return [authority];
  };
  const made = await clientOf({ tlsVerify: true, moreAuthorities });
  const answers = await Promise.all([made.manifest("app", "1"), made.manifest("app", "1"), made.manifest("app", "1")]);
  expect(answers.every(({ ok }) => ok)).toBe(true);
  expect(asked).toEqual([front.host]);

  asked = [];
  const named = await clientOf({ tlsVerify: true, ca: [authority], moreAuthorities });
  expect(await named.manifest("app", "1")).toMatchObject({ ok: true });
  expect(asked).toEqual([]);
});

test.each([
  ["none", []],
  ["others", [tls.rootCertificates[0] ?? ""]],
  ["broken ones", ["-----BEGIN CERTIFICATE-----\nnothing\n-----END CERTIFICATE-----\n"]],
])("a certificate that the machine's authorities do not vouch for stays refused: %s", async (_, more) => {
  const made = await clientOf({ tlsVerify: true, moreAuthorities: async () => more });
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
