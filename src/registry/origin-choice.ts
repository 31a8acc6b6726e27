/** Whether a registry is spoken to over http or https: by its address first, then by what comes back. */
import { Refusal } from "../core/refusal.ts";
import { apiHost, defaultPorts, isLoopback, splitHostPort, type Origin } from "./endpoint.ts";
import { codeOf, isCertificateError } from "./error-codes.ts";

/** The origin of one registry; it changes when the other scheme turns out to be the right one. */
export class OriginChoice {
  readonly #host: string;
  #origin: Origin;
  /** Whether the scheme is known to be right. */
  #isSettled: boolean;
  /** The other scheme than the first one is tried. */
  #isTrying = false;

  /**
   * @param host as names write it
   * @param tlsVerify `false`: plain HTTP too where there is no TLS; `true`: TLS alone, on this machine too
   */
  constructor(host: string, tlsVerify: boolean | undefined) {
    this.#host = host;
    const { hostname, port } = splitHostPort(apiHost(host));
    // On this machine plain HTTP is usual and harmless; elsewhere only where the user gave the check up.
    const scheme = isLoopback(hostname) && tlsVerify !== true && port !== 443 ? "http" : "https";
    this.#origin = { scheme, hostname, port: port ?? defaultPorts[scheme] };
    this.#isSettled = scheme === "https" && tlsVerify !== false;
  }

  get origin(): Origin {
    return this.#origin;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** The scheme has shown itself to be right. */
  settle(): void {
    this.#isSettled = true;
  }

  /**
   * On this machine a registry may speak TLS, and with the check given up it may not: the other one is tried once, and
   * given up again where it is no better.
   * @param used what the request that failed was sent to
   * @returns whether to ask again
   */
  change(error: unknown, used: Origin): boolean {
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

  /** Whether a 400 says, as Go's servers do in plain words, that TLS is spoken there; then it is from now on. */
  wantsTls(text: string): boolean {
    this.#isSettled = true;
    if (
      this.#origin.scheme !== "http" ||
      !/HTTP request to an HTTPS server|plain HTTP request was sent to HTTPS/i.test(text)
    )
      return false;
    this.#origin = { ...this.#origin, scheme: "https" };
    return true;
  }

  #swapScheme(): void {
    const { hostname, port } = splitHostPort(apiHost(this.#host));
    const scheme = this.#origin.scheme === "https" ? "http" : "https";
    this.#origin = { scheme, hostname, port: port ?? defaultPorts[scheme] };
  }
}
