import type { Finding } from "../core/finding.ts";

/** How a text report is shown. */
export interface TextOptions {
  readonly colour: boolean;
  /** Width to keep to. */
  readonly columns: number;
  /** Evidence, ignored findings and whole proofs. */
  readonly verbose: boolean;
  /** Only what fails the run, a line each. */
  readonly quiet: boolean;
  /** False where the diff is the product and goes elsewhere. */
  readonly diff: boolean;
  /** Options that the command to try needs, so that it looks at the same: `--target`, `web`. */
  readonly same?: readonly string[];
  /** Whether a finding fails the run. */
  readonly fails: (finding: Finding) => boolean;
}
