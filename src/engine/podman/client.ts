import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Failure } from "../../core/errors.ts";
import type { CallOptions } from "../../core/ports.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { failureOfAbort } from "../abort.ts";
import { engineLimits, tidyLimit, type EngineLimits } from "../limits.ts";
import { runProcess, type ProcessOptions, type ProcessOutcome } from "../process.ts";

export interface PodmanClient {
  /**
   * Runs `podman …` and gives what came of it, whatever its exit code; an error only where podman never got to answer.
   * What a working podman answers at once has a time limit.
   */
  call(
    args: readonly string[],
    options: CallOptions,
    more?: Omit<ProcessOptions, "signal">,
  ): Promise<Result<ProcessOutcome, Failure>>;
  /** As `call`, for what has to succeed: any other exit code is an ENGINE_FAILED with podman's own message. */
  expect(
    args: readonly string[],
    options: CallOptions,
    more?: Omit<ProcessOptions, "signal">,
  ): Promise<Result<ProcessOutcome, Failure>>;
  /**
   * As `call`, for what tidies up: it goes on when the run was aborted, for a limited time. A podman that did not answer
   * in that time is not asked to tidy up again.
   */
  tidy(args: readonly string[]): Promise<Result<ProcessOutcome, Failure>>;
  /** Why tidying up was given up. */
  readonly untidied: Failure | undefined;
}

/** Commands that take as long as they take. */
const unlimited = new Set(["build", "load", "pull", "run"]);
/** Commands that copy whole images with some storage drivers. */
const copying = new Set(["cp", "create", "import"]);
const copyingFactor = 20;

function limitOf(command: string, { answerMs }: EngineLimits): number | undefined {
  if (unlimited.has(command)) return undefined;
  return copying.has(command) ? copyingFactor * answerMs : answerMs;
}

/**
 * @param program the podman to run: a name on PATH or a path.
 * @param env added to this process's environment.
 * @param temporaryFolder gets a folder for each command's temporary files: podman leaves its own where it is ended.
 */
export function createPodmanClient(
  program: string,
  env: Readonly<Record<string, string>> = {},
  limits: EngineLimits = engineLimits,
  temporaryFolder?: string,
): PodmanClient {
  let run: AbortSignal | undefined;
  let untidied: Failure | undefined;

  const call: PodmanClient["call"] = async (args, options, more = {}) => {
    run = options.signal;
    const limit = limitOf(args[0] ?? "", limits);
    const outcome = await start(args, { ...(limit === undefined ? {} : { timeoutMs: limit }), ...more, ...options });
    switch (outcome.kind) {
      case "exited":
        return ok(outcome);
      case "stopped":
        return err(failureOfAbort(options.signal));
      case "timeout":
        return err(
          more.timeoutMs === undefined
            ? silent(args, limit ?? 0)
            : { code: "TIMEOUT", what: `podman ${args[0] ?? ""}`, seconds: Math.round(more.timeoutMs / 1000) },
        );
      case "missing":
        return err({
          code: "ENGINE_UNAVAILABLE",
          engine: "podman",
          message: "podman is not installed (no such program on PATH)",
          hint: "install podman, or choose another engine with --engine",
        });
    }
  };
  const start = async (args: readonly string[], options: ProcessOptions): Promise<ProcessOutcome> => {
    // Warnings on the machine's set-up (a missing network plugin) are no news in a message on something else; a build
    // keeps them, as they can be on the Containerfile.
    const level = args[0] === "build" ? [] : ["--log-level=error"];
    const isOwn = temporaryFolder !== undefined && options.env?.["TMPDIR"] === undefined;
    const folder = isOwn ? await mkdtemp(join(temporaryFolder, "image-fix-")).catch(() => undefined) : undefined;
    const temporary = folder === undefined ? {} : { TMPDIR: folder };
    const outcome = await runProcess(program, [...level, ...args], {
      ...options,
      env: { ...env, ...temporary, ...options.env },
    });
    if (folder !== undefined) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    return outcome;
  };
  return {
    call,
    async tidy(args) {
      if (untidied !== undefined) return err(untidied);
      const timeoutMs = tidyLimit(run, limits);
      const outcome = await start(args, { signal: new AbortController().signal, timeoutMs });
      if (outcome.kind !== "timeout") return ok(outcome);
      untidied = silent(args, timeoutMs);
      return err(untidied);
    },
    get untidied() {
      return untidied;
    },
    async expect(args, options, more) {
      const reply = await call(args, options, more);
      if (!reply.ok || reply.value.exitCode === 0) return reply;
      return err(engineFailed(nameOf(args), reply.value));
    },
  };
}

const nameOf = (args: readonly string[]): string => `podman ${args.slice(0, args[0] === "image" ? 2 : 1).join(" ")}`;

const silent = (args: readonly string[], milliseconds: number): Failure => ({
  code: "ENGINE_UNAVAILABLE",
  engine: "podman",
  message: `podman does not answer (${nameOf(args)} took longer than ${Math.round(milliseconds / 1000)} s)`,
  hint: "see whether podman info answers; another process may hold the lock of its storage",
});

/** podman's own message without its prefix, as a failure. */
export function engineFailed(what: string, outcome: ProcessOutcome): Failure {
  const said = messageOf(outcome.stderr);
  return {
    code: "ENGINE_FAILED",
    engine: "podman",
    message: said === "" ? `${what} ended with exit code ${outcome.exitCode}` : `${what}: ${said}`,
  };
}

/** As {@link engineFailed}, for a command on an image that may not be there. */
export function imageFailure(what: string, image: string, outcome: ProcessOutcome): Failure {
  if (!isImageAbsent(messageOf(outcome.stderr))) return engineFailed(what, outcome);
  return { code: "IMAGE_NOT_FOUND", reference: image, message: `podman has no image ${image}` };
}

/** podman says that it does not have the image that it was asked for. */
export const isImageAbsent = (message: string): boolean =>
  /image not known|no such (?:image|object)/i.test(message) && !hasStumbled(message);

/** podman met an image, not the one that it was asked for, that another process was just removing. */
export const hasStumbled = (message: string): boolean =>
  /retrieving parent of image|is dangling|locating image with ID|checking if cached image exists/i.test(message);

/** The lines that begin with `Error:`, with the list that follows such a line, or else the last line. */
export function messageOf(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "");
  const errors: string[] = [];
  let isOfError = false;
  for (const line of lines) {
    const isItem = /^[ \t]+\* /.test(line);
    if (line.startsWith("Error:")) errors.push(line.slice("Error:".length).trim());
    else if (isOfError && isItem) errors.push(line.trim().slice("* ".length));
    isOfError = line.startsWith("Error:") || (isOfError && isItem);
  }
  // What a list is of ends in a colon.
  return errors.length > 0 ? errors.join("; ").replaceAll(":; ", ": ") : (lines.at(-1)?.trim() ?? "");
}
