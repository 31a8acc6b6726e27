/** Finds the text behind a path of the finished image: what COPY, ADD and RUN put there, in this stage or in one that a COPY takes it from. */
import type { BuildModel, Shipped, Stage } from "../containerfile/build-model.ts";
import { chainOf } from "../containerfile/stages.ts";
import { contextSources, copiesOf, type ContextCopy } from "./context-copies.ts";
import { copiedTexts, type CopiedText } from "./copied-texts.ts";
import type { Effect, Effects, WrittenText } from "./effects.ts";
import { resolvePath } from "./paths.ts";
import { placeBefore, placedFiles, type PlacedFile } from "./placed-files.ts";
import { readEffects } from "./read-effects.ts";

type TextSource = ContextCopy | WrittenText | PlacedFile;

/** In the text of the file. */
const placeOf = (source: TextSource): number => ("at" in source ? source.command : source.instruction).span.start;

type IsWanted = (found: CopiedText) => boolean;

/** More links, folders and stages than anybody follows. */
const maxDetours = 20;

export class TextFinder {
  readonly #model: BuildModel;
  readonly #effects: Pick<Effects, "texts" | "commands">;
  readonly #readContext: (path: string) => string | undefined;
  readonly #texts = new Map<string, string | undefined>();
  /** What ships, last first; put in order when it is asked for. */
  #shipped: readonly TextSource[] | undefined;
  /** The same of other stages. */
  readonly #stages = new Map<Stage, readonly TextSource[]>();
  readonly #isWanted: IsWanted;

  /**
   * @param readContext reads a text file of the context; `undefined` when it is not there.
   * @param isWanted tells what is looked for: scripts, unless somebody says so.
   */
  constructor(
    model: BuildModel,
    effects: Pick<Effects, "texts" | "commands">,
    readContext: (path: string) => string | undefined,
    isWanted: IsWanted = looksLikeScript,
  ) {
    this.#model = model;
    this.#effects = effects;
    this.#readContext = readContext;
    this.#isWanted = isWanted;
  }

  /** The text that an absolute path leads to; `undefined` where there is none, or none that is known. */
  at(path: string): CopiedText | undefined {
    this.#shipped ??= lastFirst(this.#model, this.#model.shipped, this.#effects);
    return this.#find(this.#shipped, path, { left: maxDetours });
  }

  /** The same at the end of a stage that does not ship. */
  in(stage: Stage, path: string): CopiedText | undefined {
    return this.#find(this.#of(stage), path, { left: maxDetours });
  }

  /**
   * What the last COPY, ADD or RUN puts at a path, or puts where a RUN or a COPY takes it from, with what later RUNs put
   * behind it. `undefined` also where a RUN's is not known.
   */
  #find(sources: readonly TextSource[], path: string, detours: { left: number }): CopiedText | undefined {
    let tail: string | undefined = "";
    let place = path;
    for (const [index, source] of sources.entries()) {
      if (!("at" in source)) {
        const found = this.#copied(source, place, detours);
        if (found !== undefined) return tail === "" || tail === undefined ? found : { path, text: found.text + tail };
      } else if ("from" in source) {
        const before = placeBefore(source, place);
        if (before === undefined) continue;
        if (before.isCertain && !source.isSymbolic) {
          place = before.path;
          continue;
        }
        // A link leads to what is there in the end.
        const rest = source.isSymbolic ? sources : sources.slice(index + 1);
        const found = detours.left-- > 0 ? this.#find(rest, before.path, detours) : undefined;
        if (found !== undefined || before.isCertain) return found;
      } else if (source.path === place) {
        tail = tail === undefined || source.text === undefined ? undefined : source.text + tail;
        if (!source.appends)
          return tail !== undefined && this.#isWanted({ path: place, text: tail }) ? { path, text: tail } : undefined;
      }
    }
    // Another file may have been there before.
    return tail?.startsWith("#!") === true ? { path, text: tail } : undefined;
  }

  /** What a COPY or ADD puts at a path, out of the context or of the stage that it names. */
  #copied(copy: ContextCopy, place: string, detours: { left: number }): CopiedText | undefined {
    const { stage } = copy;
    if (stage === undefined) return copiedTexts(copy, place, (path) => this.#read(path)).find(this.#isWanted);
    for (const source of contextSources(copy, place)) {
      const found = detours.left-- > 0 ? this.#find(this.#of(stage), resolvePath("/", source), detours) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #of(stage: Stage): readonly TextSource[] {
    const known = this.#stages.get(stage);
    if (known !== undefined) return known;
    const chain = new Set(chainOf(stage));
    const instructions = [...chain].flatMap((one) =>
      one.instructions.map((instruction) => ({ instruction, stage: one })),
    );
    const build = [this.#model, ...this.#model.builders()].find(({ graph }) => graph.chain.includes(stage));
    const { texts, commands } = build === undefined ? { texts: [], commands: [] } : readEffects(build);
    const isOfStage = ({ at }: Effect): boolean => chain.has(at.stage);
    const sources = lastFirst(this.#model, instructions, {
      texts: texts.filter(isOfStage),
      commands: commands.filter(isOfStage),
    });
    this.#stages.set(stage, sources);
    return sources;
  }

  #read(path: string): string | undefined {
    if (!this.#texts.has(path)) this.#texts.set(path, this.#readContext(path));
    return this.#texts.get(path);
  }
}

const lastFirst = (
  model: BuildModel,
  instructions: readonly Shipped[],
  { texts, commands }: Pick<Effects, "texts" | "commands">,
): readonly TextSource[] =>
  [
    ...copiesOf(model, instructions).toReversed(),
    ...texts.toReversed(),
    ...commands.flatMap(placedFiles).toReversed(),
  ].toSorted((one, other) => placeOf(other) - placeOf(one));

const looksLikeScript = ({ path, text }: CopiedText): boolean =>
  !text.includes("\0") && (text.startsWith("#!") || /\.(?:sh|bash)$/.test(path));
