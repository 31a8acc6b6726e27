import type { Failure } from "../core/errors.ts";
import type { Tally } from "./tally.ts";

/** What a scan comes to. */
export interface ScanOutcome {
  readonly tally: Tally;
  /** Images, of which each may have several results (platforms). */
  readonly images: number;
  /** Images whose results an earlier run left. */
  readonly replayed: number;
  /** Patterns of `--include` and `--exclude` that matched nothing. */
  readonly unusedPatterns: readonly string[];
  readonly interrupted: Failure | null;
}
