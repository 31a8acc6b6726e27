import type { Span } from "../core/finding.ts";
import type { BaseFacts } from "../image/base-facts.ts";
import type { BuildOptions, Decided, Expansion, Stage, State } from "./build-model.ts";
import { certain, expandWord, isCertain } from "./expand.ts";
import type { Lookup } from "./lexer.ts";
import type { Instruction, WordsInstruction } from "./model.ts";
import { parseContainerfile } from "./parse.ts";
import { joinWorkdir } from "./paths.ts";
import { Variables, type VariablesView, type VariableValue } from "./variables.ts";

/** What every walk through a build shares. */
export interface WalkContext {
  readonly escape: string;
  readonly options: BuildOptions;
  readonly globals: ReadonlyMap<string, Lookup>;
}

/** A trigger that ran right behind FROM; without a span it stands in the base image. */
export interface RunTrigger {
  readonly stage: Stage;
  readonly text: string;
  readonly span: Span | undefined;
}

/** Volumes newest first, so that every state and every stage shares those before it. */
interface Volumes {
  readonly last: Decided<string>;
  readonly before: Volumes | undefined;
}

/** A {@link State} that can also tell what a variable is. */
export interface WalkState extends State {
  readonly look: (name: string) => Lookup;
}

/** Whether a word of `VOLUME ['/a', '/b']`, which is no JSON, is what brackets and commas make of a path: nobody's folder. */
const isOfArray = ({ json, words: [first] }: WordsInstruction, word: string): boolean =>
  !json && first?.value.startsWith("[") === true && /^\[|[\],]$/.test(word);

function listOf(volumes: Volumes | undefined): Decided<string>[] {
  const list: Decided<string>[] = [];
  for (let at = volumes; at !== undefined; at = at.before) list.push(at.last);
  return list.toReversed();
}

/** Whether a user is root, or nobody, which is the same. */
const isRoot = (user: string): boolean => /^(?:root|0*)(?::|$)/.test(user);

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const baseUnknown: Expansion = { value: "", unset: [], unknown: ["base image"] };

/** The instructions of one stage carried out on paper. Every step costs the same, however long the stage is. */
export class StageWalk {
  readonly stage: Stage;
  readonly base: BaseFacts;
  readonly triggers: RunTrigger[] = [];
  /** The state before each instruction of the stage; the last one is the end. */
  readonly states: WalkState[] = [];
  readonly #context: WalkContext;
  readonly #env: Variables;
  readonly #variables: Variables;
  readonly #envKnown: boolean;
  #volumes: Volumes | undefined;
  #user: Decided<Expansion>;
  #workdir: Decided<Expansion>;
  #shell: readonly string[];
  #entrypoint: State["entrypoint"];
  #cmd: State["cmd"];
  #cmdSetHere = false;
  /** What ARG declared in this stage. */
  readonly #arguments = new Set<string>();
  readonly #hasParent: boolean;
  /** What an ARG or ENV gave a value in this stage. */
  readonly #given = new Set<string>();

  /** `parent` is the walk of the local stage that this one is based on. */
  constructor(stage: Stage, base: BaseFacts, parent: StageWalk | undefined, context: WalkContext) {
    this.#hasParent = parent !== undefined;
    this.stage = stage;
    this.base = base;
    this.#context = context;
    const config = base.config.known ? base.config.value : {};
    this.#envKnown = config.env !== undefined;
    if (parent === undefined) {
      this.#env = new Variables();
      this.#variables = new Variables();
      this.#user = this.#fromBase(base.user.known ? certain(base.user.value) : baseUnknown);
      const workdir = config.workingDir;
      this.#workdir = this.#fromBase(
        workdir === undefined ? { ...baseUnknown, value: "/" } : certain(joinWorkdir("/", workdir)),
      );
      this.#shell = config.shell !== undefined && config.shell.length > 0 ? config.shell : ["/bin/sh", "-c"];
      for (const volume of config.volumes ?? []) this.#addVolume(this.#fromBase(volume));
      this.#entrypoint = this.#fromBase(undefined);
      this.#cmd = this.#fromBase(undefined);
      this.#takeEnv(config.env);
    } else {
      const inherited = parent.end;
      this.#env = new Variables(parent.#env.layers());
      this.#variables = new Variables(parent.#variables.layers());
      const { base: from } = stage;
      this.#user =
        from.kind === "stage" && from.doubt !== undefined
          ? this.#fromBase({ ...certain(""), error: from.doubt })
          : inherited.user;
      this.#workdir = inherited.workdir;
      this.#shell = inherited.shell;
      this.#volumes = parent.#volumes;
      this.#entrypoint = inherited.entrypoint;
      this.#cmd = inherited.cmd;
    }
    this.#runTriggers(parent, config.onBuild ?? []);
    for (const instruction of stage.instructions) {
      this.states.push(this.#snapshot());
      this.#step(instruction, instruction);
    }
    this.states.push(this.#snapshot());
  }

  get end(): WalkState {
    return this.states.at(-1) ?? this.#snapshot();
  }

  #fromBase<T>(value: T): Decided<T> {
    return { value, at: undefined, stage: this.stage };
  }

  #takeEnv(env: readonly string[] | undefined): void {
    for (const entry of env ?? []) {
      const equals = entry.indexOf("=");
      this.#setEnv(
        equals === -1 ? entry : entry.slice(0, equals),
        certain(equals === -1 ? "" : entry.slice(equals + 1)),
      );
    }
    // BuildKit gives every image a PATH.
    if (env !== undefined && this.#env.get("PATH") === undefined) this.#setEnv("PATH", certain(defaultPath));
  }

  #setEnv(name: string, expansion: Expansion): void {
    const value = { text: expansion.value, unknown: !isCertain(expansion) };
    this.#env.set(name, value);
    this.#variables.set(name, value);
    this.#given.add(name);
  }

  #addVolume(volume: Decided<string>): void {
    this.#volumes = { last: volume, before: this.#volumes };
  }

  /** ONBUILD of the base image, or of the local stage that this one is based on, runs right behind FROM, once. */
  #runTriggers(parent: StageWalk | undefined, fromImage: readonly string[]): void {
    if (parent === undefined) {
      for (const text of fromImage) {
        this.triggers.push({ stage: this.stage, text, span: undefined });
        for (const instruction of parseContainerfile(text).instructions.slice(0, 1)) this.#step(instruction, undefined);
      }
      return;
    }
    for (const instruction of parent.stage.instructions) {
      if (instruction.keyword !== "ONBUILD" || instruction.trigger === undefined) continue;
      const { trigger } = instruction;
      this.triggers.push({ stage: this.stage, text: trigger.logical.text, span: trigger.span });
      this.#step(trigger, trigger);
    }
  }

  #step(instruction: Instruction, at: Instruction | undefined): void {
    const { stage } = this;
    const look = this.#lookNow();
    const expand = (word: string): Expansion => expandWord(word, this.#context.escape, look);
    switch (instruction.keyword) {
      case "USER":
        this.#user = {
          value: this.#explained(expand(instruction.argument.value), instruction.argument.value),
          at,
          stage,
        };
        return;
      case "WORKDIR":
        this.#workdir = { value: this.#join(expand(instruction.argument.value)), at, stage };
        return;
      case "ENV": {
        const pairs = instruction.pairs.map(
          ({ key, value }) => [expand(key.value).value, expand(value.value)] as const,
        );
        for (const [name, value] of pairs) this.#setEnv(name, value);
        return;
      }
      case "ARG":
        for (const { name, value } of instruction.declarations) this.#declare(name.value, value?.value);
        return;
      case "SHELL":
        this.#shell = instruction.words.map(({ value }) => value);
        return;
      case "VOLUME":
        for (const word of instruction.words) {
          const path = expand(word.value.trim());
          // A path that nobody knows is no path; an empty one is refused by the build.
          if (isCertain(path) && path.value !== "" && !isOfArray(instruction, path.value))
            this.#addVolume({ value: path.value, at, stage });
        }
        return;
      case "ENTRYPOINT":
        this.#entrypoint = { value: at === undefined ? undefined : instruction, at, stage };
        if (!this.#cmdSetHere) this.#cmd = { value: undefined, at, stage };
        return;
      case "CMD":
        this.#cmd = { value: at === undefined ? undefined : instruction, at, stage };
        this.#cmdSetHere = true;
        return;
      case "RUN":
      case "COPY":
      case "ADD":
      case "EXPOSE":
      case "LABEL":
      case "HEALTHCHECK":
      case "STOPSIGNAL":
      case "MAINTAINER":
      case "ONBUILD":
      case "FROM":
      case "UNKNOWN":
    }
  }

  /** A user that the builder stops at (`${x:?word}`) or that the builders disagree on, with why in words. */
  #explained(user: Expansion, written: string): Expansion {
    const [handed] = this.#handedDownIn(written);
    const isDoubtful = handed !== undefined && isCertain(user);
    // Where both have root they agree on what matters.
    if (isDoubtful && !(isRoot(user.value) && isRoot(this.#expandParents(written, "unset").value))) {
      const error = `only an ARG of the stage below gives ${handed} its value, which Buildah before 1.40 does not hand down`;
      return { ...user, error };
    }
    if (user.error !== undefined) {
      const error = `the build stops at USER ${written} (${user.error}) until ARG and --build-arg, or ENV, give it a value`;
      return { ...user, error };
    }
    const why = user.unknown.map((name) => this.#variables.get(name)?.why).find((reason) => reason !== undefined);
    return why === undefined ? user : { ...user, error: why };
  }

  #join(path: Expansion): Expansion {
    if (path.value.startsWith("/") && path.unknown.length === 0)
      return { ...path, value: joinWorkdir("/", path.value) };
    const { value, unset, unknown, error } = this.#workdir.value;
    const before = error ?? path.error;
    return {
      value: joinWorkdir(value, path.value),
      unset: [...unset, ...path.unset],
      unknown: [...unknown, ...path.unknown],
      ...(before === undefined ? {} : { error: before }),
    };
  }

  /**
   * An ARG of a stage: `--build-arg`, else its default, else what the global scope has under its name, else nothing.
   * Where an ENV of the name has another value the builders disagree on which one wins, so nobody knows.
   */
  #declare(name: string, defaultWord: string | undefined): void {
    const isFirst = !this.#arguments.has(name);
    this.#arguments.add(name);
    const value = this.#argument(name, defaultWord);
    const env = this.#env.get(name);
    if (value === undefined) {
      if (isFirst) this.#doubtInherited(name);
      return;
    }
    this.#given.add(name);
    const conflict = env !== undefined && (env.unknown || env.text !== value.value);
    const why = `ENV and ARG give ${name} different values, and the builders do not agree on which one counts`;
    this.#variables.set(name, {
      text: value.value,
      unknown: conflict || !isCertain(value),
      ...(conflict && !env.unknown && isCertain(value) ? { why } : {}),
    });
  }

  /**
   * A bare ARG of what an ARG of the parent stage gave a value: BuildKit keeps that value, Buildah and the classic builder
   * have forgotten it at FROM (tried with podman 4.3.1). What an ENV gave is handed down by all of them.
   */
  #doubtInherited(name: string): void {
    const inherited = this.#variables.get(name);
    if (inherited === undefined || !this.#isHandedDown(name)) return;
    const why = `a bare ARG ${name} keeps the parent stage's value with BuildKit and has none with Buildah`;
    this.#variables.set(name, { text: inherited.text, unknown: true, why });
  }

  /** Whether a name has a value that no ENV gave it. */
  #isHandedDown(name: string): boolean {
    const [value, env] = [this.#variables.get(name), this.#env.get(name)];
    return value !== undefined && (env === undefined || env.unknown || env.text !== value.text);
  }

  /** Whether a name has its value from an ARG of a parent stage alone. */
  #isParents(name: string): boolean {
    return this.#hasParent && !this.#given.has(name) && this.#isHandedDown(name);
  }

  /** The names in a word that have their value from an ARG of a parent stage alone. */
  #handedDownIn(word: string): readonly string[] {
    return this.#expandParents(word, "unknown").unknown.filter((name) => this.#isParents(name));
  }

  /** Expands a word as if what parent stages' ARGs give were not there. */
  #expandParents(word: string, state: "unknown" | "unset"): Expansion {
    const look = this.#lookNow();
    return expandWord(word, this.#context.escape, (name) => (this.#isParents(name) ? { state } : look(name)));
  }

  #argument(name: string, defaultWord: string | undefined): Expansion | undefined {
    const given = this.#context.options.buildArgs?.get(name);
    if (given !== undefined) return certain(given);
    if (defaultWord !== undefined) return expandWord(defaultWord, this.#context.escape, this.#lookNow());
    const global = this.#context.globals.get(name) ?? { state: "unset" };
    if (global.state === "unset") return undefined;
    return global.state === "set" ? certain(global.value) : { value: "", unset: [], unknown: [name] };
  }

  #lookNow(): (name: string) => Lookup {
    return lookIn((name) => this.#variables.get(name), this.#envKnown);
  }

  #snapshot(): WalkState {
    const state = {
      user: this.#user,
      workdir: this.#workdir,
      env: this.#env.view(),
      variables: this.#variables.view(),
      shell: this.#shell,
      entrypoint: this.#entrypoint,
      cmd: this.#cmd,
    };
    return new PlaceState(state, this.#volumes, this.#envKnown);
  }
}

/** What the walk knew at one place. A class: V8 makes a slow dictionary of every literal that has a getter. */
class PlaceState implements WalkState {
  readonly user: State["user"];
  readonly workdir: State["workdir"];
  readonly env: State["env"];
  readonly variables: State["variables"];
  readonly shell: State["shell"];
  readonly entrypoint: State["entrypoint"];
  readonly cmd: State["cmd"];
  readonly look: WalkState["look"];
  readonly #volumes: Volumes | undefined;

  constructor(
    state: Omit<State, "variables" | "volumes"> & { readonly variables: VariablesView },
    volumes: Volumes | undefined,
    envKnown: boolean,
  ) {
    const { variables } = state;
    this.user = state.user;
    this.workdir = state.workdir;
    this.env = state.env;
    this.variables = variables;
    this.shell = state.shell;
    this.entrypoint = state.entrypoint;
    this.cmd = state.cmd;
    this.look = lookIn((name) => variables.look(name), envKnown);
    this.#volumes = volumes;
  }

  get volumes(): State["volumes"] {
    return listOf(this.#volumes);
  }
}

/** Where the base's environment cannot be read, a name that the file does not set may be set there. */
function lookIn(get: (name: string) => VariableValue | undefined, envKnown: boolean): (name: string) => Lookup {
  return (name) => {
    const found = get(name);
    if (found === undefined) return { state: envKnown ? "unset" : "unknown" };
    return found.unknown ? { state: "unknown" } : { state: "set", value: found.text };
  };
}
