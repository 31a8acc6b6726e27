/**
 * The time that one image is given, with all its platforms and layers. Each request has limits of its own, but an image may
 * be made of a thousand that all keep to them.
 */
import { failureOfAbort } from "../../core/abort.ts";
import type { Failure } from "../../core/errors.ts";
import type { Reply } from "../../core/ports.ts";
import { err } from "../../core/result.ts";
import type { OpenImage } from "../../image/view.ts";

/** Many times what a large image takes, and little for a scan that meets a hostile one. */
const usualSeconds = 120;

/** Runs from when it is made until it is ended. */
export class TimeLimit {
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout>;

  /** @param pausedMs milliseconds that registries have told us to wait so far; they do not count */
  constructor(pausedMs: () => number, seconds = usualSeconds) {
    const failure: Failure = { code: "TIMEOUT", what: "reading the image", seconds };
    let granted = pausedMs();
    const onTimer = (): void => {
      const owed = pausedMs() - granted;
      granted += owed;
      if (owed > 0) this.#timer = setTimeout(onTimer, owed);
      else this.#controller.abort(failure);
    };
    this.#timer = setTimeout(onTimer, seconds * 1000);
  }

  /** What a reply says, or that the time was over before it came. */
  async within<T>(reply: Reply<T>): Reply<T> {
    const { signal } = this.#controller;
    if (signal.aborted) return err(failureOfAbort(signal));
    const heard = new AbortController();
    const over = new Promise<Awaited<Reply<T>>>((resolve) => {
      signal.addEventListener("abort", () => resolve(err(failureOfAbort(signal))), { signal: heard.signal });
    });
    return await Promise.race([reply, over]).finally(() => heard.abort());
  }

  /** An image whose layers are read within the time that is left, and no further. */
  of(image: OpenImage): OpenImage {
    return {
      ...image,
      layers: image.layers.map((layer) => ({
        ...layer,
        read: (contents) => this.within(layer.read(contents, this.#controller.signal)),
      })),
    };
  }

  /** Nothing is waited for any more. */
  end(): void {
    clearTimeout(this.#timer);
  }
}
