/** One login, which nothing prints by mistake. */
import { inspect } from "node:util";
import { shellWord } from "../core/shell-word.ts";

/** What Docker Hub is called where logins are kept. */
export const hubAddress = "https://index.docker.io/v1/";

/**
 * A login as Docker's API takes it in `X-Registry-Auth`.
 * @see https://docs.docker.com/reference/api/engine/version/v1.51/#section/Authentication
 */
export type AuthConfig =
  | { readonly serveraddress: string; readonly username: string; readonly password: string }
  | { readonly serveraddress: string; readonly identitytoken: string };

/** Where a login is kept. */
export interface CredentialSource {
  readonly file: string;
  /** The program that gave it, which the file names. */
  readonly helper?: string;
}

/** A name with its password, or an identity token (OAuth2's refresh token). Prints as `[credential]`. */
export class Credential {
  readonly #username: string;
  readonly #secret: string;
  readonly #source: CredentialSource;
  readonly isIdentityToken: boolean;

  constructor(username: string, secret: string, source: CredentialSource, isIdentityToken = false) {
    this.#username = username;
    this.#secret = secret;
    this.#source = source;
    this.isIdentityToken = isIdentityToken;
  }

  /**
   * Where it is kept, for people: `the login in /home/ann/.docker/config.json`. Not whose it is: several services take a
   * token in place of the name.
   */
  describe(): string {
    const { file, helper } = this.#source;
    const kind = this.isIdentityToken ? "the identity token" : "the login";
    return `${kind} ${helper === undefined ? `in ${file}` : `from ${helper} (named in ${file})`}`;
  }

  /** How it is made anew. @param registry as names write it */
  renewal(registry: string): string {
    const { file, helper } = this.#source;
    return helper === undefined
      ? `log in again: podman login --authfile ${shellWord(file)} ${registry}`
      : `see to it that ${helper} gives one that is taken`;
  }

  /** The value of an `Authorization` header. */
  basic(): string {
    return `Basic ${Buffer.from(`${this.#username}:${this.#secret}`, "utf8").toString("base64")}`;
  }

  /** The identity token, for the token endpoint alone. */
  identityToken(): string {
    return this.#secret;
  }

  /** For an engine that asks the registry in our place. @param host as names write it */
  authConfig(host: string): AuthConfig {
    const serveraddress = host === "docker.io" ? hubAddress : host;
    return this.isIdentityToken
      ? { serveraddress, identitytoken: this.#secret }
      : { serveraddress, username: this.#username, password: this.#secret };
  }

  toString(): string {
    return "[credential]";
  }

  toJSON(): string {
    return "[credential]";
  }

  [inspect.custom](): string {
    return "[credential]";
  }
}
