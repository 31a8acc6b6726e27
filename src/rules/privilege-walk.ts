/** Carries out what the stages of a build do to files with a setuid bit or capabilities, stage by stage. */
import type { BuildModel, Shipped, Stage, StageGraph } from "../containerfile/build-model.ts";
import { neededStages, stageBelow, usedStage } from "../containerfile/stages.ts";
import type { CopyEffect, Effects } from "../facts/effects.ts";
import { resolvePath } from "../facts/paths.ts";
import { pathsOf } from "./layers.ts";
import { destinationOf, fileMove, sourceOf } from "./moved-files.ts";
import { PrivilegedFiles, type FilePrivilege } from "./privileged-files.ts";
import { setsSetuid, takesSetuid } from "../facts/setuid-modes.ts";
import { operandsOf, programOf } from "./shell-words.ts";

/** More than people need: every look is at one file. */
const mostLooks = 20_000;

/** What is known of what ships, or of a stage that does not. */
export interface ReadBuild {
  readonly model: BuildModel;
  readonly effects: Effects;
}

interface Event {
  /** Its place in the text. */
  readonly start: number;
  readonly happen: (files: PrivilegedFiles) => void;
}

/** Tools that make folders, and those that leave the content of what they write as it is. */
const folderMakers: ReadonlySet<string> = new Set(["mkdir"]);
const keepers: ReadonlySet<string> = new Set(["touch", "ln", "mv"]);

/** Stages whose files a stage starts with or copies. */
function usedBy(stage: Stage): ReadonlySet<Stage> {
  const below = stageBelow(stage);
  return new Set(below === undefined ? stage.uses : [...stage.uses, below]);
}

export class PrivilegeWalk {
  readonly #graph: StageGraph;
  readonly #left = { files: mostLooks };
  readonly #ends = new Map<Stage, PrivilegedFiles>();
  readonly #events = new Map<Stage, Event[]>();

  constructor(graph: StageGraph, builds: readonly ReadBuild[]) {
    this.#graph = graph;
    for (const build of builds) this.#collect(build);
  }

  /** The files of the target. */
  atTheEnd(): readonly FilePrivilege[] {
    const { target } = this.#graph;
    // What a stage is based on, or copies from, stands above it.
    const stages = [...neededStages(target)].toSorted((left, right) => left.index - right.index);
    const users = new Map<Stage, number>();
    for (const stage of stages) for (const used of usedBy(stage)) users.set(used, (users.get(used) ?? 0) + 1);
    for (const stage of stages) {
      const below = stageBelow(stage);
      const from = below === undefined ? undefined : this.#ends.get(below);
      const isLast = below !== undefined && users.get(below) === 1;
      const files = isLast && from !== undefined ? from : new PrivilegedFiles(this.#left, from);
      for (const { happen } of (this.#events.get(stage) ?? []).toSorted((a, b) => a.start - b.start)) happen(files);
      this.#ends.set(stage, files);
    }
    return this.#ends.get(target)?.result() ?? [];
  }

  /** What the stages of a build do that no other has told of. Of one command, what it writes comes first. */
  #collect({ model, effects }: ReadBuild): void {
    const fresh = new Set(model.graph.chain.filter((stage) => !this.#events.has(stage)));
    for (const stage of fresh) this.#events.set(stage, []);
    const add = ({ stage }: Shipped, { start }: { readonly start: number }, happen: Event["happen"]): void => {
      if (fresh.has(stage)) this.#events.get(stage)?.push({ start, happen });
    };
    for (const { at, command, path, isUnnamed, certain } of effects.writes) {
      const program = programOf(command);
      if (!certain || isUnnamed || command.conditional || keepers.has(program)) continue;
      add(at, command.span, (files) =>
        folderMakers.has(program) ? files.madeFolder(path) : files.take("capabilities", path),
      );
    }
    for (const { at, command } of effects.commands) {
      if (programOf(command) === "setcap" && command.words.some(({ value }) => value === "-r")) {
        const paths = operandsOf(command).map((path) => resolvePath(command.cwd ?? "/", path));
        add(at, command.span, (files) => paths.forEach((path) => files.take("capabilities", path)));
      }
      const { family } = model.baseOf(at.stage);
      const isBusyBox = family.known && (family.value === "alpine" || family.value === "busybox");
      const move = command.conditional ? undefined : fileMove(command, !isBusyBox);
      if (move !== undefined) add(at, command.span, (files) => files.move(move));
    }
    for (const change of effects.owners) add(change.at, change.command.span, (files) => files.chown(change));
    for (const by of effects.capabilities)
      add(by.at, by.command.span, (files) => {
        for (const path of pathsOf(by))
          files.put({ kind: "capabilities", path, by, via: undefined, lostTo: undefined });
      });
    for (const by of effects.modes) {
      const sets = setsSetuid(by.mode);
      if (!sets && !takesSetuid(by.mode)) continue;
      add(by.at, by.command.span, (files) => {
        for (const path of pathsOf(by)) {
          if (sets) files.put({ kind: "setuid", path, by, via: undefined, lostTo: undefined });
          else files.take("setuid", path);
        }
      });
    }
    for (const copy of effects.copies)
      add(copy.at, copy.at.instruction.span, (files) => this.#bring(copy, model, files));
  }

  /** COPY and ADD: of another stage's files with what they have, else without. */
  #bring({ at, destination }: CopyEffect, model: BuildModel, files: PrivilegedFiles): void {
    const { instruction, stage } = at;
    if (destination === undefined) return;
    const name = instruction.flags.find((flag) => flag.name === "from")?.value;
    const from = name === undefined ? undefined : usedStage(stage, name);
    const there = from === undefined ? undefined : this.#ends.get(from);
    const { workdir } = model.before(instruction);
    const written = destinationOf(instruction.destination.value);
    const to = {
      path: resolvePath("/", destination),
      isFolder:
        written.isFolder ||
        destinationOf(destination).isFolder ||
        instruction.sources.length > 1 ||
        resolvePath("/", destination) === workdir.value.value,
    };
    for (const { value } of instruction.sources) {
      const { value: path, unknown } = model.expand(instruction, value);
      if (unknown.length > 0) continue;
      const source = sourceOf(path);
      for (const landed of files.land(source, there?.matching(source) ?? [], to, false))
        files.put({ ...landed.file, path: landed.path, via: { instruction, stage } });
    }
  }
}
