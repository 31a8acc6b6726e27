/** Everything the world may refuse us, as data. One of these becomes one message and one exit code. */
export type Failure =
  | { readonly code: "USAGE"; readonly message: string; readonly hint?: string }
  | { readonly code: "UNREADABLE"; readonly file: string; readonly message: string; readonly hint?: string }
  | {
      readonly code: "SYNTAX";
      readonly file: string;
      /** 1-based. */
      readonly line: number;
      readonly column: number;
      readonly message: string;
      readonly hint?: string;
    }
  | {
      readonly code: "CONFIG_INVALID";
      readonly file: string;
      /** 1-based; absent where the fault has no place in the text (an unreadable file). */
      readonly line?: number;
      readonly column?: number;
      readonly message: string;
      readonly hint?: string;
    }
  | {
      readonly code: "RECIPE_INVALID";
      readonly file: string;
      readonly line: number;
      readonly column: number;
      readonly message: string;
    }
  | { readonly code: "ENGINE_UNAVAILABLE"; readonly engine: string; readonly message: string; readonly hint: string }
  | {
      readonly code: "IMAGE_NOT_FOUND";
      readonly reference: string;
      readonly message: string;
      readonly hint?: string;
      /** The registry itself says so; a 404 in no words of its own may be that of something in front of it. */
      readonly isCertain?: true;
    }
  /** A registry that does not answer, refuses, or answers what it must not. `registry` is its host as it was named. */
  | {
      readonly code: "REGISTRY_FAILED";
      readonly registry: string;
      readonly message: string;
      readonly hint?: string;
      /** Of its answer, where it answered and refused. */
      readonly status?: number;
    }
  /** What was read is no image, or one that nobody could run: broken, hostile, of another kind. */
  | { readonly code: "IMAGE_INVALID"; readonly reference: string; readonly message: string; readonly hint?: string }
  /** What is there is something else than an image (a chart, a signature, a build cache), or than the one for a platform. */
  | { readonly code: "NO_IMAGE"; readonly reference: string; readonly message: string; readonly hint?: string }
  | { readonly code: "ENGINE_FAILED"; readonly engine: string; readonly message: string; readonly hint?: string }
  | {
      readonly code: "BUILD_FAILED";
      readonly engine: string;
      readonly exitCode: number | undefined;
      readonly log: string;
      readonly hint?: string;
    }
  | { readonly code: "TIMEOUT"; readonly what: string; readonly seconds: number }
  | {
      readonly code: "PROOF_FAILED";
      readonly message: string;
      readonly expected: string;
      readonly actual: string;
      readonly hint?: string;
      readonly log?: string;
    }
  | { readonly code: "WRITE_FAILED"; readonly file: string; readonly message: string; readonly hint?: string }
  | { readonly code: "INTERRUPTED"; readonly signal: "SIGINT" | "SIGTERM" };

/** Exit codes of every command (see the README). 130 and 143 are 128 + the signal's number. */
export const exitCodes = {
  ok: 0,
  findings: 1,
  usage: 2,
  engine: 3,
  proof: 4,
  bug: 70,
  interrupted: 130,
  terminated: 143,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/**
 * The exit code a failure ends the run with. `BUILD_FAILED` here is the *original's*: a candidate that does not build
 * is turned into `PROOF_FAILED` by the use case that knows which of the two it built.
 */
export function exitCodeOf(failure: Failure): ExitCode {
  switch (failure.code) {
    case "USAGE":
    case "UNREADABLE":
    case "SYNTAX":
    case "CONFIG_INVALID":
    case "RECIPE_INVALID":
    case "WRITE_FAILED":
      return exitCodes.usage;
    case "ENGINE_UNAVAILABLE":
    case "IMAGE_NOT_FOUND":
    case "IMAGE_INVALID":
    case "NO_IMAGE":
    case "REGISTRY_FAILED":
    case "ENGINE_FAILED":
    case "BUILD_FAILED":
    case "TIMEOUT":
      return exitCodes.engine;
    case "PROOF_FAILED":
      return exitCodes.proof;
    case "INTERRUPTED":
      return failure.signal === "SIGINT" ? exitCodes.interrupted : exitCodes.terminated;
  }
}
