import type { BaseFacts } from "../image/base-facts.ts";
import { filesAlone } from "../image/files-alone.ts";
import type { BuildModel, Expansion, Shipped, Stage, StageGraph } from "./build-model.ts";
import { expandWord } from "./expand.ts";
import { globalArgs, lookIn } from "./global-args.ts";
import type { Lookup } from "./lexer.ts";
import type { Instruction } from "./model.ts";
import { builderStages, chainOf, neededStages, ownChain, stageBelow } from "./stages.ts";
import { StageWalk, type RunTrigger, type WalkState } from "./stage-walk.ts";

/**
 * Works out what a build of the graph does: the state before every instruction, inherited through local stages from
 * the base image's configuration. `baseOf` tells the facts of the base that a stage's own chain ends in; it is asked
 * with the stage at that end. Stages are walked when they are first asked about.
 */
export const computeBuild = (graph: StageGraph, baseOf: (stage: Stage) => BaseFacts): BuildModel =>
  new WalkedBuild(graph, new Walks(graph, baseOf), false);

/** A class: V8 makes a slow dictionary of every literal that has a getter. */
class WalkedBuild implements BuildModel {
  readonly graph: StageGraph;
  readonly isBuilder: boolean;
  readonly shipped: readonly Shipped[];
  readonly #walks: Walks;
  #triggers: readonly RunTrigger[] | undefined;

  constructor(graph: StageGraph, walks: Walks, isBuilder: boolean) {
    this.graph = graph;
    this.isBuilder = isBuilder;
    this.shipped = shippedIn(graph);
    this.#walks = walks;
  }

  get base(): BaseFacts {
    return this.#walks.of(this.graph.target).base;
  }

  get triggers(): readonly RunTrigger[] {
    this.#triggers ??= [...neededStages(this.graph.target)]
      .toSorted((left, right) => left.index - right.index)
      .flatMap((stage) => this.#walks.of(stage).triggers);
    return this.#triggers;
  }

  baseOf(stage: Stage): BaseFacts {
    return this.#walks.of(stage).base;
  }

  before(instruction: Instruction): WalkState {
    return this.#walks.before(instruction);
  }

  after(stage: Stage): WalkState {
    return this.#walks.of(stage).end;
  }

  expand(instruction: Instruction, value: string): Expansion {
    return this.#walks.expand(instruction, value);
  }

  *builders(): Generator<BuildModel> {
    if (this.isBuilder) return;
    for (const stage of builderStages(this.graph))
      yield new WalkedBuild(seenFrom(stage, this.graph), this.#walks, true);
  }
}

/** The stages of a graph, each walked once. */
class Walks {
  readonly #graph: StageGraph;
  readonly #baseOf: (stage: Stage) => BaseFacts;
  readonly #globals: ReadonlyMap<string, Lookup>;
  readonly #walks = new Map<Stage, StageWalk>();
  readonly #placeOf: (instruction: Instruction) => Place | undefined;

  constructor(graph: StageGraph, baseOf: (stage: Stage) => BaseFacts) {
    this.#graph = graph;
    this.#baseOf = baseOf;
    this.#globals = globalArgs(graph.file, graph.options);
    this.#placeOf = placesOf(graph.stages);
  }

  of(stage: Stage): StageWalk {
    const done = this.#walks.get(stage);
    if (done !== undefined) return done;
    const [outermost = stage, ...inner] = unwalked(stage, this.#walks);
    const below = stageBelow(outermost);
    let last = this.#walk(outermost, below === undefined ? undefined : this.#walks.get(below));
    for (const link of inner) last = this.#walk(link, last);
    return last;
  }

  before(instruction: Instruction): WalkState {
    const place = this.#placeOf(instruction);
    const { states, end } = this.of(place?.stage ?? this.#graph.target);
    return states[place?.position ?? 0] ?? end;
  }

  expand(instruction: Instruction, value: string): Expansion {
    const global = instruction.keyword === "FROM" || this.#placeOf(instruction) === undefined;
    const look = global ? lookIn(this.#globals) : this.before(instruction).look;
    return expandWord(value, this.#graph.file.escape, look);
  }

  #walk(stage: Stage, below: StageWalk | undefined): StageWalk {
    const { file, options } = this.#graph;
    const parent = stage.base.kind === "stage" ? below : undefined;
    const base = parent?.base ?? (below === undefined ? this.#baseOf(stage) : filesAlone(below.base));
    const walk = new StageWalk(stage, base, parent, { escape: file.escape, options, globals: this.#globals });
    this.#walks.set(stage, walk);
    return walk;
  }
}

/** The same stages with another one as the target. */
function seenFrom(target: Stage, graph: StageGraph): StageGraph {
  const chain = chainOf(target);
  return { ...graph, target, chain, base: chain[0]?.base ?? target.base };
}

/** What only says how a container starts. */
const startKeywords: ReadonlySet<string> = new Set([
  "CMD",
  "ENTRYPOINT",
  "ENV",
  "EXPOSE",
  "HEALTHCHECK",
  "LABEL",
  "MAINTAINER",
  "ONBUILD",
  "STOPSIGNAL",
  "VOLUME",
]);

function shippedIn(graph: StageGraph): readonly Shipped[] {
  const own = new Set(ownChain(graph));
  return graph.chain.flatMap((stage) => {
    const copy = stage.base.kind === "scratch" ? stage.base.copied?.by : undefined;
    return stage.instructions
      .filter((one) => one !== copy && (own.has(stage) || !startKeywords.has(one.keyword)))
      .map((instruction): Shipped => ({ instruction, stage }));
  });
}

/** A stage and the local stages that its files come from, outermost first, as far as nobody has walked them yet. */
function unwalked(stage: Stage, walks: ReadonlyMap<Stage, StageWalk>): Stage[] {
  const chain = [stage];
  for (let below = stageBelow(stage); below !== undefined && !walks.has(below); below = stageBelow(below))
    chain.push(below);
  return chain.toReversed();
}

interface Place {
  readonly stage: Stage;
  readonly position: number;
}

/** Finds the stage of an instruction and its place there; a trigger is where its ONBUILD is, FROM before the first. */
function placesOf(stages: readonly Stage[]) {
  const places = new Map<number, Place>();
  for (const stage of stages) {
    places.set(stage.from.index, { stage, position: 0 });
    for (const [position, { index }] of stage.instructions.entries()) places.set(index, { stage, position });
  }
  return (instruction: Instruction) => places.get(instruction.index);
}
