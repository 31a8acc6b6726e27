/** What a registry may cost: times in milliseconds, sizes in bytes. Tests inject smaller ones. */
export interface RequestLimits {
  /** From sending a request to its headers. */
  readonly headersMs: number;
  /** Between two pieces of a body. */
  readonly idleMs: number;
  /** A whole request whose body is read into memory; a stream gets this and its size at `slowestBytesPerSecond`. */
  readonly totalMs: number;
  readonly slowestBytesPerSecond: number;
  /** Largest manifest, config, token or page. The specification asks registries to take manifests of 4 MiB. */
  readonly documentBytes: number;
  /** Tries of a request that failed in a way that may pass (5xx, a connection reset). */
  readonly tries: number;
  /** The first wait between tries; it doubles, and half of it is chance. */
  readonly backoffMs: number;
  /** Answers that ask for a pause (429, 503 with a `Retry-After`) that one request waits out. */
  readonly pauses: number;
  /** The longest `Retry-After` that is waited for. */
  readonly pauseMs: number;
  /** Most pages of one list. */
  readonly pages: number;
  readonly redirects: number;
}

/** The limits of a real run. */
export const defaultLimits: RequestLimits = {
  headersMs: 30_000,
  idleMs: 15_000,
  totalMs: 60_000,
  slowestBytesPerSecond: 64 * 1024,
  documentBytes: 4 * 1024 * 1024,
  tries: 4,
  backoffMs: 250,
  pauses: 20,
  pauseMs: 120_000,
  pages: 10_000,
  redirects: 5,
};
