import type { Span } from "../core/finding.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { BuildOptions, Stage, StageBase, StageGraph } from "./build-model.ts";
import { expandWord } from "./expand.ts";
import { globalArgs, lookIn } from "./global-args.ts";
import { referenceFault } from "./image-reference.ts";
import type { Lookup } from "./lexer.ts";
import type { Containerfile, FromInstruction, Instruction, SyntaxFault } from "./model.ts";
import { contextNamed, type NamedContexts } from "./named-contexts.ts";
import { readMount } from "./run-mounts.ts";

/** Why the stages cannot be built as asked, with the place in the file where there is one. */
export interface StageFault {
  readonly message: string;
  readonly hint?: string;
  readonly span?: Span;
}

type MutableStage = Omit<Stage, "uses" | "base"> & { uses: Stage[]; base: StageBase };

/** What a name can mean. */
interface Scope {
  readonly names: ReadonlyMap<string, MutableStage>;
  readonly repeated: ReadonlySet<string>;
  readonly contexts: NamedContexts | undefined;
}

/** Where each stage first names those that it copies or mounts from. */
type UsePlaces = ReadonlyMap<Stage, ReadonlyMap<Stage, Span>>;

/**
 * Finds the stages of a file, what each builds on, and which one is built. Names are as BuildKit takes them: an alias
 * is lower-cased, `FROM` looks a name up as it is written, `COPY --from` and `--target` in any case; of a repeated name
 * the later stage wins. An unknown target, a base that cannot be an image name, stages that copy from themselves or from
 * what does not exist, and what BuildKit refuses as it builds a stage that the target needs are refused.
 */
export function resolveStages(file: Containerfile, options: BuildOptions): Result<StageGraph, StageFault> {
  const args = globalArgs(file, options);
  const stages: MutableStage[] = [];
  const names = new Map<string, MutableStage>();
  const repeated = new Set<string>();
  const { contexts } = options;
  const scope: Scope = { names, repeated, contexts };
  for (const { from, instructions } of splitAtFrom(file.instructions)) {
    const base = readBase(from, file.escape, args, scope);
    if (!base.ok) return base;
    const name = from.alias?.value.toLowerCase();
    const index = stages.length;
    const stage = {
      index,
      name,
      label: name ?? String(index),
      from,
      instructions,
      base: base.value,
      uses: [],
    };
    stages.push(stage);
    if (name === undefined) continue;
    if (names.has(name)) repeated.add(name);
    names.set(name, stage);
  }
  const target = findTarget(options.target, stages, names);
  if (!target.ok) return target;
  const places = new Map<Stage, ReadonlyMap<Stage, Span>>();
  for (const stage of stages) {
    const uses = findUses(stage, stages, scope);
    if (!uses.ok) return uses;
    stage.uses = [...uses.value.keys()];
    if (stage.base.kind === "scratch") stage.base = overScratch(stage, stages, scope);
    places.set(stage, uses.value);
  }
  const fault =
    circleIn(stages, places) ??
    copiesFromLater(target.value, places) ??
    faultWhenBuilt(file.errors, stages, target.value);
  if (fault !== undefined) return err(fault);
  const chain = chainOf(target.value);
  return ok({
    file,
    stages,
    target: target.value,
    chain,
    base: chain[0]?.base ?? target.value.base,
    globalArgs: declaredArgs(file, args),
    options,
  });
}

function splitAtFrom(instructions: readonly Instruction[]): { from: FromInstruction; instructions: Instruction[] }[] {
  const groups: { from: FromInstruction; instructions: Instruction[] }[] = [];
  for (const instruction of instructions) {
    if (instruction.keyword === "FROM") groups.push({ from: instruction, instructions: [] });
    else groups.at(-1)?.instructions.push(instruction);
  }
  return groups;
}

function readBase(
  from: FromInstruction,
  escape: string,
  args: ReadonlyMap<string, Lookup>,
  { names, repeated, contexts }: Scope,
): Result<StageBase, StageFault> {
  const written = from.image.value;
  const { span } = from.image;
  const empty: string[] = [];
  const { value, unset, unknown, error } = expandWord(written, escape, (name) => {
    const found = lookIn(args)(name);
    if (found.state === "set" && found.value === "") empty.push(name);
    return found;
  });
  if (error !== undefined) {
    const hint = "give it a value: by an ARG above the first FROM, with a default or --build-arg";
    return err({ message: `the build stops at FROM ${written} (${error})`, hint, span });
  }
  if (unknown.length > 0) {
    return ok({
      kind: "unknown",
      why: `FROM ${written} depends on ${unknown.join(", ")}, which only the build knows`,
    });
  }
  const context = contextNamed(contexts, value);
  if (context?.kind === "image") return ok({ kind: "image", reference: context.reference });
  if (context !== undefined) {
    return ok({
      kind: "unknown",
      why: `FROM ${written} is the build context ${context.value}, which only the build reads`,
    });
  }
  const stage = names.get(value);
  if (stage !== undefined && repeated.has(value)) {
    const doubt = `more than one stage is called ${value}, and the builders do not agree on which of them FROM takes`;
    return ok({ kind: "stage", stage, doubt });
  }
  if (stage !== undefined) return ok({ kind: "stage", stage });
  if (value === "scratch") return ok({ kind: "scratch" });
  const fault = value === "" ? "the name is empty" : referenceFault(value);
  const [missing = empty[0]] = unset;
  const gap = missing === undefined ? undefined : `FROM ${written}: ${whyEmpty(missing, args.get(missing))}`;
  if (fault === undefined) {
    return ok({ kind: "image", reference: value, ...(gap === undefined ? {} : { gap }) });
  }
  if (gap !== undefined) return ok({ kind: "unknown", why: gap });
  const alias = names.get(value.toLowerCase());
  const hint =
    alias?.name === undefined
      ? undefined
      : `write FROM ${alias.name}: BuildKit finds a stage by its name in lower case only, Buildah also as it is written`;
  const message = `FROM ${written} is neither a stage nor an image: ${fault}`;
  return err(hint === undefined ? { message, span } : { message, hint, span });
}

function whyEmpty(name: string, found: Lookup | undefined): string {
  if (found === undefined) {
    return `${name} is not declared above the first FROM, so it is empty here (put ARG ${name} there, with a default or --build-arg ${name}=…)`;
  }
  const how = `give it with --build-arg ${name}=…`;
  return found.state === "set" ? `${name} is empty here (${how})` : `${name} has no value here (${how})`;
}

function findTarget(
  target: string | undefined,
  stages: readonly MutableStage[],
  names: ReadonlyMap<string, MutableStage>,
): Result<MutableStage, StageFault> {
  const last = stages.at(-1);
  if (last === undefined) return err({ message: "the file has no stage: there is no FROM" });
  if (target === undefined) return ok(last);
  const found =
    names.get(target.toLowerCase()) ?? (/^(?:0|[1-9]\d*)$/.test(target) ? stages[Number(target)] : undefined);
  if (found !== undefined) return ok(found);
  const known = stages.map(({ name, label }) => name ?? label).join(", ");
  return err({
    message: `there is no stage ${JSON.stringify(target)} to build`,
    hint: `the stages are: ${known}`,
  });
}

/** The local stage whose files a stage starts with: the one that it is based on, or that is copied whole over `scratch`. */
export function stageBelow({ base }: Stage): Stage | undefined {
  if (base.kind === "stage") return base.stage;
  return base.kind === "scratch" ? base.copied?.stage : undefined;
}

/** A stage and the local stages that its files come from, outermost first. */
export function chainOf(stage: Stage): Stage[] {
  const chain = [stage];
  for (let below = stageBelow(stage); below !== undefined; below = stageBelow(below)) chain.push(below);
  return chain.toReversed();
}

/**
 * The stages of what ships that layers and configuration come from, outermost first: behind the last FROM of no local
 * stage. A stage that is copied whole hands over one layer, and none of its configuration.
 */
export const ownChain = ({ chain }: Pick<StageGraph, "chain">): readonly Stage[] =>
  chain.slice(chain.findLastIndex(({ base }) => base.kind !== "stage"));

const writesFiles: ReadonlySet<string> = new Set(["ADD", "COPY", "RUN", "WORKDIR"]);
const rootFolder = /^(?:\/|\.\/?)$/;

/** `FROM scratch` and, before anything else is written, `COPY --from=STAGE / /`: the files of the stage, in one layer. */
function overScratch({ instructions }: Stage, stages: readonly Stage[], scope: Scope): StageBase {
  const kind = "scratch";
  const by = instructions.find(({ keyword }) => writesFiles.has(keyword));
  if (by?.keyword !== "COPY" || by.heredocs.length > 0) return { kind };
  const [source, ...more] = by.sources;
  const [from] = sourcesOf(by);
  const isWhole =
    more.length === 0 &&
    by.flags.every(({ name }) => name === "from" || name === "link") &&
    [source, by.destination].every((word) => word !== undefined && rootFolder.test(word.value));
  const stage = isWhole && from !== undefined ? stageCalled(from.from, stages, scope) : undefined;
  return stage === undefined ? { kind } : { kind, copied: { stage, by } };
}

/** The stage that a COPY --from names: by an index, or by a name in any case. */
function stageCalled(from: string, stages: readonly Stage[], { names, contexts }: Scope): Stage | undefined {
  if (contextNamed(contexts, from) !== undefined) return undefined;
  return isIndex(from) ? stages[Number(from)] : names.get(from.toLowerCase());
}

/** The stage that a COPY --from of a stage names, of those that it uses; `undefined` for an image and a build context. */
export function usedStage({ uses }: Stage, from: string): Stage | undefined {
  if (isIndex(from)) return uses.findLast(({ index }) => index === Number(from));
  const called = from.toLowerCase();
  return uses.findLast(({ name }) => name === called);
}

const isIndex = (from: string): boolean => /^[+-]?\d+$/.test(from);

/** What a stage copies and mounts from, and where it says so first; triggers of a local base run in it too. */
function findUses(stage: Stage, stages: readonly Stage[], scope: Scope): Result<ReadonlyMap<Stage, Span>, StageFault> {
  const { names, contexts } = scope;
  const inherited =
    stage.base.kind === "stage"
      ? stage.base.stage.instructions.flatMap((one) =>
          one.keyword === "ONBUILD" && one.trigger !== undefined ? [one.trigger] : [],
        )
      : [];
  const uses = new Map<Stage, Span>();
  for (const instruction of [...inherited, ...stage.instructions]) {
    for (const { from, span } of sourcesOf(instruction)) {
      if (contextNamed(contexts, from) !== undefined) continue;
      const isCopy = instruction.keyword === "COPY";
      const used = isCopy ? stageCalled(from, stages, scope) : names.get(from.toLowerCase());
      if (isCopy && isIndex(from) && used === undefined) {
        return err({ message: `COPY --from=${from}: there is no stage with this index`, span });
      }
      if (used === stage) return err({ message: `the stage ${stage.label} copies from itself (--from=${from})`, span });
      if (used !== undefined && !uses.has(used)) uses.set(used, span);
      const fault = used === undefined && !from.includes("$") ? referenceFault(from) : undefined;
      if (fault !== undefined)
        return err({ message: `${instruction.keyword}: from=${from} is neither a stage nor an image: ${fault}`, span });
    }
  }
  return ok(uses);
}

/** The values of COPY --from and RUN --mount=…,from= of one instruction. */
function sourcesOf(instruction: Instruction): readonly { readonly from: string; readonly span: Span }[] {
  if (instruction.keyword !== "COPY" && instruction.keyword !== "RUN") return [];
  return instruction.flags.flatMap(({ name, value = "", valueSpan }) => {
    if (instruction.keyword === "COPY")
      return name === "from" && value !== "" ? [{ from: value, span: valueSpan }] : [];
    if (name !== "mount") return [];
    const from = readMount(value)?.findLast(({ key }) => key === "from")?.value ?? "";
    return from === "" ? [] : [{ from, span: valueSpan }];
  });
}

/** A stage that copies from itself over others. Only copying from a later stage can close a circle. */
function circleIn(stages: readonly Stage[], places: UsePlaces): StageFault | undefined {
  for (const stage of stages) {
    const later = laterUse(stage);
    if (later === undefined) continue;
    const reached = new Set(stage.uses);
    for (const used of reached) for (const next of used.uses) reached.add(next);
    if (reached.has(stage)) {
      return {
        message: `the stage ${stage.label} copies from a stage that copies from it`,
        span: places.get(stage)?.get(later) ?? stage.from.span,
      };
    }
  }
  return undefined;
}

/** A stage that the target needs and that copies from one built later. */
function copiesFromLater(target: Stage, places: UsePlaces): StageFault | undefined {
  for (const stage of neededStages(target)) {
    const later = laterUse(stage);
    if (later !== undefined) {
      return {
        message: `the stage ${stage.label} copies from the stage ${later.label}, which stands behind it`,
        hint: "move the stage that is copied from further up",
        span: places.get(stage)?.get(later) ?? stage.from.span,
      };
    }
  }
  return undefined;
}

/** The first fault in what the build of the target carries out; ARGs above the first FROM are always carried out. */
function faultWhenBuilt(
  errors: readonly SyntaxFault[],
  stages: readonly Stage[],
  target: Stage,
): SyntaxFault | undefined {
  const needed = neededStages(target);
  let next = 0;
  return errors.find(({ whenBuilt, span }) => {
    if (whenBuilt !== true) return false;
    while ((stages[next]?.from.span.start ?? Infinity) <= span.start) next++;
    const stage = stages[next - 1];
    return stage === undefined || needed.has(stage);
  });
}

const laterUse = (stage: Stage): Stage | undefined => stage.uses.find(({ index }) => index > stage.index);

/** Every stage that the build of `target` needs: bases and what is copied from, in any depth; `target` included. */
export function neededStages(target: Stage): ReadonlySet<Stage> {
  const needed = new Set<Stage>([target]);
  for (const stage of needed) {
    if (stage.base.kind === "stage") needed.add(stage.base.stage);
    for (const used of stage.uses) needed.add(used);
  }
  return needed;
}

/** The needed stages that do not ship and that no other of them is based on, in file order. */
export function builderStages({ target, chain }: StageGraph): readonly Stage[] {
  const shipped = new Set(chain);
  const builders = [...neededStages(target)].filter((stage) => !shipped.has(stage));
  const bases = new Set(builders.map(stageBelow));
  return builders.filter((stage) => !bases.has(stage)).toSorted((left, right) => left.index - right.index);
}

function declaredArgs(file: Containerfile, args: ReadonlyMap<string, Lookup>): ReadonlyMap<string, string | undefined> {
  const declared = new Map<string, string | undefined>();
  for (const instruction of file.instructions) {
    if (instruction.keyword === "FROM") break;
    if (instruction.keyword !== "ARG") continue;
    for (const { name } of instruction.declarations) {
      const found = args.get(name.value);
      declared.set(name.value, found?.state === "set" ? found.value : undefined);
    }
  }
  return declared;
}
