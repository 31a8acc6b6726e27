import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { machineAuthorities } from "./authorities.ts";

const pem = (name: string): string => `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----\n`;

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "authorities-"));
});
afterEach(async () => await rm(home, { recursive: true }));

async function write(name: string, text: string): Promise<string> {
  const file = join(home, name);
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(file, text);
  return file;
}

test("those kept for a registry, by its name and port, and the bundle that the environment names", async () => {
  const folder = ".config/containers/certs.d";
  await write(`${folder}/registry.test:5000/b.crt`, pem("b"));
  await write(`${folder}/registry.test:5000/a.crt`, pem("a"));
  await write(`${folder}/registry.test:5000/client.cert`, pem("client"));
  await write(`${folder}/registry.test/c.crt`, pem("c"));
  await write(`${folder}/registry.test:5000/notes.crt`, "no certificate");
  const bundle = await write("bundle.pem", pem("bundle"));
  const extra = await write("extra.pem", pem("extra"));
  const env = { HOME: home, SSL_CERT_FILE: bundle, NODE_EXTRA_CA_CERTS: extra };
  expect(await machineAuthorities("registry.test:5000", env)).toEqual(["a", "b", "bundle", "extra"].map(pem));
  expect(await machineAuthorities("registry.test", env)).toEqual(["c", "bundle", "extra"].map(pem));
});

test("files that are not there are none", async () => {
  const gone = join(home, "gone.pem");
  expect(
    await machineAuthorities("registry.test", { HOME: home, SSL_CERT_FILE: gone, NODE_EXTRA_CA_CERTS: gone }),
  ).toEqual([]);
});
