/**
 * What a build of a Containerfile would do: stages, and the state that holds at every instruction.
 * `stages.ts` finds the stages (needs only the text and build arguments), `state.ts` the states (needs the bases' facts).
 */
import type { Span } from "../core/finding.ts";
import type { BaseFacts } from "../image/base-facts.ts";
import type { NamedContexts } from "./named-contexts.ts";
import type { CmdInstruction, Containerfile, EntrypointInstruction, FromInstruction, Instruction } from "./model.ts";

export interface BuildOptions {
  /** `--target`: a stage name (any case) or index; the last stage otherwise. */
  readonly target?: string;
  readonly buildArgs?: ReadonlyMap<string, string>;
  /** `linux/amd64`; decides the platform ARGs. */
  readonly platform?: string;
  /** `--build-context`: what FROM, COPY --from and mounts find by these names. */
  readonly contexts?: NamedContexts;
}

/** The result of expanding a word. `unset` names variables that had no value; `guessed` those nobody can know here. */
export interface Expansion {
  /** Quotes removed, variables replaced. Meaningless where `unknown` is not empty. */
  readonly value: string;
  /** Variables that are unset, so expand to the empty string. */
  readonly unset: readonly string[];
  /** Variables whose value depends on what is not known here (ENV and ARG of one name, an unreadable base's ENV). */
  readonly unknown: readonly string[];
  /**
   * Set when the form is an error in BuildKit (`${x:?word}` unset, an unsupported modifier); in the user of a state also
   * when the builders disagree. It says why the value cannot be relied on.
   */
  readonly error?: string;
}

export type StageBase =
  /** `doubt`: why Buildah may build on another stage than BuildKit, which takes this one. */
  | { readonly kind: "stage"; readonly stage: Stage; readonly doubt?: string }
  /** `copied`: a stage whose files are all copied over it before anything else. */
  | { readonly kind: "scratch"; readonly copied?: { readonly stage: Stage; readonly by: Instruction } }
  /** `reference` as expanded, not normalised; `gap`: which of its variables is empty here, and may not be elsewhere. */
  | { readonly kind: "image"; readonly reference: string; readonly gap?: string }
  /** An ARG without a value here, or a build context of files: nobody can know the base. */
  | { readonly kind: "unknown"; readonly why: string };

export interface Stage {
  readonly index: number;
  /** Lower-cased; `undefined` without AS. */
  readonly name: string | undefined;
  /** What findings call it: the name, or the index as a string. */
  readonly label: string;
  readonly from: FromInstruction;
  /** Of this stage, without its FROM. */
  readonly instructions: readonly Instruction[];
  readonly base: StageBase;
  /** Stages that this one copies or mounts from. */
  readonly uses: readonly Stage[];
}

export interface StageGraph {
  readonly file: Containerfile;
  readonly stages: readonly Stage[];
  readonly target: Stage;
  /**
   * What ships: the target and the stages that its files come from, outermost first: those it is based on, and one that is
   * copied whole over `scratch` (see {@link StageBase}).
   */
  readonly chain: readonly Stage[];
  /** The chain's first stage's base: scratch, an image, or unknown. */
  readonly base: StageBase;
  /** ARGs before the first FROM, with their values. */
  readonly globalArgs: ReadonlyMap<string, string | undefined>;
  readonly options: BuildOptions;
}

/** A value with the instruction that decided it; `at` is undefined when it comes from the base image. */
export interface Decided<T> {
  readonly value: T;
  readonly at: Instruction | undefined;
  readonly stage: Stage;
}

/** What starts with the container. */
export type Starter = EntrypointInstruction | CmdInstruction;

/**
 * The state in force *before* an instruction runs (for the final state: after the last one).
 * Everything is inherited through local stages from the base image.
 */
export interface State {
  /** `config.User` as it would be stored; its expansion tells whether it is certain. */
  readonly user: Decided<Expansion>;
  /** Absolute, normalised; `/` without any WORKDIR. */
  readonly workdir: Decided<Expansion>;
  /** ENV only (not ARG), with base ENV in it. */
  readonly env: ReadonlyMap<string, string>;
  /** Everything words and RUN see: ENV and ARG. */
  readonly variables: ReadonlyMap<string, string>;
  readonly shell: readonly string[];
  readonly volumes: readonly Decided<string>[];
  readonly entrypoint: Decided<EntrypointInstruction | undefined>;
  readonly cmd: Decided<CmdInstruction | undefined>;
}

export interface BuildModel {
  readonly graph: StageGraph;
  readonly base: BaseFacts;
  /** The base facts a stage's own chain ends in (builder stages have other bases than the target). */
  baseOf(stage: Stage): BaseFacts;
  /** The state before an instruction (an instruction of any stage that the target needs). */
  before(instruction: Instruction): State;
  /** The state at the end of a stage. */
  after(stage: Stage): State;
  /** Expands a word as it would be at that instruction. */
  expand(instruction: Instruction, value: string): Expansion;
  /**
   * Instructions that ship, in build order: those of every stage of `graph.chain`. FROMs are left out, and so is the COPY
   * of a whole stage, whose instructions stand in its place: of these, not what only says how a container starts.
   */
  readonly shipped: readonly Shipped[];
  /** ONBUILD triggers of a base image or parent stage that run right behind FROM, in order, are part of the state. */
  readonly triggers: readonly {
    readonly stage: Stage;
    readonly text: string;
    readonly span: Span | undefined;
  }[];
  /** Whether the target is a stage that the build needs and that does not ship, as in {@link BuildModel.builders}. */
  readonly isBuilder: boolean;
  /**
   * What the build carries out beside what ships: a model for each stage that is copied or mounted from and that no other
   * such stage is based on, as if it were the target. They share what was walked.
   */
  builders(): Iterable<BuildModel>;
}

export interface Shipped {
  readonly instruction: Instruction;
  readonly stage: Stage;
}
