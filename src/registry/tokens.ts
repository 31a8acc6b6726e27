/**
 * Bearer tokens: asked for once a scope, however many wait for them, and kept until shortly before they end.
 * @see https://distribution.github.io/distribution/spec/auth/token/
 */
import type { Failure } from "../core/errors.ts";
import { asNumber, asObject, asText, parseJson } from "../core/json.ts";
import { Refusal } from "../core/refusal.ts";
import type { Credential } from "./credential.ts";
import { isLoopback, isSameOrigin, originOf, originText, type Origin } from "./endpoint.ts";
import type { Connections } from "./exchange.ts";
import type { RequestLimits } from "./limits.ts";
import { quoted, readRegistryError } from "./failures.ts";

/** What a registry said a token is to be asked for. */
export interface TokenRequest {
  readonly realm: string;
  readonly service: string;
  /** `repository:library/alpine:pull`, several with a space between them. */
  readonly scope: string;
}

export interface TokenContext {
  /** As names write it. */
  readonly registry: string;
  readonly origin: Origin;
  /** Further hosts that credentials of this registry may go to. */
  readonly realms: readonly string[];
  readonly limits: RequestLimits;
  readonly signal: AbortSignal;
  readonly onRequest: () => void;
}

/** A token server that gives none now, and may later. */
export class BusyTokenServer extends Error {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** What it comes to where it stays so. */
  readonly refusal: Refusal;

  constructor(status: number, retryAfter: string | undefined, refusal: Refusal) {
    super(refusal.message);
    this.name = "BusyTokenServer";
    this.status = status;
    this.retryAfter = retryAfter;
    this.refusal = refusal;
  }
}

interface Kept {
  readonly token: Promise<string>;
  /** By the monotonic clock; while it is asked for, never. */
  ends: number;
  /** The token, once it is there. */
  value?: string;
}

/** Hosts that are known to give tokens for another one. */
const knownRealms: Readonly<Record<string, string>> = {
  "docker.io": "auth.docker.io",
  "registry.gitlab.com": "gitlab.com",
};

/** The tokens of one registry. */
export class Tokens {
  readonly #connections: Connections;
  readonly #context: TokenContext;
  readonly #kept = new Map<string, Kept>();

  constructor(connections: Connections, context: TokenContext) {
    this.#connections = connections;
    this.#context = context;
  }

  /** A token for a scope. Rejects with a {@link Refusal} or a {@link BusyTokenServer}. */
  get(request: TokenRequest, credential: () => Promise<Credential | undefined>): Promise<string> {
    const key = `${request.realm} ${request.service} ${request.scope}`;
    const there = this.#kept.get(key);
    if (there !== undefined && performance.now() < there.ends) return there.token;
    // A scan meets every repository of a registry; the tokens of those it has left are of no use.
    if (this.#kept.size >= 512) this.#kept.delete(this.#kept.keys().next().value ?? "");
    const kept: Kept = {
      token: this.#ask(request, credential).then(
        ({ token, milliseconds }) => {
          kept.ends = performance.now() + milliseconds;
          kept.value = token;
          return token;
        },
        (error: unknown) => {
          this.#kept.delete(key);
          throw error;
        },
      ),
      ends: Number.POSITIVE_INFINITY,
    };
    this.#kept.set(key, kept);
    return kept.token;
  }

  /** Forgets a token that the registry no longer takes; one that came since stays. */
  forget(token: string): void {
    for (const [key, { value }] of this.#kept) if (value === token) this.#kept.delete(key);
  }

  async #ask(
    request: TokenRequest,
    find: () => Promise<Credential | undefined>,
  ): Promise<{ readonly token: string; readonly milliseconds: number }> {
    const { url, origin } = this.#realm(request.realm);
    const credential = await find();
    if (credential !== undefined) this.#mayHaveCredentials(origin);
    const { limits, signal, registry, onRequest } = this.#context;
    const fields = [
      ...(request.service === "" ? [] : [["service", request.service]]),
      ...request.scope
        .split(" ")
        .filter(Boolean)
        .map((scope) => ["scope", scope]),
    ];
    const query = new URLSearchParams(url.search);
    for (const [name = "", value = ""] of fields) query.append(name, value);
    const exchange = { origin, totalMs: limits.totalMs, guarded: !isLoopback(this.#context.origin.hostname) };
    onRequest();
    // An identity token is exchanged by POST; a name and a password go as Basic with GET, which every server knows.
    const answer =
      credential?.isIdentityToken === true
        ? await this.#connections.send(
            {
              ...exchange,
              path: url.pathname + url.search,
              method: "POST",
              headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
              body: new URLSearchParams([
                ["grant_type", "refresh_token"],
                ["client_id", "image-fix"],
                ["refresh_token", credential.identityToken()],
                ["service", request.service],
                ["scope", request.scope],
              ]).toString(),
            },
            signal,
          )
        : await this.#connections.send(
            {
              ...exchange,
              path: `${url.pathname}?${query.toString()}`,
              headers: {
                accept: "application/json",
                ...(credential === undefined ? {} : { authorization: credential.basic() }),
              },
            },
            signal,
          );
    const body = await answer.read(limits.documentBytes);
    const host = originText(origin);
    // OAuth2 answers 400 to a refresh token that has ended.
    const isDenied = answer.status === 401 || answer.status === 403;
    if (isDenied || (answer.status === 400 && credential?.isIdentityToken === true))
      throw refused(
        registry,
        `${host} gives no token${credential === undefined ? "" : ` for ${credential.describe()}, which may be wrong or have expired`}`,
        { hint: credential?.renewal(registry) ?? loginHint(registry) },
      );
    if (answer.status >= 300 && answer.status < 400)
      throw refused(registry, `its token server ${host} sends us elsewhere, which no token server may`);
    if (answer.status !== 200) {
      const said = readRegistryError(body);
      const refusal = refused(
        registry,
        `its token server ${host} answers ${answer.status}${said.message === "" ? "" : `: ${quoted(said.message)}`}`,
      );
      const isBusy = answer.status === 429 || answer.status >= 500;
      throw isBusy ? new BusyTokenServer(answer.status, answer.message.headers["retry-after"], refusal) : refusal;
    }
    const value = asObject(parseJson(body.toString("utf8")));
    const token = asText(value["token"]) || asText(value["access_token"]);
    // It becomes part of a header.
    if (!/^[\x21-\x7e]{1,65536}$/.test(token)) throw refused(registry, `its token server ${host} gives no token`);
    const seconds = asNumber(value["expires_in"]) > 0 ? asNumber(value["expires_in"]) : 60;
    // Not to the last moment: the request takes its time, and clocks differ.
    return { token, milliseconds: Math.min(seconds, 3600) * 1000 * 0.8 };
  }

  /** The realm's address, if it is one that may be asked. */
  #realm(realm: string): { readonly url: URL; readonly origin: Origin } {
    const { registry, origin: own } = this.#context;
    const url = URL.canParse(realm) ? new URL(realm) : undefined;
    const origin = url === undefined ? undefined : originOf(url);
    if (url === undefined || origin === undefined)
      throw refused(registry, `it names no token server that can be asked ("${quoted(realm)}")`);
    if (url.username !== "" || url.password !== "")
      throw refused(registry, "the address of its token server holds credentials, which no registry may send");
    const isLocal = isLoopback(own.hostname);
    if (origin.scheme === "http" && !isLocal && !(own.scheme === "http" && isSameOrigin(own, origin)))
      throw refused(registry, `its token server ${originText(origin)} is not asked without TLS`);
    if (!isLocal && isLoopback(origin.hostname))
      throw refused(
        registry,
        `its token server ${originText(origin)} is on this machine, where no remote registry may send us`,
      );
    return { url, origin };
  }

  /** Credentials go to the registry's own host, to the token servers that are known, and to those the user named. */
  #mayHaveCredentials(origin: Origin): void {
    const { registry, origin: own, realms } = this.#context;
    const allowed = [own.hostname, registry, knownRealms[registry], ...realms];
    if (allowed.includes(origin.hostname)) return;
    throw refused(
      registry,
      `it wants the credentials that are kept for it sent to another host, ${originText(origin)}`,
      {
        hint: `if that is its token server, say so: --token-realm ${origin.hostname}`,
      },
    );
  }
}

export const loginHint = (registry: string): string =>
  `log in: podman login ${registry}, or name a file with --authfile`;

function refused(registry: string, message: string, more: { readonly hint?: string } = {}): Refusal {
  const failure: Failure = { code: "REGISTRY_FAILED", registry, message, ...more };
  return new Refusal(failure);
}
