/** How much a finding weighs. `--fail-on` compares against it. */
export type Severity = "error" | "warning" | "info";

/** The heavier, the larger. */
export const severityWeight: Readonly<Record<Severity, number>> = { info: 0, warning: 1, error: 2 };

/** `fail`: the rule knows. `open`: the rule could not know; it counts like a failure of its severity. */
export type Outcome = "fail" | "open";

/** safe: applied by `fix`. review: shown as an edit, applied only when asked for. manual: explained, never applied. */
export type Applicability = "safe" | "review" | "manual";

/** Half-open UTF-16 offsets `[start, end)` into the text as read (a byte order mark counts as one unit). */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Replaces the bytes of `span` by `text`; an empty span inserts. Offsets are those of the original text. */
export interface Edit {
  readonly span: Span;
  readonly text: string;
}

/** What a finding offers. `title` is an imperative without a full stop ("Write the number: USER 10001"). */
export interface FixHint {
  readonly title: string;
  readonly applicability: Applicability;
}

/** One claim of one rule about one place. `message` states the fact and its consequence, no advice. */
export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  readonly outcome: Outcome;
  readonly message: string;
  readonly span: Span;
  /** Name of the stage the place stands in, its index as a string when it has no name. */
  readonly stage: string;
  readonly fix: FixHint | null;
  /** The application is known not to work as non-root while this stands, so `fix` never ends in 0 with it. */
  readonly needsPerson?: boolean;
  /** With {@link needsPerson}: whether it works depends on the node or on the volumes, so that `fix` writes all the same. */
  readonly dependsOnPlace?: boolean;
}

/** Something known, with where it is from, or unknown, with why. Unknown is a value, never an absence. */
export type Fact<T> =
  | { readonly known: true; readonly value: T; readonly from: string }
  | { readonly known: false; readonly why: string };

/** A known {@link Fact}. */
export const known = <T>(value: T, from: string): Fact<T> => ({ known: true, value, from });

/** An unknown {@link Fact}. */
export const unknown = (why: string): Fact<never> => ({ known: false, why });
