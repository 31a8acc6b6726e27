/** Failures in words: what happened, where, and one thing to do about it. */
import type { Failure } from "./errors.ts";

export interface FailureWords {
  /** `./Containerfile:3:1`, a file, or null where the failure has no place. */
  readonly place: string | null;
  readonly message: string;
  readonly hint: string | null;
  /** The whole output of a build or a proof, for people. */
  readonly log: string | null;
}

/** Puts a failure into words. The texts still hold what the world said: make them `visible` before they are shown. */
export function failureWords(failure: Failure): FailureWords {
  const words = (message: string, more: Partial<FailureWords> = {}): FailureWords => ({
    place: null,
    message,
    hint: "hint" in failure ? (failure.hint ?? null) : null,
    log: null,
    ...more,
  });
  switch (failure.code) {
    case "USAGE":
    case "ENGINE_UNAVAILABLE":
    case "ENGINE_FAILED":
      return words(failure.message);
    case "IMAGE_NOT_FOUND":
    case "IMAGE_INVALID":
    case "NO_IMAGE":
      return words(failure.message, { place: failure.reference });
    case "REGISTRY_FAILED":
      return words(failure.message, { place: failure.registry });
    case "UNREADABLE":
    case "WRITE_FAILED":
      return words(failure.message, { place: failure.file });
    case "SYNTAX":
    case "RECIPE_INVALID":
      return words(failure.message, { place: `${failure.file}:${failure.line}:${failure.column}` });
    case "CONFIG_INVALID":
      return words(failure.message, {
        place: failure.line === undefined ? failure.file : `${failure.file}:${failure.line}:${failure.column ?? 1}`,
      });
    case "BUILD_FAILED":
      return words(
        `${engineName(failure.engine)} cannot build the file as it was${
          failure.exitCode === undefined ? "" : ` (exit code ${failure.exitCode})`
        }; nothing was written`,
        {
          hint: failure.hint ?? "make the original build first; the end of the log above says what stops it",
          log: failure.log,
        },
      );
    case "TIMEOUT":
      return words(`${failure.what} took longer than ${failure.seconds} seconds`, {
        hint: "give it more with --timeout SECONDS",
      });
    case "PROOF_FAILED":
      return words(`${failure.message}: expected ${failure.expected}, got ${failure.actual}`, {
        log: failure.log ?? null,
      });
    case "INTERRUPTED":
      return words(
        failure.signal === "SIGINT"
          ? "interrupted; what was begun is cleaned up"
          : "terminated; what was begun is cleaned up",
      );
  }
}

const engineName = (engine: string): string => (engine === "docker" ? "Docker" : engine);
