/** One file from text to proof. Nothing is written before the proof, and everything made on the way is removed. */
import { copyFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import type { Failure } from "../core/errors.ts";
import type { Finding } from "../core/finding.ts";
import type { Engine, ImageRecord } from "../core/ports.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { FixOptions } from "../fix/options.ts";
import { parseGroup, parsePasswd, type Accounts } from "../image/accounts.ts";
import type { RecipeBook } from "../recipe/recipe-book.ts";
import { unifiedDiff } from "../report/diff.ts";
import { analyse, type Analysis, type AnalysisRequest } from "./analyse.ts";
import { interruption } from "./interruption.ts";
import { resultOf } from "./analysis-result.ts";
import { contextFolder, contextReader } from "./build-context.ts";
import { makeCandidate, type Candidate } from "./candidate.ts";
import type { EngineSource } from "./engine-source.ts";
import type { BaseCache } from "./gather-bases.ts";
import type { FixRequest, RunOptions } from "./requests.ts";
import { failedTarget, type FileFix, type Proof, type TargetResult } from "./results.ts";
import { readTextFile, replaceTextFile, temporaryFolder, writeNewFile, type TextFile } from "./text-file.ts";

/** `id` answers at once; an image that needs longer than this hangs. */
export const proofTimeoutMs = 60_000;

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
    const file = await this.#read();
    if (!file.ok) return failedTarget(this.#name, "containerfile", file.error);
    const folder = contextFolder(this.#name, request.context);
    const analysis = await analyse(this.#analysisRequest(file.value, folder), {
      engines,
      cache,
      run: options,
      pull: request.engine !== "none" && !this.#showOnly(),
    });
    if (!analysis.ok) return failedTarget(this.#name, "containerfile", analysis.error);

    const temporary = await temporaryFolder(tmpdir());
    try {
      return await this.#fix(file.value, folder, analysis.value, temporary.path);
    } finally {
      await temporary.dispose();
    }
  }

  async #read(): Promise<Result<TextFile, Failure>> {
    if (this.#name !== "-") return readTextFile(this.#name);
    return ok({ name: "-", path: "-", text: this.#context.request.stdin ?? "", encoding: "utf8" });
  }

  /** `--dry-run` and `--check` build nothing and pull nothing. */
  #showOnly(): boolean {
    const { dryRun, check } = this.#context.request;
    return dryRun || check;
  }

  #analysisRequest(file: TextFile, folder: string): AnalysisRequest {
    const { request } = this.#context;
    return {
      name: this.#name,
      text: file.text,
      build: {
        ...(request.target === undefined ? {} : { target: request.target }),
        ...(request.platform === undefined ? {} : { platform: request.platform }),
        buildArgs: new Map(Object.entries(request.buildArgs)),
      },
      openshift: request.openshift,
      writable: request.writable,
      rules: request.rules ?? {},
      readContext: contextReader(file.path, folder),
    };
  }

  async #fix(file: TextFile, folder: string, analysis: Analysis, temporary: string): Promise<TargetResult> {
    const { request, engines, recipes } = this.#context;
    const fresh = this.#result(file, analysis);
    const engine = this.#showOnly() ? undefined : await engines.get();
    const options = fixOptions(request, engine?.ok === true);
    const draft = (observed?: Accounts) =>
      makeCandidate({
        request: this.#analysisRequest(file, folder),
        analysis,
        recipes,
        options: { ...options, canObserve: options.canObserve && observed === undefined },
        ...(observed === undefined ? {} : { observed }),
      });

    let candidate = draft();
    let original: ImageRecord | undefined;
    if (candidate.kind === "observe" && engine?.ok === true) {
      const observed = await this.#observe(engine.value.engine, file, folder, temporary, candidate.why);
      if (!observed.ok) return { ...fresh, error: observed.error };
      original = observed.value.image;
      candidate = draft(observed.value.accounts);
    }
    if (candidate.kind !== "edits") return fresh;

    const diff = await unifiedDiff(this.#name, file.text, candidate.text);
    const fix: FileFix = {
      changed: true,
      written: false,
      diff,
      text: candidate.text,
      predictedId: candidate.predictedId,
      steps: candidate.steps,
      remaining: candidate.remaining,
      heldBack: heldBack(candidate.remaining),
    };
    if (this.#showOnly() || fix.heldBack !== null) return { ...fresh, fix };
    if (request.noVerify) return this.#write(file, { ...fresh, fix }, candidate);
    if (engine === undefined || !engine.ok) {
      return { ...fresh, fix, error: engine?.ok === false ? engine.error : interruption(this.#context.options.signal) };
    }
    const proof = await this.#prove(engine.value.engine, file, folder, temporary, candidate, original);
    if (!proof.ok) return { ...fresh, fix, error: proof.error };
    return this.#write(file, { ...fresh, fix, proof: proof.value }, candidate);
  }

  /** Builds the original and reads the accounts it ends with. */
  async #observe(
    engine: Engine,
    file: TextFile,
    folder: string,
    temporary: string,
    why: string,
  ): Promise<Result<{ image: ImageRecord; accounts: Accounts }, Failure>> {
    this.#phase(`building the original: ${why}`);
    const built = await this.#build(engine, file.text, file, folder, temporary, "original");
    if (!built.ok) return built;
    const files = await engine.readFiles(built.value.id, ["/etc/passwd", "/etc/group"], this.#call());
    if (!files.ok) return files;
    const text = (path: string): string =>
      Buffer.from(files.value.get(path)?.content ?? new Uint8Array()).toString("utf8");
    return ok({
      image: built.value,
      accounts: { passwd: parsePasswd(text("/etc/passwd")), group: parseGroup(text("/etc/group")) },
    });
  }

  async #prove(
    engine: Engine,
    file: TextFile,
    folder: string,
    temporary: string,
    candidate: Extract<Candidate, { kind: "edits" }>,
    original: ImageRecord | undefined,
  ): Promise<Result<Proof, Failure>> {
    const { prove } = await import("../proof/prove.ts");
    this.#phase(`building the candidate with ${engine.describe} (${engine.builder})`);
    const built = await this.#build(engine, candidate.text, file, folder, temporary, "candidate");
    if (!built.ok) return err(await this.#blame(engine, file, folder, temporary, built.error, original));
    this.#phase("running id in the rebuilt image, restricted");
    const proof = await prove(
      engine,
      {
        image: built.value.id,
        ...(candidate.predicted === undefined ? {} : { expectedUid: candidate.predicted.uid }),
        writable: candidate.writable,
        timeoutMs: proofTimeoutMs,
        ...(original === undefined ? {} : { sizeBefore: original.sizeBytes }),
      },
      this.#call(),
    );
    if (!proof.ok) return proof;
    const keep = this.#context.request.keepImage;
    if (keep !== undefined) {
      const tagged = await engine.tag(built.value.id, keep, this.#call());
      if (!tagged.ok) return tagged;
    }
    return proof;
  }

  /** A candidate that does not build is our fault only when the original does. */
  async #blame(
    engine: Engine,
    file: TextFile,
    folder: string,
    temporary: string,
    failure: Failure,
    original: ImageRecord | undefined,
  ): Promise<Failure> {
    if (failure.code !== "BUILD_FAILED" || this.#context.options.signal.aborted) return failure;
    if (original === undefined) {
      this.#phase("the candidate does not build; building the original to see whose fault it is");
      const built = await this.#build(engine, file.text, file, folder, temporary, "original");
      if (!built.ok) return built.error;
    }
    return {
      code: "PROOF_FAILED",
      message: "the original builds and the candidate does not",
      expected: "the candidate builds",
      actual: `the build ended with exit code ${failure.exitCode ?? "unknown"}`,
      log: failure.log,
    };
  }

  async #build(
    engine: Engine,
    text: string,
    file: TextFile,
    folder: string,
    temporary: string,
    what: string,
  ): Promise<Result<ImageRecord, Failure>> {
    const { request } = this.#context;
    // Builders look for an ignore file of the Containerfile's own name beside it.
    const containerfile = join(temporary, `${what}.${basename(file.path === "-" ? "Containerfile" : file.path)}`);
    await writeFile(containerfile, Buffer.from(text, file.encoding), { mode: 0o600 });
    if (file.path !== "-") {
      await copyFile(`${file.path}.dockerignore`, `${containerfile}.dockerignore`).catch(() => undefined);
    }
    return engine.build(
      {
        containerfile,
        context: folder,
        tag: `image-fix-${what}:${randomBytes(6).toString("hex")}`,
        buildArgs: request.buildArgs,
        ...(request.target === undefined ? {} : { target: request.target }),
        ...(request.platform === undefined ? {} : { platform: request.platform }),
      },
      this.#call(),
    );
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

  #result(file: TextFile, analysis: Analysis): TargetResult {
    return resultOf(this.#name, file.text, analysis);
  }

  #phase(text: string): void {
    this.#context.options.onEvent?.({ kind: "phase", target: this.#name, text });
  }

  #call(): { signal: AbortSignal; onEvent: (event: { kind: "log" | "step"; text: string }) => void } {
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
  };
}

/**
 * Why a candidate is shown and not written: its application is known to stop as soon as it is not root. A port below
 * 1024 is another matter: whether it may be bound depends on the node, so the file is written and the run ends in 1.
 */
function heldBack(remaining: readonly Finding[]): string | null {
  const blocking = remaining.find(({ needsPerson, rule }) => needsPerson === true && rule !== "privileged-port");
  return blocking === undefined ? null : blocking.message;
}
