/** How one registry wants to be told who asks: not at all, Basic or Bearer, as its answers of 401 say. */
import { Refusal } from "../core/refusal.ts";
import { readChallenge } from "./challenge.ts";
import type { Credential } from "./credential.ts";
import type { CredentialStore } from "./credentials.ts";
import type { Answer } from "./exchange.ts";
import { registryFailure } from "./refused-answers.ts";
import { loginHint, type Tokens } from "./tokens.ts";

type Scheme =
  | { readonly kind: "none" }
  | { readonly kind: "basic" }
  | { readonly kind: "bearer"; readonly realm: string; readonly service: string };

/** What of a request decides who asks. */
export interface Asked {
  /** Of the token: `repository:library/alpine:pull`. */
  readonly scope: string;
  /** For credentials. */
  readonly repository: string;
}

/** The authorization of one registry. */
export class Authorization {
  readonly #host: string;
  readonly #credentials: CredentialStore;
  readonly #newTokens: () => Tokens;
  #tokens: Tokens | undefined;
  #scheme: Scheme = { kind: "none" };

  /** @param tokens makes what asks for tokens, where the registry wants them */
  constructor(host: string, credentials: CredentialStore, tokens: () => Tokens) {
    this.#host = host;
    this.#credentials = credentials;
    this.#newTokens = tokens;
  }

  /** Whether nothing is to be told, as far as is known. */
  get isOpen(): boolean {
    return this.#scheme.kind === "none";
  }

  /** Value of the Authorization header, `undefined` for none. Rejects as {@link Tokens.get} does. */
  async of(asked: Asked): Promise<string | undefined> {
    const scheme = this.#scheme;
    if (scheme.kind === "none") return undefined;
    if (scheme.kind === "basic") {
      const credential = await this.#credential(asked);
      if (credential === undefined)
        throw this.#refusal("it wants a name and a password, and none are kept for it", loginHint(this.#host));
      if (credential.isIdentityToken)
        throw this.#refusal(
          "it wants a name and a password, and an identity token is kept for it",
          `log in: podman login ${this.#host}`,
        );
      return credential.basic();
    }
    this.#tokens ??= this.#newTokens();
    const { realm, service } = scheme;
    const token = await this.#tokens.get({ realm, service, scope: asked.scope }, () => this.#credential(asked));
    return `Bearer ${token}`;
  }

  async #credential({ repository }: Asked): Promise<Credential | undefined> {
    const found = await this.#credentials.find(this.#host, repository);
    if (!found.ok) throw new Refusal(found.error);
    return found.value;
  }

  /** The login that an answer is about; none where nobody was told who asks, or nothing was refused. */
  async loginBehind({ status }: Answer, asked: Asked): Promise<Credential | undefined> {
    return this.isOpen || (status !== 401 && status !== 403) ? undefined : await this.#credential(asked);
  }

  /** Learns from a 401 how to ask; false when there is nothing new to learn. */
  learn(answer: Answer, authorization: string | undefined): boolean {
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

  #refusal(message: string, hint: string): Refusal {
    return new Refusal(registryFailure(this.#host, message, hint));
  }
}
