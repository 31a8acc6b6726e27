/** The engine of a run: chosen once, when something first needs it. */
import type { Failure } from "../core/errors.ts";
import { failureWords } from "../core/failure-words.ts";
import type { Engine, ImageRecord } from "../core/ports.ts";
import { err, ok, type Result } from "../core/result.ts";
import { normaliseImageName } from "../image/reference.ts";
import { isPlatform } from "../image/view.ts";
import type { RunOptions } from "./requests.ts";

export type EngineChoice = "auto" | "podman" | "docker" | "none";

/** Picks an engine; injected, so that tests need none. `image`: what it is needed for, where that is known. */
export type SelectEngine = (
  choice: "auto" | "podman" | "docker",
  options: { readonly signal: AbortSignal; readonly image?: string | undefined },
) => Promise<Result<{ readonly engine: Engine; readonly why: string }, Failure>>;

/** Loads the real engines only when one is asked for. */
const selectRealEngine: SelectEngine = async (choice, options) => {
  const { selectEngine } = await import("../engine/select.ts");
  return selectEngine(choice, process.env, options);
};

/** An image, and the engine that has it. */
export interface LocalImage {
  readonly engine: Engine;
  readonly record: ImageRecord;
}

/** From so many images on it is sooner to list all that the engine has, which is slow where it has many. */
const fewImages = 16;

export class EngineSource {
  readonly #choice: EngineChoice;
  readonly #select: SelectEngine;
  readonly #options: RunOptions;
  #chosen: ReturnType<SelectEngine> | undefined;
  #asked = 0;
  #names: Promise<ReadonlySet<string> | undefined> | undefined;
  #warned = false;

  constructor(choice: EngineChoice, options: RunOptions, select: SelectEngine = selectRealEngine) {
    this.#choice = choice;
    this.#options = options;
    this.#select = select;
  }

  /**
   * The engine, or why there is none. Says once which it took.
   * @param image what it is needed for, where that is known
   */
  get(image?: string): ReturnType<SelectEngine> {
    this.#chosen ??= this.#choose(image);
    return this.#chosen;
  }

  /** The same for who goes on without an engine: a failure of one that was asked for by name is said once. */
  async look(image?: string): ReturnType<SelectEngine> {
    const chosen = await this.get(image);
    const isNamed = this.#choice === "podman" || this.#choice === "docker";
    if (!chosen.ok && chosen.error.code === "ENGINE_UNAVAILABLE" && isNamed && !this.#warned) {
      this.#warned = true;
      this.#options.onEvent?.({ kind: "warning", text: failureWords(chosen.error).message });
    }
    return chosen;
  }

  async #choose(image: string | undefined): ReturnType<SelectEngine> {
    if (this.#choice === "none") {
      return err({
        code: "ENGINE_UNAVAILABLE",
        engine: "none",
        message: "--engine none: nothing can be built or run",
        hint: "use --engine auto with podman or Docker installed",
      });
    }
    const chosen = await this.#select(this.#choice, { signal: this.#options.signal, image });
    if (chosen.ok)
      this.#options.onEvent?.({ kind: "note", text: `engine: ${chosen.value.engine.name} (${chosen.value.why})` });
    return chosen;
  }

  /**
   * A local image, or why there is none: the engine's failure, or IMAGE_NOT_FOUND.
   * @param reference as the file has it: what a short name stands for is the engine's to say, as it is in its builds. podman
   * takes `app` for `localhost/app`, or for what its registries.conf says (containers-registries.conf(5))
   * @param platform which one is meant where the image holds several
   */
  async local(reference: string, platform?: string): Promise<Result<LocalImage, Failure>> {
    const chosen = await this.look(reference);
    return chosen.ok ? await this.#inspect(chosen.value.engine, reference, platform) : chosen;
  }

  async #inspect(
    engine: Engine,
    reference: string,
    platform: string | undefined,
  ): Promise<Result<LocalImage, Failure>> {
    if (!(await this.#mayHave(engine, reference)))
      return err({ code: "IMAGE_NOT_FOUND", reference, message: `${engine.name} has no image ${reference}` });
    const record = await engine.inspect(reference, {
      signal: this.#options.signal,
      ...(platform === undefined ? {} : { platform }),
    });
    return record.ok ? ok({ engine, record: record.value }) : record;
  }

  async #mayHave(engine: Engine, reference: string): Promise<boolean> {
    // Lists hold no digests.
    if (++this.#asked <= fewImages || reference.includes("@")) return true;
    this.#names ??= engine
      .listImages({ signal: this.#options.signal })
      .then((listed) => (listed.ok ? spellings(listed.value.keys()) : undefined));
    const names = await this.#names;
    const whole = normaliseImageName(reference);
    return names === undefined || names.has(whole) || names.has(whole.replace(/^docker\.io\/(?:library\/)?/, ""));
  }

  /** A local image, pulled when it is not there. */
  async fetch(reference: string, platform: string | undefined): Promise<Result<LocalImage, Failure>> {
    const chosen = await this.get(reference);
    if (!chosen.ok) return chosen;
    const { engine } = chosen.value;
    const there = await this.#inspect(engine, reference, platform);
    if (there.ok && (platform === undefined || isPlatform(there.value.record.platform, platform))) return there;
    const pulled = await engine.pull(reference, {
      signal: this.#options.signal,
      ...(platform === undefined ? {} : { platform }),
    });
    return pulled.ok ? ok({ engine, record: pulled.value }) : pulled;
  }

  /** Removes what the engine made in this run, or says what may be left; safe to call without an engine. */
  async cleanUp(): Promise<void> {
    const chosen = await this.#chosen;
    if (chosen?.ok !== true) return;
    const tidied = await chosen.value.engine.cleanUp();
    if (tidied.ok || tidied.error.code !== "ENGINE_UNAVAILABLE") return;
    const { message, hint } = tidied.error;
    this.#options.onEvent?.({ kind: "warning", text: `${message}; ${hint}` });
  }
}

/** `a.io/b/c:1` → itself, `b/c:1` and `c:1`: by any of them podman may find it. */
function spellings(names: Iterable<string>): ReadonlySet<string> {
  const all = new Set<string>();
  for (const name of names) {
    const parts = name.split("/");
    for (const from of parts.keys()) all.add(parts.slice(from).join("/"));
  }
  return all;
}
