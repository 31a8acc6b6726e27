import type { Failure } from "../core/errors.ts";

/** What an aborted signal says: its reason is the name of the process signal. */
export const interruption = (signal: AbortSignal): Failure => ({
  code: "INTERRUPTED",
  signal: signal.reason === "SIGTERM" ? "SIGTERM" : "SIGINT",
});
