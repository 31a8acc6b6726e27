/**
 * One registry, asked until there is an answer that means something: http or https, credentials, pauses, tries again and
 * redirects, with one gate for all requests.
 */
import { failureOfAbort } from "../core/abort.ts";
import type { Failure } from "../core/errors.ts";
import { Refusal } from "../core/refusal.ts";
import { err, ok, type Result } from "../core/result.ts";
import { Authorization, type Asked } from "./authorization.ts";
import type { Credential } from "./credential.ts";
import { CredentialStore } from "./credentials.ts";
import { isLoopback, isSameOrigin, type Origin } from "./endpoint.ts";
import { BadAnswer, Connections, SlowAnswer, type Answer } from "./exchange.ts";
import { codeOf } from "./error-codes.ts";
import { failureOf } from "./failures.ts";
import { Gate } from "./gate.ts";
import { defaultLimits, type RequestLimits } from "./limits.ts";
import { redirected, type Address } from "./next-address.ts";
import { Patience, type Wait } from "./patience.ts";
import type { ProxyFor } from "./proxy.ts";
import { registryFailure } from "./refused-answers.ts";
import { OriginChoice } from "./origin-choice.ts";
import { BusyTokenServer, Tokens } from "./tokens.ts";
import { ProxyError } from "./tunnel.ts";

/** How a registry is spoken to. Everything has a default. */
export interface RegistryOptions {
  readonly credentials?: CredentialStore;
  /** `false`: any certificate, and plain HTTP where there is no TLS. */
  readonly tlsVerify?: boolean;
  /** PEM texts of authorities that are trusted beside Node's. */
  readonly ca?: readonly string[];
  /** PEM texts of those that count too for a registry; asked for when a certificate is not trusted without them. */
  readonly moreAuthorities?: (host: string) => Promise<readonly string[]>;
  /** Requests at a time; 32 without it. */
  readonly concurrency?: number;
  /** Hosts of token servers that credentials may go to beside the registry's own. */
  readonly tokenRealms?: readonly string[];
  readonly limits?: Partial<RequestLimits>;
  /** What is asked through a proxy; nothing without it. */
  readonly proxyFor?: ProxyFor;
  readonly signal: AbortSignal;
}

/** What a client has done so far. */
export interface RegistryCounters {
  /** Requests that were sent: to the registry, its token server and its storage; tries again included. */
  requests: number;
  /** Of them, for tokens. */
  tokens: number;
  /** Sent again after a 5xx or a reset. */
  retries: number;
  /** Answers that asked for a pause: 429, and 503 with a `Retry-After`. */
  throttled: number;
  /** Of bodies that were read. */
  bytes: number;
}

/** What is asked for. */
export interface Ask extends Asked {
  readonly path: string;
  readonly accept: string;
  /** Redirects are followed. */
  readonly isBlob?: boolean;
  readonly totalMs?: number;
}

const userAgent = "image-fix";

const noWait: Wait = { milliseconds: 0, isForAll: false };

/** The requests of one registry. */
export class Requester {
  /** As names write it: `docker.io`. */
  readonly host: string;
  readonly limits: RequestLimits;
  readonly counters: RegistryCounters = { requests: 0, tokens: 0, retries: 0, throttled: 0, bytes: 0 };
  readonly #options: RegistryOptions;
  readonly #gate: Gate;
  readonly #connections: Connections;
  readonly #choice: OriginChoice;
  readonly #authorization: Authorization;
  #hasAnswered = false;

  constructor(host: string, options: RegistryOptions) {
    const { tlsVerify, ca, moreAuthorities, signal, concurrency = 32 } = options;
    this.host = host;
    this.limits = { ...defaultLimits, ...options.limits };
    this.#options = options;
    this.#gate = new Gate(concurrency);
    this.#connections = new Connections(
      this.limits,
      {
        verify: tlsVerify !== false,
        ...(ca === undefined ? {} : { ca }),
        ...(moreAuthorities === undefined ? {} : { moreAuthorities: () => moreAuthorities(host) }),
      },
      concurrency,
      options.proxyFor,
    );
    this.#choice = new OriginChoice(host, tlsVerify);
    const credentials = options.credentials ?? new CredentialStore({ env: process.env, signal });
    this.#authorization = new Authorization(host, credentials, () => this.#newTokens());
    signal.addEventListener("abort", () => this.#gate.open(), { once: true });
  }

  /** Where it is asked now. */
  get origin(): Origin {
    return this.#choice.origin;
  }

  /** Milliseconds that the registry has told us to wait (429), all told. */
  get pausedMs(): number {
    return this.#gate.pausedMs;
  }

  /** Requests at a time that the registry is found to take now. */
  get concurrency(): number {
    return this.#gate.limit;
  }

  /** Closes the connections; requests under way fail. */
  close(): void {
    this.#gate.open();
    this.#connections.close();
  }

  /**
   * A whole small answer; tried again where it broke off.
   * @param refuse what an answer means that is none of 200
   */
  async document(
    ask: Ask,
    refuse: (answer: Answer, body: Buffer, login: Credential | undefined) => Failure,
  ): Promise<Result<{ readonly answer: Answer; readonly body: Buffer }, Failure>> {
    const patience = this.#newPatience();
    for (;;) {
      try {
        const answer = await this.answer(ask);
        let body: Buffer;
        try {
          body = await answer.read(this.limits.documentBytes);
        } finally {
          this.#gate.leave();
        }
        this.counters.bytes += body.length;
        if (answer.status === 200) {
          this.#gate.succeeded();
          return ok({ answer, body });
        }
        return err(refuse(answer, body, await this.loginBehind(answer, ask)));
      } catch (error) {
        const wait = this.#mayPass(error) ? patience.again() : undefined;
        if (wait === undefined) return err(failureOf(this.host, error, this.#options.signal));
        await this.#sleep(wait.milliseconds);
      }
    }
  }

  /**
   * The answer to a request: pauses waited out, 5xx and resets tried again, 401 answered, redirects of blobs followed.
   * Rejects with what {@link Requester.failureOf} explains. Who reads the body says {@link Requester.done} after it.
   */
  async answer(ask: Ask): Promise<Answer> {
    const patience = this.#newPatience();
    for (;;) {
      const waiting = this.#gate.enter();
      if (waiting !== undefined) await waiting;
      let next: Answer | Wait;
      try {
        next = await this.#attempt(ask, patience);
      } catch (error) {
        this.#gate.leave();
        throw error;
      }
      if (!("milliseconds" in next)) return next;
      if (next.isForAll) this.#gate.pause(next.milliseconds);
      this.#gate.leave();
      if (!next.isForAll && next.milliseconds > 0) await this.#sleep(next.milliseconds);
    }
  }

  /** Asks once. @returns the answer, or how long to wait before the next try */
  async #attempt(ask: Ask, patience: Patience): Promise<Answer | Wait> {
    let answer: Answer;
    let authorization: string | undefined;
    const { origin } = this;
    try {
      if (this.#options.signal.aborted) throw new Refusal(failureOfAbort(this.#options.signal));
      authorization = this.#authorization.isOpen ? undefined : await this.#authorization.of(ask);
      answer = await this.#send(ask, authorization);
    } catch (error) {
      if (this.#choice.change(error, origin)) return noWait;
      return this.#behindError(error, patience);
    }
    const { status } = answer;
    if (status < 300 || status === 404) return answer;
    if (status === 400 && !this.#choice.isSettled && (await this.#wantsTls(answer))) return noWait;
    const wait = patience.behind(status, answer.message.headers["retry-after"]);
    if (wait !== undefined) {
      answer.drop();
      if (wait instanceof Refusal) throw wait;
      return wait;
    }
    if (status === 401 && patience.takesChallenge() && this.#authorization.learn(answer, authorization)) {
      answer.drop();
      return noWait;
    }
    return answer;
  }

  /** The wait behind a request that came to nothing; throws what is final. */
  #behindError(error: unknown, patience: Patience): Wait {
    if (error instanceof BusyTokenServer) {
      const wait = patience.behind(error.status, error.retryAfter);
      if (wait === undefined || wait instanceof Refusal) throw wait ?? error.refusal;
      return wait;
    }
    const wait = this.#mayPass(error) ? patience.again() : undefined;
    if (wait === undefined) throw error;
    return wait;
  }

  /** The login that was refused, where it is one that an answer is about. */
  loginBehind(answer: Answer, ask: Ask): Promise<Credential | undefined> {
    return this.#authorization.loginBehind(answer, ask);
  }

  /** A body was read, or given up: its place is free. @param wentWell the registry takes as much as it gets */
  done(wentWell: boolean): void {
    if (wentWell) this.#gate.succeeded();
    this.#gate.leave();
  }

  /** What went wrong with a request. */
  failureOf(error: unknown): Failure {
    return failureOf(this.host, error, this.#options.signal);
  }

  async #send(ask: Ask, authorization: string | undefined): Promise<Answer> {
    const totalMs = ask.totalMs ?? this.limits.totalMs;
    let to: Address = { origin: this.origin, path: ask.path };
    for (let redirects = 0; ; redirects++) {
      const isOwn = isSameOrigin(to.origin, this.origin);
      this.counters.requests++;
      const answer = await this.#connections.send(
        {
          headers: {
            accept: ask.accept,
            "user-agent": userAgent,
            ...(authorization === undefined || !isOwn ? {} : { authorization }),
          },
          guarded: !isOwn && !isLoopback(this.origin.hostname),
          totalMs,
          ...to,
        },
        this.#options.signal,
      );
      this.#hasAnswered = true;
      if (answer.status < 300 || answer.status >= 400 || answer.status === 304) {
        if (answer.status !== 400) this.#choice.settle();
        return answer;
      }
      answer.drop();
      const location = answer.message.headers.location ?? "";
      if (ask.isBlob !== true) throw this.#refusal(`it sends us elsewhere for a manifest or a list (${answer.status})`);
      if (redirects >= this.limits.redirects)
        throw this.#refusal(`it sends us on and on (more than ${redirects} redirects)`);
      const next = redirected(to, location, this.origin, this.#options.tlsVerify === false);
      if (!next.ok) throw this.#refusal(next.error);
      to = next.value;
    }
  }

  #newTokens(): Tokens {
    return new Tokens(this.#connections, {
      registry: this.host,
      origin: this.origin,
      realms: this.#options.tokenRealms ?? [],
      limits: this.limits,
      signal: this.#options.signal,
      onRequest: () => {
        this.counters.requests++;
        this.counters.tokens++;
      },
    });
  }

  /** Whether an error may be gone the next time. */
  #mayPass(error: unknown): boolean {
    if (error instanceof Refusal || error instanceof BadAnswer || error instanceof SlowAnswer) return false;
    if (error instanceof ProxyError) return false;
    const code = codeOf(error);
    if (code === "ECONNREFUSED") return this.#hasAnswered;
    return code === "ECONNRESET" || code === "EPIPE" || code === "ETIMEDOUT" || code === "EAI_AGAIN";
  }

  async #wantsTls(answer: Answer): Promise<boolean> {
    const body = await answer.read(this.limits.documentBytes).catch(() => Buffer.alloc(0));
    return this.#choice.wantsTls(body.toString("utf8"));
  }

  #newPatience(): Patience {
    return new Patience(this.host, this.limits, this.counters);
  }

  #sleep(milliseconds: number): Promise<void> {
    const { signal } = this.#options;
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      signal.addEventListener("abort", done, { once: true });
    });
  }

  #refusal(message: string): Refusal {
    return new Refusal(registryFailure(this.host, message));
  }
}
