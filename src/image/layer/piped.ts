/** Hands parts from one loop to another: who writes waits until the part before is taken. */
export class Piped implements AsyncIterable<Uint8Array> {
  #part: Uint8Array | undefined;
  #isOver = false;
  #isLeft = false;
  #wake: (() => void) | undefined;
  #taken: (() => void) | undefined;

  /** Gives a part; resolves when the next one may come. Parts for a reader that has left are dropped. */
  async write(part: Uint8Array): Promise<void> {
    if (this.#isLeft) return;
    this.#part = part;
    this.#wake?.();
    await new Promise<void>((resolve) => (this.#taken = resolve));
  }

  /** Nothing more comes. */
  end(): void {
    this.#isOver = true;
    this.#wake?.();
  }

  /** The reader is done: nobody waits for it any more. */
  leave(): void {
    this.#isLeft = true;
    this.#taken?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        if (this.#part !== undefined) {
          const part = this.#part;
          this.#part = undefined;
          yield part;
          this.#taken?.();
        } else if (this.#isOver) {
          return;
        } else {
          await new Promise<void>((resolve) => (this.#wake = resolve));
        }
      }
    } finally {
      this.leave();
    }
  }
}
