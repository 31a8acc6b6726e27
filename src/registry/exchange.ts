/**
 * One request and its answer, on node:http and its keep-alive connections. Nothing is followed, inflated or retried
 * here, and nothing can take longer or be larger than the limits say.
 */
import {
  Agent as HttpAgent,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest, type AgentOptions } from "node:https";
import { isIP } from "node:net";
import { codeOf, isCertificateError } from "./error-codes.ts";
import { ForbiddenAddress, guardedLookup, isInternalAddress, originText, serverName, type Origin } from "./endpoint.ts";
import type { RequestLimits } from "./limits.ts";
import type { Proxy, ProxyFor } from "./proxy.ts";
import { proxyIsAway, proxyWantsName, TunnelAgent } from "./tunnel.ts";

/** A request that took too long, at its headers, in its body or as a whole. */
export class SlowAnswer extends Error {
  constructor(what: string) {
    super(what);
    this.name = "SlowAnswer";
  }
}

/** An answer that is larger, or another, than it may be. */
export class BadAnswer extends Error {
  constructor(what: string) {
    super(what);
    this.name = "BadAnswer";
  }
}

/** What is sent. */
export interface Exchange {
  readonly origin: Origin;
  /** With the query. */
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly method?: "GET" | "POST" | "HEAD";
  readonly body?: string;
  /** The address came from outside: it must not lead to this machine or its link. */
  readonly guarded?: boolean;
  /** Milliseconds for headers and body together. */
  readonly totalMs: number;
}

/** An answer whose body is still to be read. */
export interface Answer {
  readonly status: number;
  readonly message: IncomingMessage;
  /** Reads the body; rejects at more than `most` bytes. What was read is given again. */
  read(most: number): Promise<Buffer>;
  /** The body as it comes. */
  stream(): AsyncGenerator<Buffer>;
  /** Drops the body, and the connection with it where much would still come. */
  drop(): void;
}

/** How the other side is trusted. */
export interface TlsOptions {
  readonly verify: boolean;
  /** PEM of authorities in place of Node's own. */
  readonly ca?: readonly string[];
  /** PEM of further ones, which are read when a certificate is not trusted without them: they are many. */
  readonly moreAuthorities?: () => Promise<readonly string[]>;
}

interface Timed {
  readonly signal: AbortSignal;
  /** By the monotonic clock, which nobody sets; moved on by the time that its reader was busy. */
  started: number;
  readonly totalMs: number;
  /** When something last came; infinite while the reader is busy: that is not the other side's silence. */
  heard: number;
  hasHeaders: boolean;
  fail(error: Error): void;
}

/** The connections of a run. */
export class Connections {
  readonly #limits: RequestLimits;
  readonly #http: HttpAgent;
  readonly #https: HttpsAgent;
  readonly #proxyFor: ProxyFor | undefined;
  /** Made when the first registry is reached through a proxy. */
  #tunnels: TunnelAgent | undefined;
  readonly #newTunnels: (proxy: Proxy) => TunnelAgent;
  readonly #tls: TlsOptions;
  /** All agents hold it. */
  readonly #trust: AgentOptions;
  #isWide = false;
  #widening: Promise<void> | undefined;
  readonly #timed = new Set<Timed>();
  #clock: ReturnType<typeof setInterval> | undefined;
  #isClosed = false;
  /** One listener for all requests of a signal: those of each, linked to the next, would outlive it in memory. */
  readonly #watched = new Map<AbortSignal, () => void>();

  constructor(limits: RequestLimits, tls: TlsOptions, connections: number, proxyFor?: ProxyFor) {
    this.#limits = limits;
    this.#proxyFor = proxyFor;
    // The gate counts; the agent only keeps what is open.
    const keep = { keepAlive: true, maxFreeSockets: Math.max(8, connections), scheduling: "lifo" as const };
    this.#tls = tls;
    this.#trust = {
      rejectUnauthorized: tls.verify,
      ...(tls.ca === undefined || tls.ca.length === 0 ? {} : { ca: [...tls.ca] }),
    };
    this.#http = new HttpAgent(keep);
    this.#https = new HttpsAgent({ ...keep, ...this.#trust });
    this.#newTunnels = (proxy) => new TunnelAgent(proxy, keep, this.#trust, limits.headersMs);
  }

  /**
   * Sends a request. Rejects with what node:http says, {@link SlowAnswer}, {@link ForbiddenAddress} or a `ProxyError`.
   */
  async send(exchange: Exchange, signal: AbortSignal): Promise<Answer> {
    const wasWide = this.#isWide;
    try {
      return await this.#sendOnce(exchange, signal);
    } catch (error) {
      if (wasWide || !isCertificateError(codeOf(error))) throw error;
      this.#widening ??= this.#widen();
      await this.#widening;
      if (!this.#isWide) throw error;
      // Nothing was sent yet: the certificate comes first.
      return await this.#sendOnce(exchange, signal);
    }
  }

  /** From now on further authorities are trusted, where there are some. */
  async #widen(): Promise<void> {
    const more = (await this.#tls.moreAuthorities?.()) ?? [];
    if (more.length === 0) return;
    const { createSecureContext, rootCertificates } = await import("node:tls");
    const { ca = rootCertificates } = this.#trust;
    try {
      // Made once: hundreds of certificates would be read again for each connection.
      const secureContext = createSecureContext({ ca: [ca, ...more].flat() });
      Object.assign(this.#trust, { secureContext });
      Object.assign(this.#https.options, { secureContext });
      this.#isWide = true;
    } catch {
      // One of their files is broken: they are as good as none.
    }
  }

  #sendOnce(exchange: Exchange, signal: AbortSignal): Promise<Answer> {
    const { origin, body, guarded = false } = exchange;
    if (guarded && isIP(origin.hostname) !== 0 && isInternalAddress(origin.hostname))
      return Promise.reject(new ForbiddenAddress(origin.hostname, origin.hostname));
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(abortReason(signal));
      if (this.#isClosed) return reject(new Error("closed"));
      // Throws what the environment's proxies are wrong in.
      const proxy = this.#proxyFor?.(origin);
      const isPlainProxy = proxy !== undefined && origin.scheme === "http";
      const outgoing = isPlainProxy ? this.#askProxy(exchange, proxy) : this.#askOrigin(exchange, proxy);
      const now = performance.now();
      const timed: Timed = {
        signal,
        started: now,
        heard: now,
        totalMs: exchange.totalMs,
        hasHeaders: false,
        fail: (error) => {
          outgoing.destroy(error);
          // Nothing tells of it where no connection is there yet.
          if (outgoing.socket === null) {
            end();
            reject(error);
          }
        },
      };
      const end = (): void => {
        this.#timed.delete(timed);
        if (this.#timed.size === 0) this.#stopClock();
      };
      this.#watch(signal);
      this.#timed.add(timed);
      this.#startClock();
      outgoing.on("error", (error) => {
        end();
        reject(isPlainProxy && isUnreachable(error) ? proxyIsAway(proxy, error) : error);
      });
      outgoing.on("response", (message) => {
        if (isPlainProxy && message.statusCode === 407) {
          message.resume();
          end();
          reject(proxyWantsName(proxy));
          return;
        }
        timed.hasHeaders = true;
        timed.heard = performance.now();
        timed.fail = (error) => message.destroy(error);
        message.once("close", end);
        message.once("end", end);
        resolve(answerOf(message, timed));
      });
      outgoing.end(body);
    });
  }

  /** A request straight to where it goes, or through a tunnel. */
  #askOrigin({ origin, path, headers, method = "GET", guarded = false }: Exchange, proxy?: Proxy): ClientRequest {
    const { scheme, hostname, port } = origin;
    const options = { hostname, port, path, method, headers };
    if (scheme === "https") {
      const agent = proxy === undefined ? this.#https : (this.#tunnels ??= this.#newTunnels(proxy));
      return httpsRequest({
        agent,
        ...options,
        ...(guarded && proxy === undefined ? { lookup: guardedLookup } : {}),
        ...serverName(hostname),
      });
    }
    return httpRequest({ agent: this.#http, ...options, ...(guarded ? { lookup: guardedLookup } : {}) });
  }

  /** A plain request that a proxy passes on: it is given the whole address. */
  #askProxy({ origin, path, headers, method = "GET" }: Exchange, proxy: Proxy): ClientRequest {
    const { scheme, hostname, port } = proxy.origin;
    const address = originText(origin);
    const options = {
      hostname,
      port,
      path: `${address}${path}`,
      method,
      headers: {
        ...headers,
        host: address.slice(`${origin.scheme}://`.length),
        ...(proxy.authorization === undefined ? {} : { "proxy-authorization": proxy.authorization }),
      },
    };
    return scheme === "https"
      ? httpsRequest({ ...options, agent: this.#https, ...serverName(hostname) })
      : httpRequest({ ...options, agent: this.#http });
  }

  /** Closes what is open; requests under way fail, and so do later ones: what waits to try again would keep a process. */
  close(): void {
    this.#isClosed = true;
    // Before their sockets go, which would look like a reset that may pass.
    for (const timed of this.#timed) timed.fail(new Error("closed"));
    this.#http.destroy();
    this.#https.destroy();
    this.#tunnels?.destroy();
    for (const [signal, onAbort] of this.#watched) signal.removeEventListener("abort", onAbort);
    this.#watched.clear();
    this.#stopClock();
  }

  #watch(signal: AbortSignal): void {
    if (this.#watched.has(signal)) return;
    const onAbort = (): void => {
      for (const timed of this.#timed) if (timed.signal === signal) timed.fail(abortReason(signal));
    };
    this.#watched.set(signal, onAbort);
    signal.addEventListener("abort", onAbort, { once: true });
  }

  /** One clock for all requests: a timer each would cost more than the request. */
  #startClock(): void {
    if (this.#clock !== undefined) return;
    const { headersMs, idleMs, totalMs } = this.#limits;
    const tick = Math.min(1000, Math.max(10, Math.min(headersMs, idleMs, totalMs) / 8));
    this.#clock = setInterval(() => this.#check(), tick);
  }

  #stopClock(): void {
    clearInterval(this.#clock);
    this.#clock = undefined;
  }

  #check(): void {
    const now = performance.now();
    const { headersMs, idleMs } = this.#limits;
    for (const timed of this.#timed) {
      if (!timed.hasHeaders && now - timed.started > headersMs)
        timed.fail(new SlowAnswer(`sent no answer within ${seconds(headersMs)}`));
      else if (timed.hasHeaders && now - timed.heard > idleMs)
        timed.fail(new SlowAnswer(`stopped sending for ${seconds(idleMs)}`));
      else if (timed.heard !== Number.POSITIVE_INFINITY && now - timed.started > timed.totalMs)
        timed.fail(new SlowAnswer(`had not sent everything after ${seconds(timed.totalMs)}`));
    }
  }
}

/** Whether no connection came to be. */
const isUnreachable = (error: Error): boolean =>
  "syscall" in error && (error.syscall === "connect" || error.syscall === "getaddrinfo");

const seconds = (milliseconds: number): string => `${Math.round(milliseconds / 100) / 10} seconds`;

const abortReason = (signal: AbortSignal): Error =>
  signal.reason instanceof Error ? signal.reason : new Error("aborted", { cause: signal.reason });

function answerOf(message: IncomingMessage, timed: Timed): Answer {
  let body: Promise<Buffer> | undefined;
  return {
    status: message.statusCode ?? 0,
    message,
    read: (most) => (body ??= readAll(message, most, timed)),
    stream: () => streamOf(message, timed),
    drop: () => {
      const length = Number(message.headers["content-length"]);
      // A short body is read away so that the connection can be used again.
      if (length <= 64 * 1024) message.resume();
      else message.destroy();
      message.on("error", () => undefined);
    },
  };
}

function readAll(message: IncomingMessage, most: number, timed: Timed): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const refused = refuseEncoding(message) ?? refuseLength(message, most);
    if (refused !== undefined) {
      message.on("error", () => undefined);
      message.destroy();
      return reject(refused);
    }
    const parts: Buffer[] = [];
    let size = 0;
    message.on("data", (part: Buffer) => {
      timed.heard = performance.now();
      size += part.length;
      if (size > most) message.destroy(tooLarge(most));
      else parts.push(part);
    });
    message.on("error", reject);
    message.on("end", () => {
      const [only] = parts;
      resolve(parts.length === 1 && only !== undefined ? only : Buffer.concat(parts, size));
    });
  });
}

async function* streamOf(message: IncomingMessage, timed: Timed): AsyncGenerator<Buffer> {
  const refused = refuseEncoding(message);
  if (refused !== undefined) {
    message.on("error", () => undefined);
    message.destroy();
    throw refused;
  }
  const parts: AsyncIterable<unknown> = message;
  for await (const part of parts) {
    const before = performance.now();
    timed.heard = Number.POSITIVE_INFINITY;
    // Without an encoding parts are nothing else.
    if (Buffer.isBuffer(part)) yield part;
    timed.heard = performance.now();
    timed.started += timed.heard - before;
  }
}

/** Nobody asked for a compressed body: a small one can become very large. */
function refuseEncoding(message: IncomingMessage): BadAnswer | undefined {
  const encoding = message.headers["content-encoding"];
  return encoding === undefined || encoding === "" || encoding === "identity"
    ? undefined
    : new BadAnswer(`sent a body with content-encoding ${encoding}, which nobody asked for`);
}

const refuseLength = (message: IncomingMessage, most: number): BadAnswer | undefined =>
  Number(message.headers["content-length"]) > most ? tooLarge(most) : undefined;

const tooLarge = (most: number): BadAnswer => new BadAnswer(`sent more than ${most} bytes`);
