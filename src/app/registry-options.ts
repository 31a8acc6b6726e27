/** From what a caller asks to what a registry's client needs: credentials where they are kept, authorities as text. */
import { readFile } from "node:fs/promises";
import type { Failure } from "../core/errors.ts";
import { err, ok, type Result } from "../core/result.ts";
import { machineAuthorities } from "../registry/authorities.ts";
import { CredentialStore } from "../registry/credentials.ts";
import { environmentProxies } from "../registry/proxy.ts";
import type { RegistryOptions } from "../registry/requester.ts";
import type { RegistryRequest } from "./requests.ts";
import { fileReasonOf } from "../core/file-reason.ts";

/** Reads the authorities' files; credentials are read when a registry asks for some. */
export async function registryOptions(
  request: RegistryRequest,
  signal: AbortSignal,
): Promise<Result<Omit<RegistryOptions, "signal">, Failure>> {
  const ca: string[] = [];
  for (const file of request.certAuthorities ?? []) {
    try {
      const text = await readFile(file, "utf8");
      if (!text.includes("-----BEGIN CERTIFICATE-----"))
        return err({ code: "CONFIG_INVALID", file, message: "it holds no certificate in PEM form" });
      ca.push(text);
    } catch (error) {
      return err({
        code: "UNREADABLE",
        file,
        message: fileReasonOf(error),
        hint: "name a file with a certificate in PEM form",
      });
    }
  }
  const { authfile, tlsVerify, tokenRealms, concurrency } = request;
  return ok({
    credentials: new CredentialStore({ env: process.env, signal, ...(authfile === undefined ? {} : { authfile }) }),
    ca: await withNodeAuthorities(ca),
    moreAuthorities: (host) => machineAuthorities(host, process.env),
    proxyFor: environmentProxies(process.env),
    ...(tlsVerify === undefined ? {} : { tlsVerify }),
    ...(tokenRealms === undefined ? {} : { tokenRealms }),
    ...(concurrency === undefined ? {} : { concurrency }),
  });
}

/** A list of authorities takes the place of those that Node brings: they are put beside it. */
async function withNodeAuthorities(ca: readonly string[]): Promise<readonly string[]> {
  if (ca.length === 0) return ca;
  const { rootCertificates } = await import("node:tls");
  return [...rootCertificates, ...ca];
}
