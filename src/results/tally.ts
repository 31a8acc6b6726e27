/** What a run of many results comes to, counted as they pass so that none need be kept. */
import { severityWeight } from "../core/finding.ts";
import { exitCodes, type ExitCode } from "../core/errors.ts";
import { saysVerdict } from "../core/verdict.ts";
import type { ExitPolicy } from "./exit-code.ts";
import type { ReportedTarget } from "./reported.ts";
import type { RunResultSummary } from "./run-report.ts";

/** A verdict, or that the image could not be read. */
export type Standing = ReportedTarget["verdict"] | "unread";

/** Images that could not be read for one reason. */
export interface Unread {
  readonly code: string;
  /** The first one's message. */
  readonly message: string;
  readonly hint: string | null;
  readonly count: number;
  /** The first few. */
  readonly targets: readonly string[];
}

/** Reasons and examples that a summary holds: an outage must not fill the memory. */
const mostReasons = 12;
const mostExamples = 3;

const refusals: Readonly<Record<string, true>> = { root: true, symbolic: true, invalid: true };

/** A count for each standing, of nothing yet. */
export const noStandings = (): Record<Standing, number> => ({
  root: 0,
  invalid: 0,
  symbolic: 0,
  unread: 0,
  unknown: 0,
  admit: 0,
  "not-applicable": 0,
});

/** Whether a result fails a run by its findings or by a refused verdict that none of them explains. */
export function isFinding(target: ReportedTarget, { failOn, allowUnknown }: ExitPolicy): boolean {
  if (target.error !== null) return false;
  const fails = target.findings.some(
    ({ severity, outcome }) =>
      !(outcome === "open" && allowUnknown) && severityWeight[severity] >= severityWeight[failOn],
  );
  if (fails) return true;
  if (target.verdict === "unknown" && !allowUnknown && target.findings.length === 0) return true;
  return (
    refusals[target.verdict] === true && !target.hasIgnored && !target.findings.some(({ rule }) => saysVerdict(rule))
  );
}

export class Tally {
  readonly #policy: ExitPolicy;
  readonly #verdicts: Record<ReportedTarget["verdict"], number> = {
    admit: 0,
    root: 0,
    symbolic: 0,
    invalid: 0,
    unknown: 0,
    "not-applicable": 0,
  };
  readonly #unread = new Map<
    string,
    { code: string; message: string; hint: string | null; count: number; targets: string[] }
  >();
  readonly #standings = noStandings();
  #targets = 0;
  #failed = 0;
  #findings = 0;
  #usage = false;

  constructor(policy: ExitPolicy) {
    this.#policy = policy;
  }

  add(target: ReportedTarget): void {
    this.#targets++;
    this.#verdicts[target.verdict]++;
    this.#standings[target.error === null ? target.verdict : "unread"]++;
    if (target.error === null) {
      if (isFinding(target, this.#policy)) this.#findings++;
      return;
    }
    this.#failed++;
    if (usageCodes.has(target.error.code)) this.#usage = true;
    const { code, message, hint } = target.error;
    const key = `${code}\n${reasonOf(message)}`;
    const group = this.#unread.get(key) ?? this.#unread.get(`${code}\n`);
    if (group !== undefined) {
      group.count++;
      if (group.targets.length < mostExamples) group.targets.push(target.target);
    } else {
      const others = this.#unread.size >= mostReasons;
      this.#unread.set(others ? `${code}\n` : key, { code, message, hint, count: 1, targets: [target.target] });
    }
  }

  get summary(): RunResultSummary {
    return {
      targets: this.#targets,
      admit: this.#verdicts.admit,
      root: this.#verdicts.root,
      symbolic: this.#verdicts.symbolic,
      invalid: this.#verdicts.invalid,
      unknown: this.#verdicts.unknown,
      notApplicable: this.#verdicts["not-applicable"],
    };
  }

  /** As {@link summary}, but what could not be read counts for itself. */
  get standings(): Readonly<Record<Standing, number>> {
    return this.#standings;
  }

  /** Results that fail the run by what was found. */
  get findings(): number {
    return this.#findings;
  }

  get failed(): number {
    return this.#failed;
  }

  /** Why images could not be read, the most frequent reason first. */
  get unread(): readonly Unread[] {
    return [...this.#unread.values()].toSorted((a, b) => b.count - a.count);
  }

  /**
   * What could not be read comes before what was found, as everywhere: 1 says that the result is whole and somebody has
   * work, and a job that looks for new findings must not take half a registry for the whole. `--allow-unknown` is about
   * what cannot be known of an image that was read, and changes nothing here.
   */
  get exitCode(): ExitCode {
    if (this.#usage) return exitCodes.usage;
    if (this.#failed > 0) return exitCodes.engine;
    return this.#findings > 0 ? exitCodes.findings : exitCodes.ok;
  }
}

const usageCodes = new Set(["USAGE", "UNREADABLE", "SYNTAX", "CONFIG_INVALID", "RECIPE_INVALID", "WRITE_FAILED"]);

/** A message without what differs from image to image. */
const reasonOf = (message: string): string =>
  message
    .replace(/sha256:[0-9a-f]+/g, "")
    .replace(/"[^"]*"/g, "")
    .replace(/\S*[/:]\S*/g, "")
    .replace(/[0-9]+/g, "");
