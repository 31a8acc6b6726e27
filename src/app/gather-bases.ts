/**
 * What is known of the base images of a build, by evidence: the local engine first, then the table of known images, the
 * tag, and the package manager that the file itself uses.
 */
import type { StageGraph, Stage } from "../containerfile/build-model.ts";
import type { Failure } from "../core/errors.ts";
import { failureWords } from "../core/failure-words.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { BaseFacts } from "../image/base-facts.ts";
import { baseFactsFromImage, filesToRead } from "../facts/base/from-image.ts";
import { isForWindows, mergeFacts, unknownBase } from "../facts/base/merge.ts";
import { scratchFacts } from "../facts/base/scratch.ts";
import { lookUpKnownImage } from "../facts/known-images/lookup.ts";
import type { EngineSource } from "./engine-source.ts";
import type { RunOptions } from "./requests.ts";

/** What was found out about bases in this run. */
export interface BaseCache {
  /** What the engine says, by reference as written and platform; else why it says nothing, as the end of a sentence. */
  readonly images: Map<string, Promise<Result<BaseFacts, string>>>;
  /** What the table of known images says, by reference as written. */
  readonly known: Map<string, BaseFacts | undefined>;
}

/** An empty {@link BaseCache}. */
export const newBaseCache = (): BaseCache => ({ images: new Map(), known: new Map() });

export interface GatherOptions {
  /** The file, for people who watch. */
  readonly target: string;
  readonly engines: EngineSource;
  readonly cache: BaseCache;
  readonly run: RunOptions;
  /** `fix` pulls what is not there (the build would anyway); `audit` never does. */
  readonly pull: boolean;
}

/** Facts for every stage's base that the target needs. Builder stages are looked up in the table alone. */
export async function gatherBases(graph: StageGraph, options: GatherOptions): Promise<(stage: Stage) => BaseFacts> {
  // By index: a candidate has the same stages as the original, and other objects for them.
  const facts = new Map<number, BaseFacts>();
  const chain = new Set(graph.chain);
  for (const stage of graph.stages) {
    const { base } = stage;
    if (base.kind === "stage") {
      facts.set(stage.index, facts.get(base.stage.index) ?? unknownBase(base.stage.label, "its stage was not read"));
    } else if (base.kind === "scratch") {
      facts.set(stage.index, scratchFacts());
    } else if (base.kind === "unknown") {
      facts.set(stage.index, unknownBase(stage.from.image.value, base.why));
    } else if (chain.has(stage)) {
      facts.set(stage.index, await withEngine(base.reference, stage, graph.options.platform, options));
    } else {
      facts.set(stage.index, withoutEngine(base.reference, stage, options));
    }
  }
  return (stage) => facts.get(stage.index) ?? unknownBase(stage.label, "its stage was not read");
}

/**
 * What the table and the tag say; what the table alone says is the same for every file, and is looked up once.
 * @param untold why no engine says more
 */
function withoutEngine(
  reference: string,
  stage: Stage,
  { cache: { known } }: GatherOptions,
  untold?: string,
): BaseFacts {
  if (!known.has(reference)) known.set(reference, lookUpKnownImage(reference));
  const table = known.get(reference);
  return table?.family.known === true && !isForWindows(stage)
    ? table
    : mergeFacts(reference, { stage, ...(untold === undefined ? {} : { untold }) });
}

async function withEngine(
  reference: string,
  stage: Stage,
  platform: string | undefined,
  options: GatherOptions,
): Promise<BaseFacts> {
  const key = `${reference} ${platform ?? ""}`;
  const reading = options.cache.images.get(key) ?? read(reference, platform, options);
  options.cache.images.set(key, reading);
  const engine = await reading;
  // The package manager that a file uses is evidence of that file alone, so facts without an engine are not shared.
  return engine.ok
    ? mergeFacts(reference, { stage, engine: engine.value })
    : withoutEngine(reference, stage, options, engine.error);
}

async function read(
  reference: string,
  platform: string | undefined,
  { target, engines, run, pull }: GatherOptions,
): Promise<Result<BaseFacts, string>> {
  const image = pull ? await engines.fetch(reference, platform) : await engines.local(reference, platform);
  if (!image.ok) return err(whyUntold(image.error));
  const { engine, record } = image.value;
  run.onEvent?.({ kind: "phase", target, text: `reading ${reference}` });
  const files = await engine.readFiles(record.id, filesToRead, { signal: run.signal });
  if (!files.ok) return err(whyUntold(files.error));
  const contents = new Map([...files.value].map(([path, { content }]) => [path, content]));
  return ok(baseFactsFromImage(record, contents, lookUpKnownImage(reference)));
}

function whyUntold(failure: Failure): string {
  if (failure.code === "IMAGE_NOT_FOUND") return "no engine here has it";
  if (failure.code === "ENGINE_UNAVAILABLE" && failure.engine === "none") return "no engine was asked (--engine none)";
  return failureWords(failure).message;
}
