import type { Failure } from "./errors.ts";

/**
 * A {@link Failure} on its way through code that can only throw: a stream, a callback, a generator. Whoever gives a
 * `Result` back catches it; it never leaves a public function that does not say so.
 */
export class Refusal extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super("message" in failure ? failure.message : failure.code);
    this.name = "Refusal";
    this.failure = failure;
  }
}
