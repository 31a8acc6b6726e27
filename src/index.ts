/**
 * The public API: what the commands do, without argv, printing and exit codes.
 *
 * ```ts
 * import { audit, fix, parse, verify } from "image-fix";
 *
 * const report = await audit({ targets: ["./Containerfile"] });
 * for (const { target, verdict, kubeletMessage, findings } of report.targets) console.log(target, verdict, findings.length);
 * ```
 *
 * Semantic versioning covers what is exported here, the command line's options and exit codes, the JSON output and the
 * format of recipes.
 */
import type { Containerfile } from "./containerfile/model.ts";
import { parseContainerfile } from "./containerfile/parse.ts";
import type { AuditRequest, FixRequest, RunOptions, VerifyRequest } from "./app/requests.ts";
import type { RunReport } from "./results/run-report.ts";
import type { Failure } from "./core/errors.ts";
import type { Result } from "./core/result.ts";

export type { AuditRequest, FixRequest, ProgressEvent, RunOptions, VerifyRequest } from "./app/requests.ts";
export type { FileFix, Proof, RunReport, RunResultSummary, TargetResult } from "./results/run-report.ts";
export type { Failure } from "./core/errors.ts";
export type { Applicability, Finding, FixHint, Outcome, Severity, Span } from "./core/finding.ts";
export type { Verdict } from "./core/verdict.ts";
export type { Containerfile } from "./containerfile/model.ts";

/** Everything but the targets has the default of the command line. */
export type AuditInput = Partial<AuditRequest> & Pick<AuditRequest, "targets">;
export type FixInput = Partial<FixRequest> & Pick<FixRequest, "targets">;
export type VerifyInput = Partial<VerifyRequest> & Pick<VerifyRequest, "images">;

/** Why a run could not begin: a target that does not exist, no engine, a faulty recipe. Single targets carry theirs. */
export class ImageFixError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, message: string) {
    super(message);
    this.name = "ImageFixError";
    this.failure = failure;
  }
}

/**
 * Reads a Containerfile without losing a byte: `pieces` joined give the text back, for any string. Never throws; what
 * BuildKit would refuse is in `errors`, with the place.
 */
export const parse = (text: string): Containerfile => parseContainerfile(text);

/**
 * Audits Containerfiles and images. Nothing is built, pulled or written. A target that cannot be read or does not parse has
 * its `error`; the others are judged.
 * @throws ImageFixError when the run cannot begin
 */
export async function audit(input: AuditInput, options: Partial<RunOptions> = {}): Promise<RunReport> {
  const { auditFiles } = await import("./app/audit.ts");
  return unwrap(await auditFiles({ ...auditDefaults, ...input }, withSignal(options)));
}

/**
 * Audits, rewrites, rebuilds, proves and replaces Containerfiles; each a transaction. The file stays as it was unless
 * `fix.written` says otherwise.
 * @throws ImageFixError when the run cannot begin
 */
export async function fix(input: FixInput, options: Partial<RunOptions> = {}): Promise<RunReport> {
  const { fixFiles } = await import("./app/fix.ts");
  const name = input.userName ?? "nonroot";
  return unwrap(
    await fixFiles({ ...auditDefaults, ...fixDefaults, home: `/home/${name}`, ...input }, withSignal(options)),
  );
}

/**
 * Runs `id` in images under the restricted profile and judges them. An image that is not proven has its `error`.
 * @throws ImageFixError when no engine can be used
 */
export async function verify(input: VerifyInput, options: Partial<RunOptions> = {}): Promise<RunReport> {
  const { verifyImages } = await import("./app/verify.ts");
  return unwrap(await verifyImages({ engine: "auto", ...input }, withSignal(options)));
}

const auditDefaults = { buildArgs: {}, engine: "auto", openshift: false, writable: [] } as const;
const fixDefaults = { userName: "nonroot", dryRun: false, check: false, noVerify: false, comments: true } as const;

const withSignal = (options: Partial<RunOptions>): RunOptions => ({
  ...options,
  signal: options.signal ?? new AbortController().signal,
});

async function unwrap(result: Result<RunReport, Failure>): Promise<RunReport> {
  if (result.ok) return result.value;
  const { failureWords } = await import("./core/failure-words.ts");
  const { place, message } = failureWords(result.error);
  throw new ImageFixError(result.error, place === null ? message : `${place}: ${message}`);
}
