/**
 * The engine of a run: chosen once, when something first needs it, and its image list read once, however many files ask.
 */
import type { Failure } from "../core/errors.ts";
import type { Engine, ImageRecord } from "../core/ports.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { RunOptions } from "./requests.ts";

export type EngineChoice = "auto" | "podman" | "docker" | "none";

/** Picks an engine; injected, so that tests need none. */
export type SelectEngine = (
  choice: "auto" | "podman" | "docker",
  options: { readonly signal: AbortSignal },
) => Promise<Result<{ readonly engine: Engine; readonly why: string }, Failure>>;

/** Loads the real engines only when one is asked for. */
const selectRealEngine: SelectEngine = async (choice, options) => {
  const { selectEngine } = await import("../engine/select.ts");
  return selectEngine(choice, process.env, options);
};

export class EngineSource {
  readonly #choice: EngineChoice;
  readonly #select: SelectEngine;
  readonly #options: RunOptions;
  #chosen: ReturnType<SelectEngine> | undefined;
  #images: Promise<ReadonlyMap<string, string>> | undefined;

  constructor(choice: EngineChoice, options: RunOptions, select: SelectEngine = selectRealEngine) {
    this.#choice = choice;
    this.#options = options;
    this.#select = select;
  }

  /** The engine, or why there is none. Says once which it took. */
  get(): ReturnType<SelectEngine> {
    this.#chosen ??= this.#choose();
    return this.#chosen;
  }

  async #choose(): ReturnType<SelectEngine> {
    if (this.#choice === "none") {
      return err({
        code: "ENGINE_UNAVAILABLE",
        engine: "none",
        message: "--engine none: nothing can be built or run",
        hint: "use --engine auto with podman or Docker installed, or write without proof with --no-verify",
      });
    }
    const chosen = await this.#select(this.#choice, { signal: this.#options.signal });
    if (chosen.ok)
      this.#options.onEvent?.({ kind: "note", text: `engine: ${chosen.value.engine.name} (${chosen.value.why})` });
    return chosen;
  }

  /** A local image by its normalised name; undefined when the engine has none, or there is no engine. */
  async local(reference: string): Promise<{ readonly engine: Engine; readonly record: ImageRecord } | undefined> {
    const chosen = await this.get();
    if (!chosen.ok) return undefined;
    const { engine } = chosen.value;
    this.#images ??= engine
      .listImages({ signal: this.#options.signal })
      .then((listed) => (listed.ok ? listed.value : new Map<string, string>()));
    if (!(await this.#images).has(reference)) return undefined;
    const record = await engine.inspect(reference, { signal: this.#options.signal });
    return record.ok ? { engine, record: record.value } : undefined;
  }

  /** A local image, pulled when it is not there. */
  async fetch(
    reference: string,
    platform: string | undefined,
  ): Promise<Result<{ readonly engine: Engine; readonly record: ImageRecord }, Failure>> {
    const there = await this.local(reference);
    if (there !== undefined && (platform === undefined || there.record.platform === platform)) return ok(there);
    const chosen = await this.get();
    if (!chosen.ok) return chosen;
    const { engine } = chosen.value;
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
