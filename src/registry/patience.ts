/** How often one request is asked again, and when: answers that say "later", and trouble that may pass. */
import { Refusal } from "../core/refusal.ts";
import type { RequestLimits } from "./limits.ts";
import { registryFailure } from "./refused-answers.ts";

/** A wait before the next try. */
export interface Wait {
  readonly milliseconds: number;
  /** Nobody asks the registry meanwhile, and fewer at a time behind it. */
  readonly isForAll: boolean;
}

/** What is counted of waits. */
export interface WaitCounters {
  retries: number;
  throttled: number;
}

/** Challenges that are answered: one by who asks, and one by the token that came instead of an older one. */
const mostChallenges = 2;

/** The patience for one request. */
export class Patience {
  readonly #registry: string;
  readonly #limits: RequestLimits;
  readonly #counters: WaitCounters;
  #tries = 1;
  #pauses = 0;
  #challenges = 0;

  /** @param registry its host, as it was named */
  constructor(registry: string, limits: RequestLimits, counters: WaitCounters) {
    this.#registry = registry;
    this.#limits = limits;
    this.#counters = counters;
  }

  /**
   * The wait behind an answer; a refusal where it would be too long, `undefined` when it is not asked again. A 503 is what
   * a registry answers that cannot, and what proxies answer to who asks too much (nginx's limit_req and limit_conn, unless
   * told otherwise): with a `Retry-After` it is waited out as a 429 is, without one a few times, the first by everybody: what
   * stays so for one image is not to hold up all others.
   * @see https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
   */
  behind(status: number, retryAfter: string | undefined): Wait | Refusal | undefined {
    const asked = askedFor(retryAfter);
    if (status === 429 || (status === 503 && asked !== undefined)) return this.#pause(status, asked);
    return status >= 500 ? this.again(status === 503 && this.#tries === 1) : undefined;
  }

  /** The wait behind trouble that may pass; `undefined` when there was enough of it. */
  again(isForAll = false): Wait | undefined {
    if (this.#tries >= this.#limits.tries) return undefined;
    this.#counters.retries++;
    const wait = this.#limits.backoffMs * 2 ** (this.#tries++ - 1);
    return { milliseconds: wait / 2 + Math.random() * (wait / 2), isForAll };
  }

  /** Whether one more challenge (401) is answered. */
  takesChallenge(): boolean {
    return this.#challenges++ < mostChallenges;
  }

  /** What is asked for and up to a second of chance, so that not all come back at once. */
  #pause(status: number, asked: number | undefined): Wait | Refusal | undefined {
    const { backoffMs, pauseMs, pauses } = this.#limits;
    if (++this.#pauses > pauses) return undefined;
    this.#counters.throttled++;
    const pause = asked ?? backoffMs * 2 ** Math.min(this.#pauses, 8);
    if (pause <= pauseMs)
      return { milliseconds: pause + Math.random() * Math.min(1000, backoffMs * 4), isForAll: true };
    const message = `it takes no more requests for ${Math.ceil(pause / 1000)} seconds (${status})`;
    const hint = status === 429 ? "log in for a higher limit, or go on later" : "go on later";
    return new Refusal(registryFailure(this.#registry, message, hint));
  }
}

/** Milliseconds of a `Retry-After`: seconds or a date; `undefined` for anything else. */
function askedFor(header = ""): number | undefined {
  if (/^[0-9]{1,9}$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
