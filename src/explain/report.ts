/** What `explain` answers. */
import type { Explanation } from "./explanation.ts";

/** A rule with its page. */
export interface ExplainedRule {
  readonly rule: string;
  readonly severity: string;
  /** What must hold. */
  readonly summary: string;
  /** Markdown, as in `docs/rules/`. */
  readonly page: string;
}

export interface ExplainReport {
  readonly rules: readonly ExplainedRule[];
  readonly messages: readonly Explanation[];
  /** What nothing is known of, with what may have been meant. */
  readonly unknown: readonly { readonly text: string; readonly meant: string | null }[];
}
