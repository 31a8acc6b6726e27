/**
 * The time that one image is given, with all its platforms and layers. Each request has limits of its own, but an image may
 * be made of a thousand that all keep to them.
 */
import type { Failure } from "../../core/errors.ts";
import type { Reply } from "../../core/ports.ts";
import { err, type Result } from "../../core/result.ts";
import type { OpenImage } from "../../image/view.ts";

/** Many times what a large image takes, and little for a scan that meets a hostile one. */
const usualSeconds = 120;

/** Runs from when it is made until it is ended. */
export class TimeLimit {
  /** Comes when the time is over. One for all that is waited for: signals and their listeners cost more than a request. */
  readonly #over: Promise<Result<never, Failure>>;
  #failure: Failure | undefined;
  /** For what reads on by itself; made when something does. */
  #controller: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param pausedMs milliseconds that registries have told us to wait so far; they do not count */
  constructor(pausedMs: () => number, seconds = usualSeconds) {
    let granted = pausedMs();
    this.#over = new Promise((resolve) => {
      const onTimer = (): void => {
        const owed = pausedMs() - granted;
        granted += owed;
        if (owed > 0) {
          this.#timer = setTimeout(onTimer, owed);
          return;
        }
        this.#failure = { code: "TIMEOUT", what: "reading the image", seconds };
        this.#controller?.abort(this.#failure);
        resolve(err(this.#failure));
      };
      this.#timer = setTimeout(onTimer, seconds * 1000);
    });
  }

  /** What a reply says, or that the time was over before it came. */
  async within<T>(reply: Reply<T>): Reply<T> {
    if (this.#failure !== undefined) return err(this.#failure);
    return await Promise.race([reply, this.#over]);
  }

  /** An image whose layers are read within the time that is left, and no further. */
  of(image: OpenImage): OpenImage {
    const { digest, platform, config } = image;
    return {
      digest,
      platform,
      config,
      layers: image.layers.map((layer) => ({
        digest: layer.digest,
        size: layer.size,
        read: async (contents) => {
          if (this.#failure !== undefined) return err(this.#failure);
          this.#controller ??= new AbortController();
          return await this.within(layer.read(contents, this.#controller.signal));
        },
      })),
    };
  }

  /** Nothing is waited for any more. */
  end(): void {
    clearTimeout(this.#timer);
  }
}
