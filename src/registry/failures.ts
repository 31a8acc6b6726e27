/** What a registry did wrong, in words and as a {@link Failure}. */
import { failureOfAbort } from "../core/abort.ts";
import type { Failure } from "../core/errors.ts";
import { asArray, asObject, asText, parseJson } from "../core/json.ts";
import { Refusal } from "../core/refusal.ts";
import { ForbiddenAddress } from "./endpoint.ts";
import { codeOf, isCertificateError } from "./error-codes.ts";
import { BadAnswer, SlowAnswer } from "./exchange.ts";
import { ProxyError } from "./tunnel.ts";

/** The codes and messages of an error body; what is none gives nothing. */
export interface RegistryError {
  readonly code: string;
  readonly message: string;
}

/** Reads `{"errors":[{"code","message"}]}`. @see https://github.com/opencontainers/distribution-spec (error codes) */
export function readRegistryError(body: Uint8Array): RegistryError {
  const first = asObject(asArray(asObject(parseJson(Buffer.from(body).toString("utf8")))["errors"])[0]);
  return { code: asText(first["code"]), message: asText(first["message"]).slice(0, 300) };
}

/** Text of a registry in a message: short, on one line. */
export const quoted = (text: string): string => text.replace(/\s+/g, " ").trim().slice(0, 300);

/** Turns whatever a request threw into a failure. */
export function failureOf(registry: string, error: unknown, signal: AbortSignal): Failure {
  if (error instanceof Refusal) return error.failure;
  if (signal.aborted) return failureOfAbort(signal);
  if (error instanceof SlowAnswer || error instanceof BadAnswer)
    return { code: "REGISTRY_FAILED", registry, message: `the registry ${error.message}` };
  const forbidden = error instanceof Error && error.cause instanceof ForbiddenAddress ? error.cause : error;
  if (forbidden instanceof ForbiddenAddress)
    return {
      code: "REGISTRY_FAILED",
      registry,
      message: `the registry sends us on to where no remote registry may: ${forbidden.message}`,
    };
  if (error instanceof ProxyError)
    return { code: "REGISTRY_FAILED", registry, message: error.message, hint: error.hint };
  const code = codeOf(error);
  const text = error instanceof Error ? quoted(error.message) : String(error);
  const known = networkErrors[code];
  if (known !== undefined) return { code: "REGISTRY_FAILED", registry, message: known.message, hint: known.hint };
  if (isCertificateError(code))
    return {
      code: "REGISTRY_FAILED",
      registry,
      message: `its certificate is not trusted (${text})`,
      hint: "name its authority with --cert-authority FILE, or go without the check with --tls-verify=false",
    };
  if (code === "HPE_INVALID_CONSTANT" || /NO_APPLICATION_PROTOCOL/.test(`${code} ${text}`))
    return {
      code: "REGISTRY_FAILED",
      registry,
      message: "it does not speak HTTP/1.1",
      hint: "check the port; what is in front of the registry has to take HTTP/1.1 beside HTTP/2",
    };
  if (code === "EPROTO" || code.startsWith("ERR_SSL"))
    return {
      code: "REGISTRY_FAILED",
      registry,
      message: "it does not speak TLS",
      hint: "a registry without TLS is read with --tls-verify=false",
    };
  return { code: "REGISTRY_FAILED", registry, message: text === "" ? code : text };
}

interface Words {
  readonly message: string;
  readonly hint: string;
}

const again = "try again; if it stays, ask whoever runs the registry";
const networkErrors: Readonly<Record<string, Words>> = {
  ECONNREFUSED: { message: "nothing listens there (connection refused)", hint: "check the name and the port" },
  ENOTFOUND: {
    message: "there is no host of that name",
    hint: "check the name, and whether this machine may look names up or needs HTTPS_PROXY",
  },
  EAI_AGAIN: {
    message: "its name cannot be looked up",
    hint: "check whether this machine has a network and a name server",
  },
  ECONNRESET: { message: "it closed the connection in the middle", hint: again },
  EPIPE: { message: "it closed the connection in the middle", hint: again },
  ETIMEDOUT: {
    message: "it cannot be reached (connection timed out)",
    hint: "try again; check whether this machine needs HTTPS_PROXY to reach it",
  },
  EHOSTUNREACH: { message: "it cannot be reached (no route to the host)", hint: "check this machine's network" },
  ENETUNREACH: { message: "it cannot be reached (no network)", hint: "check this machine's network" },
  HPE_HEADER_OVERFLOW: { message: "it sent headers larger than 16 KiB", hint: again },
};
