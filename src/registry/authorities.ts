/**
 * Authorities that podman, skopeo and Docker trust on this machine and Node does not know: it brings a list of its own.
 *
 * @see https://github.com/golang/go/blob/master/src/crypto/x509/root_linux.go (the bundle, `SSL_CERT_FILE`)
 * @see https://github.com/containers/image/blob/main/docs/containers-certs.d.5.md
 * @see https://docs.docker.com/engine/security/certificates/
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { homeFolder } from "./home-folder.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The first that is there is the system's bundle. */
const bundles = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/pki/tls/cacert.pem",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/cert.pem",
] as const;

/**
 * PEM texts of the authorities kept for a registry and for the whole machine. What cannot be read is not there.
 * @param host as names write it, with its port
 */
export async function machineAuthorities(host: string, env: Environment): Promise<readonly string[]> {
  const kept = [join(homeFolder(env), ".config/containers"), "/etc/containers", "/etc/docker"];
  const texts = [
    ...(await Promise.all(kept.map((folder) => authoritiesIn(join(folder, "certs.d", host))))).flat(),
    await firstText(env["SSL_CERT_FILE"] ? [env["SSL_CERT_FILE"]] : bundles),
    // A list of authorities takes the place of Node's own with all that was added to it.
    await firstText(env["NODE_EXTRA_CA_CERTS"] ? [env["NODE_EXTRA_CA_CERTS"]] : []),
  ];
  return texts.filter((text) => text.includes("-----BEGIN CERTIFICATE-----"));
}

/** The `*.crt` of a folder; its `*.cert` and `*.key` are a client's. */
async function authoritiesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => name.endsWith(".crt")).toSorted();
  return await Promise.all(files.map((name) => firstText([join(folder, name)])));
}

async function firstText(files: readonly string[]): Promise<string> {
  for (const file of files) {
    const text = await readFile(file, "utf8").catch(() => undefined);
    if (text !== undefined) return text;
  }
  return "";
}
