/** Finds the script behind a path of the finished image: what COPY, ADD and RUN put there, in this stage or in one that a COPY takes it from. */
import type { BuildModel, Stage } from "../containerfile/build-model.ts";
import { chainOf } from "../containerfile/stages.ts";
import { contextSources, copiesOf, type ContextCopy } from "./context-copies.ts";
import { copiedTexts, type CopiedText } from "./copied-texts.ts";
import type { Effects, WrittenText } from "./effects.ts";
import { resolvePath } from "./paths.ts";
import { placeBefore, placedFiles, type PlacedFile } from "./placed-files.ts";

type TextSource = ContextCopy | WrittenText | PlacedFile;

/** In the text of the file. */
const placeOf = (source: TextSource): number => ("at" in source ? source.command : source.instruction).span.start;

/** More links, folders and stages than anybody follows. */
const maxDetours = 20;

export class ScriptFinder {
  readonly #model: BuildModel;
  readonly #readContext: (path: string) => string | undefined;
  readonly #texts = new Map<string, string | undefined>();
  /** What ships, last first. */
  readonly #shipped: readonly TextSource[];
  /** The same of other stages, of which only the copies are read. */
  readonly #stages = new Map<Stage, readonly TextSource[]>();

  /** @param readContext reads a text file of the context; `undefined` when it is not there. */
  constructor(
    model: BuildModel,
    { texts, commands }: Pick<Effects, "texts" | "commands">,
    readContext: (path: string) => string | undefined,
  ) {
    this.#model = model;
    this.#readContext = readContext;
    this.#shipped = [
      ...copiesOf(model, model.shipped).toReversed(),
      ...texts.toReversed(),
      ...commands.flatMap(placedFiles).toReversed(),
    ].toSorted((one, other) => placeOf(other) - placeOf(one));
  }

  /** The script that an absolute path leads to; `undefined` where there is none, or none whose text is known. */
  at(path: string): CopiedText | undefined {
    return this.#find(this.#shipped, path, { left: maxDetours });
  }

  /**
   * What the last COPY, ADD or RUN puts at a path, or puts where a RUN or a COPY takes it from, with what later RUNs put
   * behind it. `undefined` also where a RUN's is not known.
   */
  #find(lastFirst: readonly TextSource[], path: string, detours: { left: number }): CopiedText | undefined {
    let tail: string | undefined = "";
    let place = path;
    for (const [index, source] of lastFirst.entries()) {
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
        const rest = source.isSymbolic ? lastFirst : lastFirst.slice(index + 1);
        const found = detours.left-- > 0 ? this.#find(rest, before.path, detours) : undefined;
        if (found !== undefined || before.isCertain) return found;
      } else if (source.path === place) {
        tail = tail === undefined || source.text === undefined ? undefined : source.text + tail;
        if (!source.appends)
          return tail !== undefined && looksLikeScript({ path: place, text: tail }) ? { path, text: tail } : undefined;
      }
    }
    // Another file may have been there before.
    return tail?.startsWith("#!") === true ? { path, text: tail } : undefined;
  }

  /** What a COPY or ADD puts at a path, out of the context or of the stage that it names. */
  #copied(copy: ContextCopy, place: string, detours: { left: number }): CopiedText | undefined {
    const { stage } = copy;
    if (stage === undefined) return copiedTexts(copy, place, (path) => this.#read(path)).find(looksLikeScript);
    for (const source of contextSources(copy, place)) {
      const found = detours.left-- > 0 ? this.#find(this.#of(stage), resolvePath("/", source), detours) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #of(stage: Stage): readonly TextSource[] {
    const known = this.#stages.get(stage);
    if (known !== undefined) return known;
    const instructions = chainOf(stage).flatMap((one) =>
      one.instructions.map((instruction) => ({ instruction, stage: one })),
    );
    const copies = copiesOf(this.#model, instructions).toReversed();
    this.#stages.set(stage, copies);
    return copies;
  }

  #read(path: string): string | undefined {
    if (!this.#texts.has(path)) this.#texts.set(path, this.#readContext(path));
    return this.#texts.get(path);
  }
}

const looksLikeScript = ({ path, text }: CopiedText): boolean =>
  !text.includes("\0") && (text.startsWith("#!") || /\.(?:sh|bash)$/.test(path));
