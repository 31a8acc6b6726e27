/** One file from text to proof. Nothing is written before the proof, and everything made on the way is removed. */
import { tmpdir } from "node:os";
import type { Failure } from "../core/errors.ts";
import type { Finding } from "../core/finding.ts";
import type { CallOptions } from "../core/ports.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { FixOptions } from "../fix/options.ts";
import type { Accounts } from "../image/accounts.ts";
import type { RecipeBook } from "../recipe/recipe-book.ts";
import { unifiedDiff } from "../report/diff.ts";
import { analyse, type Analysis } from "./analyse.ts";
import { analysisRequestOf } from "./analysis-request.ts";
import { interruption } from "./interruption.ts";
import { resultOf } from "./analysis-result.ts";
import { contextFolder } from "./build-context.ts";
import { makeCandidate, type Candidate } from "./candidate.ts";
import type { EngineSource } from "./engine-source.ts";
import type { BaseCache } from "./gather-bases.ts";
import type { FixRequest, RunOptions } from "./requests.ts";
import { failedTarget, type FileFix, type TargetResult } from "../results/run-report.ts";
import {
  isSameFile,
  readTarget,
  replaceTextFile,
  temporaryFolder,
  writeNewFile,
  type TemporaryFolder,
  type TextFile,
} from "./text-file.ts";
import { temporaryFailure, Trial } from "./trial.ts";

export interface FixContext {
  readonly request: FixRequest;
  readonly options: RunOptions;
  readonly engines: EngineSource;
  readonly recipes: RecipeBook;
  readonly cache: BaseCache;
}

/** Fixes one Containerfile. Whatever happens is in the result; only our own mistakes throw. */
export async function fixTarget(name: string, shared: FixContext): Promise<TargetResult> {
  const { request, options } = shared;
  const timer = request.timeoutSeconds === undefined ? undefined : AbortSignal.timeout(request.timeoutSeconds * 1000);
  const signal = timer === undefined ? options.signal : AbortSignal.any([options.signal, timer]);
  const context = { ...shared, options: { ...options, signal } };
  const stopped = (error: Failure): Failure => {
    if (options.signal.aborted) return interruption(options.signal);
    if (timer?.aborted === true)
      return { code: "TIMEOUT", what: `fixing ${name}`, seconds: request.timeoutSeconds ?? 0 };
    return error;
  };
  try {
    const result = await new FileFixer(name, context).run();
    return result.error === null ? result : { ...result, error: stopped(result.error) };
  } catch (error) {
    if (signal.aborted)
      return failedTarget(name, "containerfile", stopped({ code: "TIMEOUT", what: name, seconds: 0 }));
    throw error;
  }
}

class FileFixer {
  readonly #name: string;
  readonly #context: FixContext;

  constructor(name: string, context: FixContext) {
    this.#name = name;
    this.#context = context;
  }

  async run(): Promise<TargetResult> {
    const { request, options, engines, cache } = this.#context;
    const file = await readTarget(this.#name, request.stdin, options.signal);
    if (!file.ok) return failedTarget(this.#name, "containerfile", file.error);
    if (file.value.path === "-" && this.#name !== "-" && request.output === undefined && !this.#showOnly()) {
      return failedTarget(this.#name, "containerfile", {
        code: "UNREADABLE",
        file: this.#name,
        message: "it is a pipe, which cannot be replaced",
        hint: "write the result elsewhere with -o FILE, or name - to read standard input and write standard output",
      });
    }
    const analysis = await analyse(analysisRequestOf(file.value, request), {
      target: this.#name,
      engines,
      cache,
      run: options,
      pull: request.engine !== "none" && !this.#showOnly(),
    });
    if (!analysis.ok) return failedTarget(this.#name, "containerfile", analysis.error);

    if (this.#showOnly())
      return await this.#passedOn(file.value, await this.#fix(file.value, analysis.value, undefined));
    const temporary = await this.#temporaryFolder();
    if (!temporary.ok) return failedTarget(this.#name, "containerfile", temporary.error);
    try {
      return await this.#passedOn(file.value, await this.#fix(file.value, analysis.value, temporary.value.path));
    } finally {
      await temporary.value.dispose();
    }
  }

  async #temporaryFolder(): Promise<Result<TemporaryFolder, Failure>> {
    try {
      return ok(await temporaryFolder(tmpdir()));
    } catch (error) {
      return err(temporaryFailure(tmpdir(), error));
    }
  }

  /** `--dry-run` and `--check` build nothing and pull nothing. */
  #showOnly(): boolean {
    const { dryRun, check } = this.#context.request;
    return dryRun || check;
  }

  async #fix(file: TextFile, analysis: Analysis, temporary: string | undefined): Promise<TargetResult> {
    const { request, engines, recipes } = this.#context;
    const fresh = this.#result(file, analysis);
    const engine = this.#showOnly() ? undefined : await engines.get();
    const options = fixOptions(request, engine?.ok === true);
    const draft = (observed?: Accounts) =>
      makeCandidate({
        request: analysisRequestOf(file, request),
        analysis,
        recipes,
        options: { ...options, canObserve: options.canObserve && observed === undefined },
        ...(observed === undefined ? {} : { observed }),
      });

    let candidate = draft();
    const trial =
      engine?.ok === true && temporary !== undefined
        ? new Trial({
            engine: engine.value.engine,
            request,
            file,
            parsed: analysis.file,
            folder: contextFolder(file, request.context),
            temporary,
            call: this.#call(),
            phase: (text) => this.#phase(text),
          })
        : undefined;
    if (candidate.kind === "observe" && trial !== undefined) {
      const observed = await trial.observe(candidate.why);
      if (!observed.ok) return { ...fresh, error: observed.error };
      candidate = draft(observed.value);
    }
    if (candidate.kind !== "edits") {
      if (candidate.kind !== "manual" || candidate.from === "finding")
        return { ...fresh, error: await this.#unreadableBase(analysis) };
      const engineMissed = candidate.from === "engine" && engine?.ok === false && !request.noVerify;
      const error = engineMissed ? engine.error : null;
      return { ...fresh, fix: unchanged(file, candidate.why), error };
    }

    const diff = await unifiedDiff(this.#name, file.text, candidate.text);
    const fix: FileFix = {
      changed: true,
      written: false,
      diff,
      text: candidate.text,
      predictedId: candidate.predictedId,
      steps: candidate.steps,
      remaining: candidate.remaining,
      heldBack: candidate.heldBack ?? heldBack(fresh, candidate.remaining),
    };
    if (this.#showOnly() || fix.heldBack !== null) return { ...fresh, fix };
    if (request.noVerify) return this.#write(file, { ...fresh, fix }, candidate);
    if (trial === undefined) {
      return {
        ...fresh,
        fix,
        error: engine?.ok === false ? unproven(engine.error) : interruption(this.#context.options.signal),
      };
    }
    const proven = await trial.prove(candidate);
    if (!proven.ok) return { ...fresh, fix, error: proven.error };
    if (proven.value.error !== null) return { ...fresh, fix, ...proven.value };
    return this.#write(file, { ...fresh, fix, ...proven.value }, candidate);
  }

  async #write(
    file: TextFile,
    result: TargetResult & { readonly fix: FileFix },
    candidate: Extract<Candidate, { kind: "edits" }>,
  ): Promise<TargetResult> {
    const { output } = this.#context.request;
    const { signal } = this.#context.options;
    if (signal.aborted) return { ...result, error: interruption(signal) };
    const written = (): TargetResult => ({ ...result, fix: { ...result.fix, written: true } });
    if (output === "-" || (output === undefined && file.path === "-")) return written();
    const wrote =
      output === undefined
        ? await replaceTextFile(file, candidate.text)
        : await writeNewFile(output, candidate.text, file.encoding);
    return wrote.ok ? written() : { ...result, error: wrote.error };
  }

  /** A text that stays as it is goes to the file that was asked for, as it goes to standard output. */
  async #passedOn(file: TextFile, result: TargetResult): Promise<TargetResult> {
    const { output } = this.#context.request;
    if (output === undefined || output === "-" || result.error !== null || result.fix?.changed === true) return result;
    const wrote = (await isSameFile(file, output))
      ? ok(undefined)
      : await writeNewFile(output, file.text, file.encoding);
    return wrote.ok ? result : { ...result, error: wrote.error };
  }

  /**
   * Why nothing could be planned, when that is a base image: no engine could be asked about it, or the engine can neither
   * find nor pull it, and the original does not build either.
   */
  async #unreadableBase({ input }: Analysis): Promise<Failure | null> {
    const { request, engines } = this.#context;
    const { base } = input.model.graph;
    if (this.#showOnly() || input.user.verdict !== "unknown" || input.base.evidence === "engine") return null;
    if (base.kind !== "image") return null;
    const engine = await engines.get();
    // Of a USER that the file itself leaves open an engine tells nothing.
    if (!engine.ok) return request.noVerify || input.user.at !== undefined ? null : engine.error;
    const fetched = await engines.fetch(base.reference, request.platform);
    return fetched.ok ? null : fetched.error;
  }

  #result(file: TextFile, analysis: Analysis): TargetResult {
    return resultOf(file, analysis);
  }

  #phase(text: string): void {
    this.#context.options.onEvent?.({ kind: "phase", target: this.#name, text });
  }

  #call(): CallOptions {
    const { signal, onEvent } = this.#context.options;
    return { signal, onEvent: ({ text }) => onEvent?.({ kind: "log", target: this.#name, text }) };
  }
}

function fixOptions(request: FixRequest, engine: boolean): FixOptions {
  return {
    uid: request.uid ?? 65532,
    gid: request.gid ?? (request.openshift ? 0 : (request.uid ?? 65532)),
    uidGiven: request.uid !== undefined,
    userName: request.userName,
    home: request.home,
    writable: request.writable,
    openshift: request.openshift,
    comments: request.comments,
    canObserve: engine,
    toObserve: request.dryRun ? "without --dry-run" : request.check ? "without --check" : "with an engine",
  };
}

/** An engine's failure where the fix itself is ready. */
function unproven(failure: Failure): Failure {
  if (failure.code !== "ENGINE_UNAVAILABLE") return failure;
  return { ...failure, hint: `${failure.hint}; or write without proof with --no-verify` };
}

/** A file that stays as it is, and why. */
const unchanged = ({ text }: TextFile, why: string): FileFix => ({
  changed: false,
  written: false,
  diff: "",
  text,
  predictedId: null,
  steps: [why],
  remaining: [],
  heldBack: null,
});

/**
 * Why a candidate is shown and not written: its application is known to stop as soon as it is not root. What depends on
 * where it runs is another matter (a node may let a port below 1024 be bound): the file is written and the run ends in 1.
 * So it is where the image runs as another user already, by name: it stays the same one.
 */
function heldBack({ verdict }: TargetResult, remaining: readonly Finding[]): string | null {
  if (verdict === "symbolic") return null;
  const blocking = remaining.find(({ needsPerson, dependsOnPlace }) => needsPerson === true && dependsOnPlace !== true);
  return blocking === undefined ? null : blocking.message;
}
