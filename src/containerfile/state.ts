import type { BaseFacts } from "../image/base-facts.ts";
import type { BuildModel, Shipped, Stage, StageGraph } from "./build-model.ts";
import { expandWord } from "./expand.ts";
import { globalArgs, lookIn } from "./global-args.ts";
import type { Instruction } from "./model.ts";
import { builderStages, chainOf, neededStages } from "./stages.ts";
import { StageWalk, type WalkState } from "./stage-walk.ts";

/**
 * Works out what a build of the graph does: the state before every instruction, inherited through local stages from
 * the base image's configuration. `baseOf` tells the facts of the base that a stage's own chain ends in; it is asked
 * with the stage at that end. Stages are walked when they are first asked about.
 */
export function computeBuild(graph: StageGraph, baseOf: (stage: Stage) => BaseFacts): BuildModel {
  const { escape } = graph.file;
  const globals = globalArgs(graph.file, graph.options);
  const walks = new Map<Stage, StageWalk>();
  const placeOf = placesOf(graph.stages);

  const walkOne = (stage: Stage, parent: StageWalk | undefined): StageWalk => {
    const base = parent?.base ?? baseOf(stage);
    const walk = new StageWalk(stage, base, parent, { escape, options: graph.options, globals });
    walks.set(stage, walk);
    return walk;
  };

  const walk = (stage: Stage): StageWalk => {
    const done = walks.get(stage);
    if (done !== undefined) return done;
    const [outermost = stage, ...inner] = unwalked(stage, walks);
    let last = walkOne(outermost, outermost.base.kind === "stage" ? walks.get(outermost.base.stage) : undefined);
    for (const link of inner) last = walkOne(link, last);
    return last;
  };

  const before = (instruction: Instruction): WalkState => {
    const place = placeOf(instruction);
    const { states, end } = walk(place?.stage ?? graph.target);
    return states[place?.position ?? 0] ?? end;
  };

  const modelOf = (seen: StageGraph, isBuilder: boolean): BuildModel => ({
    graph: seen,
    get base() {
      return walk(seen.target).base;
    },
    baseOf: (stage) => walk(stage).base,
    before,
    after: (stage) => walk(stage).end,
    expand: (instruction, value) => {
      const global = instruction.keyword === "FROM" || placeOf(instruction) === undefined;
      return expandWord(value, escape, global ? lookIn(globals) : before(instruction).look);
    },
    shipped: seen.chain.flatMap((stage) => stage.instructions.map((instruction): Shipped => ({ instruction, stage }))),
    get triggers() {
      return [...neededStages(seen.target)]
        .toSorted((left, right) => left.index - right.index)
        .flatMap((stage) => walk(stage).triggers);
    },
    isBuilder,
    *builders() {
      for (const stage of isBuilder ? [] : builderStages(seen)) yield modelOf(seenFrom(stage, seen), true);
    },
  });
  return modelOf(graph, false);
}

/** The same stages with another one as the target. */
function seenFrom(target: Stage, graph: StageGraph): StageGraph {
  const chain = chainOf(target);
  return { ...graph, target, chain, base: chain[0]?.base ?? target.base };
}

/** A stage and the local stages it is based on, outermost first, as far as nobody has walked them yet. */
function unwalked(stage: Stage, walks: ReadonlyMap<Stage, StageWalk>): Stage[] {
  const chain = [stage];
  for (let { base } = stage; base.kind === "stage" && !walks.has(base.stage); base = base.stage.base)
    chain.push(base.stage);
  return chain.toReversed();
}

/** Finds the stage of an instruction and its place there; a trigger is where its ONBUILD is, FROM before the first. */
function placesOf(stages: readonly Stage[]) {
  const places = new Map<number, { readonly stage: Stage; readonly position: number }>();
  for (const stage of stages) {
    places.set(stage.from.index, { stage, position: 0 });
    for (const [position, { index }] of stage.instructions.entries()) places.set(index, { stage, position });
  }
  return (instruction: Instruction) => places.get(instruction.index);
}
