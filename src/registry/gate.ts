/**
 * One gate for all requests to a host: so many at a time, and none at all while the registry asks for a pause. A 429
 * halves the limit and stops the whole host; it grows back slowly (additive increase, multiplicative decrease).
 */
export class Gate {
  readonly #most: number;
  #limit: number;
  #running = 0;
  #waiting: (() => void)[] = [];
  /** Where the next one to go stands in `#waiting`: shifting a long array costs its length. */
  #next = 0;
  #pausedUntil = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #since = 0;
  #pausedMs = 0;

  /** @param most Requests at a time; it begins with that many. */
  constructor(most: number) {
    this.#most = Math.max(1, Math.floor(most));
    this.#limit = this.#most;
  }

  /** Requests at a time that are allowed now. */
  get limit(): number {
    return this.#limit;
  }

  /** Milliseconds of all pauses that were asked for so far. */
  get pausedMs(): number {
    return this.#pausedMs;
  }

  /** Waits for a place, or `undefined` when there is one at once; every place that was got is given back by {@link leave}. */
  enter(): Promise<void> | undefined {
    if (this.#running < this.#limit && this.#waiting.length === this.#next && this.#pausedUntil === 0) {
      this.#running++;
      return undefined;
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#admit();
    });
  }

  /** Gives a place back. */
  leave(): void {
    this.#running--;
    this.#admit();
  }

  /** A request went well: after as many as the limit, one more is allowed at a time. */
  succeeded(): void {
    if (this.#limit < this.#most && ++this.#since >= this.#limit) {
      this.#since = 0;
      this.#limit++;
      this.#admit();
    }
  }

  /**
   * Nobody enters for so long. Several answers of 429 to requests that were under way together count once.
   * @param milliseconds As the registry asks, jitter included.
   */
  pause(milliseconds: number): void {
    const now = performance.now();
    const until = now + milliseconds;
    if (this.#pausedUntil === 0) {
      this.#limit = Math.max(1, Math.floor(this.#limit / 2));
      this.#since = 0;
    }
    if (until <= this.#pausedUntil) return;
    this.#pausedMs += until - Math.max(now, this.#pausedUntil);
    this.#pausedUntil = until;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#pausedUntil = 0;
      this.#admit();
    }, milliseconds);
  }

  /** Lets everybody go, for a run that ends: their requests fail by themselves. */
  open(): void {
    clearTimeout(this.#timer);
    this.#pausedUntil = 0;
    this.#limit = Number.POSITIVE_INFINITY;
    this.#admit();
  }

  #admit(): void {
    if (this.#pausedUntil !== 0) return;
    while (this.#running < this.#limit && this.#next < this.#waiting.length) {
      this.#running++;
      this.#waiting[this.#next++]?.();
    }
    if (this.#next === this.#waiting.length || this.#next > 1024) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
  }
}
