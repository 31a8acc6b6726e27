/** One login, which nothing prints by mistake. */
import { inspect } from "node:util";

/** A name with its password, or an identity token (OAuth2's refresh token). Prints as `[credential]`. */
export class Credential {
  readonly #username: string;
  readonly #secret: string;
  readonly isIdentityToken: boolean;

  constructor(username: string, secret: string, isIdentityToken = false) {
    this.#username = username;
    this.#secret = secret;
    this.isIdentityToken = isIdentityToken;
  }

  /** The value of an `Authorization` header. */
  basic(): string {
    return `Basic ${Buffer.from(`${this.#username}:${this.#secret}`, "utf8").toString("base64")}`;
  }

  /** The identity token, for the token endpoint alone. */
  identityToken(): string {
    return this.#secret;
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
