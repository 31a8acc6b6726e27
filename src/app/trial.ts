/** The builds and the proof of one file in one run: its candidate, and its original where that has to be built too. */
import { copyFile, writeFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { basename, join } from "node:path";
import type { Containerfile } from "../containerfile/model.ts";
import type { Failure } from "../core/errors.ts";
import type { BuildInputs, CallOptions, Engine, ImageRecord } from "../core/ports.ts";
import { err, ok, type Result } from "../core/result.ts";
import { parseGroup, parsePasswd, type Accounts } from "../image/accounts.ts";
import type { Candidate } from "./candidate.ts";
import { candidateHint } from "./candidate-hint.ts";
import { lackOfSpace } from "./lack-of-space.ts";
import { originalHint } from "./original-hint.ts";
import type { ProofRequest } from "../proof/prove.ts";
import type { FixRequest } from "./requests.ts";
import type { SmokeTest, TargetResult } from "../results/run-report.ts";
import { fileReasonOf } from "../core/file-reason.ts";
import { startedPrograms } from "./started-programs.ts";
import type { TextFile } from "./text-file.ts";

/** `id` answers at once; an image that needs longer than this hangs. */
export const proofTimeoutMs = 60_000;

export interface TrialSettings {
  readonly engine: Engine;
  readonly request: FixRequest;
  /** The original, as read. */
  readonly file: TextFile;
  readonly parsed: Containerfile;
  /** The build context. */
  readonly folder: string;
  /** A folder of this file's own, for what is built. */
  readonly temporary: string;
  readonly call: CallOptions;
  /** Told what goes on, for people. */
  readonly phase: (text: string) => void;
}

type Edited = Extract<Candidate, { kind: "edits" }>;

/** Who the proof must find. */
const predictionOf = ({ predicted }: Edited): Pick<ProofRequest, "expectedUid" | "expectedName"> => ({
  ...(predicted === undefined ? {} : { expectedUid: predicted.uid }),
  ...(predicted?.name === undefined ? {} : { expectedName: predicted.name }),
});

export class Trial {
  readonly #settings: TrialSettings;
  #original: ImageRecord | undefined;

  constructor(settings: TrialSettings) {
    this.#settings = settings;
  }

  /** Builds the original and reads the accounts it ends with. */
  async observe(why: string): Promise<Result<Accounts, Failure>> {
    const { engine, call } = this.#settings;
    const built = await this.#buildOriginal(`building the original: ${why}`);
    if (!built.ok) return built;
    const files = await engine.readFiles(built.value.id, { contents: ["/etc/passwd", "/etc/group"] }, call);
    if (!files.ok) return files;
    const text = (path: string): string =>
      Buffer.from(files.value.get(path)?.content ?? new Uint8Array()).toString("utf8");
    return ok({ passwd: parsePasswd(text("/etc/passwd")), group: parseGroup(text("/etc/group")) });
  }

  /**
   * Builds the candidate, runs it and judges it. A proven image gets the name that the author wants kept.
   * @returns the proof; with an error in it where the application does not start as it did.
   */
  async prove(candidate: Edited): Promise<Result<Pick<TargetResult, "proof" | "smoke" | "error">, Failure>> {
    const { engine, request, call, phase } = this.#settings;
    const { prove } = await import("../proof/prove.ts");
    const builder = engine.builder === "" ? "" : ` (${engine.builder})`;
    phase(`building the candidate with ${engine.describe}${builder}`);
    const built = await this.#build(candidate.text, "candidate");
    if (!built.ok) return err(await this.#blame(built.error));
    phase("running id in the rebuilt image, restricted");
    const proof = await prove(
      engine,
      {
        image: built.value.id,
        ...predictionOf(candidate),
        writable: candidate.writable,
        starts: startedPrograms(built.value.config, candidate.scripts),
        grantsFileCapabilities: candidate.grantsFileCapabilities,
        timeoutMs: proofTimeoutMs,
      },
      call,
    );
    if (!proof.ok) return proof;
    const smoke = await this.#smoke(built.value);
    if (!smoke.ok) return smoke;
    const sizeBefore = await this.#sizeBefore(candidate);
    if (call.signal.aborted) return err({ code: "INTERRUPTED", signal: "SIGINT" });
    const { smoke: started, failure = null } = smoke.value ?? {};
    const proven = {
      proof: { ...proof.value, sizeBefore },
      ...(started === undefined ? {} : { smoke: started }),
      error: failure,
    };
    if (request.keepImage !== undefined && failure === null) {
      const tagged = await engine.tag(built.value.id, request.keepImage, call);
      if (!tagged.ok) return tagged;
    }
    return ok(proven);
  }

  /** Starts the application before and after, where that was asked for. */
  async #smoke(
    candidate: ImageRecord,
  ): Promise<Result<{ readonly smoke: SmokeTest; readonly failure: Failure | null } | undefined, Failure>> {
    const { engine, request, call, phase } = this.#settings;
    const seconds = request.smokeSeconds;
    if (seconds === undefined) return ok(undefined);
    const original =
      this.#original === undefined
        ? await this.#buildOriginal("building the original, to start its application too")
        : ok(this.#original);
    if (!original.ok) return original;
    phase(`starting the application before and after, for ${seconds} s each`);
    const { smokeCandidate } = await import("./smoke-candidate.ts");
    return await smokeCandidate(engine, { original: original.value, candidate, seconds }, call);
  }

  /**
   * The size of the original where it is at hand or costs little: what comes before the first edit is in the builder's
   * cache by now, and what follows fetches and runs nothing. Else `null`: nobody wants to build twice for a number.
   */
  async #sizeBefore({ text }: Edited): Promise<number | null> {
    if (this.#original === undefined) {
      const { file, parsed } = this.#settings;
      const from = firstDifference(file.text, text);
      const costly = parsed.instructions.some(
        (instruction) =>
          instruction.span.end >= from &&
          (instruction.keyword === "RUN" ||
            (instruction.keyword === "ADD" &&
              /:\/\/|git@/.test(file.text.slice(instruction.span.start, instruction.span.end)))),
      );
      if (costly) return null;
      const built = await this.#buildOriginal("building the original to compare sizes");
      if (!built.ok) return null;
    }
    return this.#original?.sizeBytes ?? null;
  }

  /** A candidate that does not build is our fault only when the original does. */
  async #blame(failure: Failure): Promise<Failure> {
    if (failure.code !== "BUILD_FAILED" || this.#settings.call.signal.aborted) return failure;
    const full = lackOfSpace(failure.engine, failure.log);
    if (full !== undefined) {
      const message = "there is no space left to build the candidate; nothing was written";
      return { code: "ENGINE_FAILED", engine: failure.engine, message, hint: full };
    }
    if (this.#original === undefined) {
      const built = await this.#buildOriginal(
        "the candidate does not build; building the original to see whose fault it is",
      );
      if (!built.ok) return built.error;
    }
    const hint = candidateHint(failure.log);
    return {
      code: "PROOF_FAILED",
      message: "the original builds and the candidate does not",
      expected: "the candidate builds",
      actual: `the build ended with exit code ${failure.exitCode ?? "unknown"}`,
      ...(hint === undefined ? {} : { hint }),
      log: failure.log,
    };
  }

  async #buildOriginal(phase: string): Promise<Result<ImageRecord, Failure>> {
    this.#settings.phase(phase);
    const built = await this.#build(this.#settings.file.text, "original");
    if (built.ok) this.#original = built.value;
    if (built.ok || built.error.code !== "BUILD_FAILED") return built;
    const hint = lackOfSpace(built.error.engine, built.error.log) ?? originalHint(built.error.log);
    return hint === undefined ? built : err({ ...built.error, hint });
  }

  async #build(text: string, what: "original" | "candidate"): Promise<Result<ImageRecord, Failure>> {
    const { engine, request, file, folder, temporary, call } = this.#settings;
    // Builders look for an ignore file of the Containerfile's own name beside it.
    const containerfile = join(temporary, `${what}.${basename(file.path === "-" ? "Containerfile" : file.path)}`);
    try {
      await writeFile(containerfile, Buffer.from(text, file.encoding), { mode: 0o600 });
      if (file.path !== "-") {
        for (const suffix of [".dockerignore", ".containerignore"]) {
          await copyFile(`${file.path}${suffix}`, `${containerfile}${suffix}`).catch(ignoreAbsent);
        }
      }
    } catch (error) {
      return err(temporaryFailure(temporary, error));
    }
    return engine.build(
      {
        containerfile,
        context: folder,
        tag: `image-fix-${what}:${randomBytes(6).toString("hex")}`,
        buildArgs: request.buildArgs,
        ...(request.target === undefined ? {} : { target: request.target }),
        ...(request.platform === undefined ? {} : { platform: request.platform }),
        inputs: inputsOf(request),
      },
      call,
    );
  }
}

const inputsOf = ({ contexts, secrets, ssh }: FixRequest): BuildInputs => ({
  ...(contexts === undefined ? {} : { contexts }),
  ...(secrets === undefined ? {} : { secrets }),
  ...(ssh === undefined ? {} : { ssh }),
});

/** A temporary folder that cannot be made or written: full, read-only, not there. */
export const temporaryFailure = (folder: string, error: unknown): Failure => ({
  code: "WRITE_FAILED",
  file: folder,
  message: fileReasonOf(error, "write"),
  hint: "the file is as it was; TMPDIR names another folder for temporary files",
});

function ignoreAbsent(error: unknown): void {
  if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
}

function firstDifference(before: string, after: string): number {
  let at = 0;
  while (at < before.length && before[at] === after[at]) at++;
  return at;
}
