/** How long an engine may take before it counts as one that does not answer. */
import type { CallOptions } from "../core/ports.ts";

export interface EngineLimits {
  /** For a question that a working engine answers at once. */
  readonly answerMs: number;
  /** For one step of tidying up. */
  readonly tidyMs: number;
  /** The same where somebody waits for the end: the run was interrupted, or its time is over. */
  readonly hurriedTidyMs: number;
}

/** Long enough for a machine at its limits. Removing a large image takes longest. */
export const engineLimits: EngineLimits = { answerMs: 30_000, tidyMs: 120_000, hurriedTidyMs: 15_000 };

/**
 * How long a step of tidying up may take: it goes on when the run was aborted, but not for ever.
 * @param run the signal of the run
 */
export const tidyLimit = (run: AbortSignal | undefined, limits: EngineLimits): number =>
  run?.aborted === true ? limits.hurriedTidyMs : limits.tidyMs;

/** {@link tidyLimit} as a signal. */
export const lasting = (run: AbortSignal): CallOptions => ({
  signal: AbortSignal.timeout(tidyLimit(run, engineLimits)),
});
