/** What `explain` gives back for one message; `report/` shows it. All texts may hold text from the paste. */

export interface Explanation {
  readonly id: string;
  /** Who says it. */
  readonly from: string;
  /** The message as it stood in the paste, blanks folded; of a Pod Security refusal what stands in front of its reasons. */
  readonly matched: string;
  /** What the message names: `container`, `namespace`, `user` … */
  readonly names: Readonly<Record<string, string>>;
  readonly means: string;
  /** The single reasons of a Pod Security refusal, else empty. */
  readonly reasons: readonly ExplainedReason[];
  readonly decides: readonly { readonly file: string; readonly field: string }[];
  readonly steps: readonly { readonly do: string; readonly run: string | null }[];
  /** Rules whose pages tell more. */
  readonly rules: readonly string[];
}

export interface ExplainedReason {
  /** The check's id upstream; `null` for a reason that is not known. */
  readonly check: string | null;
  /** As printed: `runAsNonRoot != true (pod or container "web" must set …)`. */
  readonly text: string;
  readonly means: string;
  readonly fields: readonly { readonly file: string; readonly field: string }[];
}
