import type { Failure } from "./errors.ts";

/**
 * The failure that an aborted signal stands for. Whoever aborts may give a {@link Failure} as the reason (a TIMEOUT,
 * a SIGTERM); anything else counts as the user's Ctrl-C.
 */
export function failureOfAbort(signal: AbortSignal): Failure {
  const reason: unknown = signal.reason;
  if (isFailure(reason)) return reason;
  if (reason === "SIGTERM") return { code: "INTERRUPTED", signal: "SIGTERM" };
  return { code: "INTERRUPTED", signal: "SIGINT" };
}

function isFailure(value: unknown): value is Failure {
  if (typeof value !== "object" || value === null || !("code" in value)) return false;
  return value.code === "INTERRUPTED" || value.code === "TIMEOUT";
}
