/**
 * One registry, read only: manifests, blobs and lists, on keep-alive connections, with one gate for all requests.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 */
import { createHash, hash } from "node:crypto";
import { failureOfAbort } from "../core/abort.ts";
import type { Failure } from "../core/errors.ts";
import type { Reply } from "../core/ports.ts";
import { Refusal } from "../core/refusal.ts";
import { err, ok, type Result } from "../core/result.ts";
import { readChallenge } from "./challenge.ts";
import { CredentialStore, type Credential } from "./credentials.ts";
import { apiHost, defaultPorts, isLoopback, isSameOrigin, splitHostPort, type Origin } from "./endpoint.ts";
import { BadAnswer, Connections, SlowAnswer, type Answer } from "./exchange.ts";
import { codeOf, failureOf, isCertificateError } from "./failures.ts";
import { Gate } from "./gate.ts";
import { defaultLimits, type RequestLimits } from "./limits.ts";
import { nextPage, redirected, type Address } from "./next-address.ts";
import { noBlob, noList, noManifest, otherSize, registryFailure } from "./refused-answers.ts";
import type { ProxyFor } from "./proxy.ts";
import { loginHint, Tokens } from "./tokens.ts";
import { ProxyError } from "./tunnel.ts";

/** How a registry is spoken to. Everything has a default. */
export interface RegistryOptions {
  readonly credentials?: CredentialStore;
  /** `false`: any certificate, and plain HTTP where there is no TLS. */
  readonly tlsVerify?: boolean;
  /** PEM texts of authorities that are trusted beside the system's. */
  readonly ca?: readonly string[];
  /** Requests at a time; 32 without it. */
  readonly concurrency?: number;
  /** Hosts of token servers that credentials may go to beside the registry's own. */
  readonly tokenRealms?: readonly string[];
  readonly limits?: Partial<RequestLimits>;
  /** What is asked through a proxy; nothing without it. */
  readonly proxyFor?: ProxyFor;
  readonly signal: AbortSignal;
}

/** A manifest or an index as it came. */
export interface ManifestReply {
  /** Computed here; of the algorithm that was asked for, else sha256. */
  readonly digest: string;
  /** Content-Type, without parameters. */
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** Which blob, and how large it says it is. */
export interface BlobDescriptor {
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

/** What a client has done so far. */
export interface RegistryCounters {
  /** Requests that were sent: to the registry, its token server and its storage; tries again included. */
  requests: number;
  /** Of them, for tokens. */
  tokens: number;
  /** Sent again after a 5xx or a reset. */
  retries: number;
  /** Answers of 429. */
  throttled: number;
  /** Of bodies that were read. */
  bytes: number;
}

interface Ask {
  readonly path: string;
  readonly accept: string;
  /** Scope of the token: `repository:library/alpine:pull`. */
  readonly scope: string;
  /** For credentials. */
  readonly repository: string;
  /** Redirects are followed. */
  readonly isBlob?: boolean;
  readonly totalMs?: number;
}

type Scheme =
  | { readonly kind: "none" }
  | { readonly kind: "basic" }
  | { readonly kind: "bearer"; readonly realm: string; readonly service: string };

const userAgent = "image-fix";

/**
 * A client of one registry. Methods answer with a value; a failure's `registry` is the host as it was named. Safe to use
 * from any number of callers at once: the gate keeps the number of requests within what the registry takes.
 */
export class RegistryClient {
  /** As names write it: `docker.io`. */
  readonly host: string;
  readonly counters: RegistryCounters = { requests: 0, tokens: 0, retries: 0, throttled: 0, bytes: 0 };
  readonly #options: RegistryOptions;
  readonly #limits: RequestLimits;
  readonly #gate: Gate;
  readonly #connections: Connections;
  readonly #credentials: CredentialStore;
  #origin: Origin;
  /** Whether the scheme is known to be right. */
  #isSettled: boolean;
  /** The other scheme than the first one is tried. */
  #isTrying = false;
  #hasAnswered = false;
  #scheme: Scheme = { kind: "none" };
  #tokens: Tokens | undefined;

  constructor(host: string, options: RegistryOptions) {
    this.host = host;
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    const concurrency = options.concurrency ?? 32;
    this.#gate = new Gate(concurrency);
    this.#connections = new Connections(
      this.#limits,
      { verify: options.tlsVerify !== false, ...(options.ca === undefined ? {} : { ca: options.ca }) },
      concurrency,
      options.proxyFor,
    );
    this.#credentials = options.credentials ?? new CredentialStore({ env: process.env, signal: options.signal });
    const { hostname, port } = splitHostPort(apiHost(host));
    // On this machine plain HTTP is usual and harmless; elsewhere only where the user gave the check up.
    const scheme = isLoopback(hostname) && options.tlsVerify !== true && port !== 443 ? "http" : "https";
    this.#origin = { scheme, hostname, port: port ?? defaultPorts[scheme] };
    this.#isSettled = scheme === "https" && options.tlsVerify !== false;
    options.signal.addEventListener("abort", () => this.#gate.open(), { once: true });
  }

  /** Milliseconds that the registry has told us to wait (429), all told. */
  get pausedMs(): number {
    return this.#gate.pausedMs;
  }

  /** Requests at a time that the registry is found to take now. */
  get concurrency(): number {
    return this.#gate.limit;
  }

  /**
   * Reads a manifest or an index.
   * @param reference A tag or a digest; with a digest the bytes are checked against it.
   */
  async manifest(repository: string, reference: string): Reply<ManifestReply> {
    const path = `/v2/${repository}/manifests/${reference}`;
    const ask: Ask = { path, accept: acceptedManifests, scope: pullScope(repository), repository };
    const reply = await this.#document(ask, (answer, body) =>
      noManifest(this.host, repository, reference, answer, body),
    );
    if (!reply.ok) return reply;
    const { answer, body } = reply.value;
    const isDigest = reference.includes(":");
    const wanted = isDigest ? reference : undefined;
    const digest = digestOf(body, wanted?.startsWith("sha512:") === true ? "sha512" : "sha256");
    const mediaType = (answer.message.headers["content-type"] ?? "").split(";", 1)[0]?.trim() ?? "";
    const said = answer.message.headers["docker-content-digest"];
    const claimed = wanted ?? (typeof said === "string" && said.startsWith("sha256:") ? said : undefined);
    // Of a schema 1 manifest the digest leaves its signatures out; it is refused later for what it is.
    if (claimed !== undefined && claimed !== digest && !mediaType.includes(".v1+prettyjws"))
      return err(
        this.#failure(
          `${repository}: the manifest is not what its digest says: ${claimed} was promised, ${digest} came`,
        ),
      );
    return ok({ digest, mediaType, bytes: body });
  }

  /**
   * Reads a small blob (a config) into memory, checked against digest and size.
   * @param most Largest size in bytes; the limit of documents without it.
   */
  async smallBlob(repository: string, blob: BlobDescriptor, most?: number): Reply<Buffer> {
    const limit = most ?? this.#limits.documentBytes;
    if (blob.size > limit)
      return err(this.#failure(`${repository}: blob ${blob.digest} has ${blob.size} bytes; at most ${limit} are read`));
    const reply = await this.#document(this.#blobAsk(repository, blob), (answer, body) =>
      noBlob(this.host, repository, blob.digest, answer, body),
    );
    if (!reply.ok) return reply;
    const { body } = reply.value;
    if (body.length !== blob.size) return err(otherSize(this.host, repository, blob, body.length));
    const digest = digestOf(body, blob.digest.startsWith("sha512:") ? "sha512" : "sha256");
    return digest === blob.digest
      ? ok(body)
      : err(this.#failure(`${repository}: blob ${blob.digest} is not what its digest says: ${digest} came`));
  }

  /**
   * Reads a blob as a stream. Size and digest are checked as it goes: the stream throws a {@link Refusal} at the first
   * byte too many, and at its end when the digest is another. What was read before that is not to be used.
   */
  async blob(repository: string, blob: BlobDescriptor): Reply<AsyncIterable<Buffer>> {
    const { totalMs, slowestBytesPerSecond } = this.#limits;
    const ask = { ...this.#blobAsk(repository, blob), totalMs: totalMs + (blob.size / slowestBytesPerSecond) * 1000 };
    try {
      const answer = await this.#ask(ask);
      if (answer.status !== 200) {
        const body = await answer.read(this.#limits.documentBytes).catch(() => Buffer.alloc(0));
        this.#gate.leave();
        return err(noBlob(this.host, repository, blob.digest, answer, body));
      }
      return ok(this.#checked(repository, blob, answer));
    } catch (error) {
      return err(failureOf(this.host, error, this.#options.signal));
    }
  }

  /**
   * Reads a list page by page, following `Link` exactly as it comes: its `last` is the registry's own business. Throws a
   * {@link Refusal} where a page cannot be read.
   * @param path `/v2/_catalog?n=1000`, `/v2/library/alpine/tags/list`.
   * @returns The JSON of each page.
   */
  async *pages(path: string): AsyncGenerator {
    const repository = /^\/v2\/(.+)\/tags\/list/.exec(path)?.[1];
    const scope = repository === undefined ? "registry:catalog:*" : pullScope(repository);
    const seen = new Set<string>();
    let next: string | undefined = path;
    while (next !== undefined) {
      if (seen.size >= this.#limits.pages) throw this.#refusal(`the list has more than ${seen.size} pages`);
      seen.add(next);
      const ask: Ask = { path: next, accept: "application/json", scope, repository: repository ?? "" };
      let reply = await this.#document(ask, (answer, body) => noList(this.host, path, answer, body));
      const first = reply;
      if (!reply.ok && seen.size > 1 && next.includes("?")) {
        // Proxies in front of a registry are known to give links without the path they serve it below.
        const again: string = `${path.split("?", 1)[0] ?? ""}${next.slice(next.indexOf("?"))}`;
        if (again !== next) reply = await this.#document({ ...ask, path: again }, () => this.#failure("no list"));
      }
      if (!reply.ok) throw new Refusal(first.ok ? reply.error : first.error);
      const { answer, body } = reply.value;
      yield this.#json(body);
      const following: Result<string | undefined, string> = nextPage(answer, { origin: this.#origin, path: next });
      if (!following.ok) throw this.#refusal(following.error);
      next = following.value;
      if (next !== undefined && seen.has(next))
        throw this.#refusal("its list leads back to a page that was read before");
    }
  }

  /** Closes the connections; requests under way fail. */
  close(): void {
    this.#gate.open();
    this.#connections.close();
  }

  #blobAsk(repository: string, { digest }: BlobDescriptor): Ask {
    return {
      path: `/v2/${repository}/blobs/${digest}`,
      accept: "*/*",
      scope: pullScope(repository),
      repository,
      isBlob: true,
    };
  }

  /** A whole small answer; tried again where it broke off. */
  async #document(
    ask: Ask,
    refuse: (answer: Answer, body: Buffer) => Failure,
  ): Promise<Result<{ readonly answer: Answer; readonly body: Buffer }, Failure>> {
    for (let tried = 1; ; tried++) {
      try {
        const answer = await this.#ask(ask);
        let body: Buffer;
        try {
          body = await answer.read(this.#limits.documentBytes);
        } finally {
          this.#gate.leave();
        }
        this.counters.bytes += body.length;
        if (answer.status === 200) {
          this.#gate.succeeded();
          return ok({ answer, body });
        }
        return err(refuse(answer, body));
      } catch (error) {
        if (tried < this.#limits.tries && this.#mayPass(error)) {
          await this.#backOff(tried);
          continue;
        }
        return err(failureOf(this.host, error, this.#options.signal));
      }
    }
  }

  /**
   * Sends a request until there is an answer that means something: 429 waited out, 5xx and resets tried again, 401
   * answered, redirects of blobs followed. The caller reads the body and then leaves the gate.
   */
  async #ask(ask: Ask): Promise<Answer> {
    let tries = 1;
    let pauses = 0;
    let challenges = 0;
    for (;;) {
      const waiting = this.#gate.enter();
      if (waiting !== undefined) await waiting;
      let answer: Answer;
      let authorization: string | undefined;
      const origin = this.#origin;
      try {
        if (this.#options.signal.aborted) throw new Refusal(failureOfAbort(this.#options.signal));
        authorization = this.#scheme.kind === "none" ? undefined : await this.#authorization(ask);
        answer = await this.#send(ask, authorization);
      } catch (error) {
        this.#gate.leave();
        if (this.#otherScheme(error, origin)) continue;
        if (tries < this.#limits.tries && this.#mayPass(error)) {
          await this.#backOff(tries++);
          continue;
        }
        throw error;
      }
      const { status } = answer;
      if (status < 300 || status === 404) return answer;
      if (status === 400 && !this.#isSettled && (await this.#wantsTls(answer))) {
        this.#gate.leave();
        continue;
      }
      if (status === 429 && ++pauses <= this.#limits.pauses) {
        this.counters.throttled++;
        const pause = this.#pauseOf(answer, pauses);
        answer.drop();
        this.#gate.pause(pause);
        this.#gate.leave();
        continue;
      }
      if (status >= 500 && tries < this.#limits.tries) {
        answer.drop();
        this.#gate.leave();
        await this.#backOff(tries++);
        continue;
      }
      if (status === 401 && challenges++ < 2 && this.#answerChallenge(answer, authorization)) {
        answer.drop();
        this.#gate.leave();
        continue;
      }
      return answer;
    }
  }

  async #send(ask: Ask, authorization: string | undefined): Promise<Answer> {
    const totalMs = ask.totalMs ?? this.#limits.totalMs;
    let to: Address = { origin: this.#origin, path: ask.path };
    for (let redirects = 0; ; redirects++) {
      const isOwn = isSameOrigin(to.origin, this.#origin);
      this.counters.requests++;
      const answer = await this.#connections.send(
        {
          headers: {
            accept: ask.accept,
            "user-agent": userAgent,
            ...(authorization === undefined || !isOwn ? {} : { authorization }),
          },
          guarded: !isOwn && !isLoopback(this.#origin.hostname),
          totalMs,
          ...to,
        },
        this.#options.signal,
      );
      this.#hasAnswered = true;
      if (answer.status < 300 || answer.status >= 400 || answer.status === 304) {
        if (answer.status !== 400) this.#isSettled = true;
        return answer;
      }
      answer.drop();
      const location = answer.message.headers.location ?? "";
      if (ask.isBlob !== true) throw this.#refusal(`it sends us elsewhere for a manifest or a list (${answer.status})`);
      if (redirects >= this.#limits.redirects)
        throw this.#refusal(`it sends us on and on (more than ${redirects} redirects)`);
      const next = redirected(to, location, this.#origin, this.#options.tlsVerify === false);
      if (!next.ok) throw this.#refusal(next.error);
      to = next.value;
    }
  }

  async #authorization(ask: Ask): Promise<string | undefined> {
    const scheme = this.#scheme;
    if (scheme.kind === "none") return undefined;
    if (scheme.kind === "basic") {
      const credential = await this.#credential(ask);
      if (credential === undefined)
        throw this.#refusal("it wants a name and a password, and none are kept for it", loginHint(this.host));
      if (credential.isIdentityToken)
        throw this.#refusal(
          "it wants a name and a password, and an identity token is kept for it",
          `log in: podman login ${this.host}`,
        );
      return credential.basic();
    }
    this.#tokens ??= new Tokens(this.#connections, {
      registry: this.host,
      origin: this.#origin,
      realms: this.#options.tokenRealms ?? [],
      limits: this.#limits,
      signal: this.#options.signal,
      onRequest: () => {
        this.counters.requests++;
        this.counters.tokens++;
      },
    });
    const { realm, service } = scheme;
    const token = await this.#tokens.get({ realm, service, scope: ask.scope }, () => this.#credential(ask));
    return `Bearer ${token}`;
  }

  async #credential({ repository }: Ask): Promise<Credential | undefined> {
    const found = await this.#credentials.find(this.host, repository);
    if (!found.ok) throw new Refusal(found.error);
    return found.value;
  }

  /** Learns from a 401 how to ask; false when there is nothing new to learn. */
  #answerChallenge(answer: Answer, authorization: string | undefined): boolean {
    const challenge = readChallenge(answer.message.headers["www-authenticate"]);
    if (challenge === undefined) return false;
    const known = this.#scheme;
    if (challenge.scheme === "basic") {
      this.#scheme = { kind: "basic" };
      // Asked without a password so far, by this request at least.
      return known.kind !== "basic" || authorization === undefined;
    }
    const { realm, service } = challenge;
    // A token that no longer counts is forgotten; those who asked without one do not forget what others got meanwhile.
    if (authorization !== undefined) this.#tokens?.forget(authorization.slice("Bearer ".length));
    this.#scheme = { kind: "bearer", realm, service };
    return true;
  }

  /** Whether an error may be gone the next time. */
  #mayPass(error: unknown): boolean {
    if (error instanceof Refusal || error instanceof BadAnswer || error instanceof SlowAnswer) return false;
    if (error instanceof ProxyError) return false;
    const code = codeOf(error);
    if (code === "ECONNREFUSED") return this.#hasAnswered;
    return code === "ECONNRESET" || code === "EPIPE" || code === "ETIMEDOUT" || code === "EAI_AGAIN";
  }

  /**
   * On this machine a registry may speak TLS, and with the check given up it may not: the other one is tried once, and
   * given up again where it is no better.
   * @param used what the request that failed was sent to
   */
  #otherScheme(error: unknown, used: Origin): boolean {
    if (error instanceof Refusal) return false;
    if (used.scheme !== this.#origin.scheme) return true;
    if (this.#isSettled) return false;
    const code = codeOf(error);
    if (this.#isTrying) {
      this.#isSettled = true;
      if (isCertificateError(code)) return false;
      this.#swapScheme();
      return true;
    }
    const isWrong =
      used.scheme === "https"
        ? code === "EPROTO" || code.startsWith("ERR_SSL") || code === "ECONNREFUSED"
        : (code.startsWith("HPE_") && code !== "HPE_HEADER_OVERFLOW") || code === "ECONNRESET";
    if (!isWrong) return false;
    this.#isTrying = true;
    this.#swapScheme();
    return true;
  }

  #swapScheme(): void {
    const { hostname, port } = splitHostPort(apiHost(this.host));
    const scheme = this.#origin.scheme === "https" ? "http" : "https";
    this.#origin = { scheme, hostname, port: port ?? defaultPorts[scheme] };
  }

  /** Go's servers say in plain words that TLS is spoken there. */
  async #wantsTls(answer: Answer): Promise<boolean> {
    this.#isSettled = true;
    const text = (await answer.read(this.#limits.documentBytes).catch(() => Buffer.alloc(0))).toString("utf8");
    if (
      this.#origin.scheme !== "http" ||
      !/HTTP request to an HTTPS server|plain HTTP request was sent to HTTPS/i.test(text)
    )
      return false;
    this.#origin = { ...this.#origin, scheme: "https" };
    return true;
  }

  /** Milliseconds to wait after a 429: what it asks for and up to a second of chance, so that not all come back at once. */
  #pauseOf(answer: Answer, pauses: number): number {
    const { backoffMs, pauseMs } = this.#limits;
    const header = answer.message.headers["retry-after"] ?? "";
    const asked = /^[0-9]{1,9}$/.test(header)
      ? Number(header) * 1000
      : header !== "" && !Number.isNaN(Date.parse(header))
        ? Math.max(0, Date.parse(header) - Date.now())
        : backoffMs * 2 ** Math.min(pauses, 8);
    if (asked > pauseMs) {
      answer.drop();
      this.#gate.leave();
      throw this.#refusal(
        `it takes no more requests for ${Math.ceil(asked / 1000)} seconds (429)`,
        "log in for a higher limit, or go on later",
      );
    }
    return asked + Math.random() * Math.min(1000, backoffMs * 4);
  }

  #backOff(tried: number): Promise<void> {
    this.counters.retries++;
    const { signal } = this.#options;
    const wait = this.#limits.backoffMs * 2 ** (tried - 1);
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, wait / 2 + Math.random() * (wait / 2));
      signal.addEventListener("abort", done, { once: true });
    });
  }

  async *#checked(repository: string, blob: BlobDescriptor, answer: Answer): AsyncGenerator<Buffer> {
    const running = createHash(blob.digest.startsWith("sha512:") ? "sha512" : "sha256");
    let size = 0;
    try {
      for await (const part of answer.stream()) {
        size += part.length;
        this.counters.bytes += part.length;
        if (size > blob.size) throw new Refusal(otherSize(this.host, repository, blob, size));
        running.update(part);
        yield part;
      }
      if (size < blob.size) throw new Refusal(otherSize(this.host, repository, blob, size));
      const digest = `${blob.digest.slice(0, 6)}:${running.digest("hex")}`;
      if (digest !== blob.digest)
        throw this.#refusal(`${repository}: blob ${blob.digest} is not what its digest says: ${digest} came`);
      this.#gate.succeeded();
    } catch (error) {
      throw error instanceof Refusal ? error : new Refusal(failureOf(this.host, error, this.#options.signal));
    } finally {
      answer.message.destroy();
      this.#gate.leave();
    }
  }

  #json(body: Buffer): unknown {
    try {
      // What JSON.parse gives back is typed `any`; here it becomes what it is.
      return JSON.parse(body.toString("utf8")) as unknown;
    } catch {
      throw this.#refusal("it answers with something that is no JSON where a list was asked for");
    }
  }

  #failure(message: string, hint?: string): Failure {
    return registryFailure(this.host, message, hint);
  }

  #refusal(message: string, hint?: string): Refusal {
    return new Refusal(this.#failure(message, hint));
  }
}

/** Manifests and indexes of both formats; without all of them registries convert or deny. */
const acceptedManifests = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

const pullScope = (repository: string): string => `repository:${repository}:pull`;

const digestOf = (bytes: Uint8Array, algorithm: "sha256" | "sha512"): string =>
  `${algorithm}:${hash(algorithm, bytes)}`;
