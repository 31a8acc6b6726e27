/** Known software that what ships brings: installed or unpacked by an instruction, or the base image itself. */
import type { BuildModel } from "../containerfile/build-model.ts";
import type { Instruction } from "../containerfile/model.ts";
import { managerKey, softwareForDownload, softwareForImage, softwareForPackages } from "./match-software.ts";
import type { Software } from "./software.ts";
import type { Effects } from "../facts/effects.ts";

export interface FoundSoftware {
  readonly software: Software;
  /** The RUN that installs it, or the instruction that fetches its archive; `undefined` when the base image brings it. */
  readonly at: Instruction | undefined;
  /** The package manager that installs it, as recipes call it. */
  readonly manager?: string;
}

/** Each software once, at the first place that brings it. */
export function findSoftware(model: BuildModel, effects: Effects): readonly FoundSoftware[] {
  const found = new Map<string, FoundSoftware>();
  const { base } = model.graph;
  if (base.kind === "image") {
    for (const software of softwareForImage(base.reference)) found.set(software.id, { software, at: undefined });
  }
  for (const { manager, packages, at } of effects.packages) {
    if (packages.length === 0) continue;
    for (const software of softwareForPackages(manager, packages)) {
      if (!found.has(software.id))
        found.set(software.id, { software, at: at.instruction, manager: managerKey(manager) });
    }
  }
  for (const { instruction } of model.shipped) {
    for (const software of softwareForDownload(namedBy(instruction))) {
      if (!found.has(software.id)) found.set(software.id, { software, at: instruction });
    }
  }
  return [...found.values()];
}

/** What an instruction may fetch or bring, as it is written. */
function namedBy(instruction: Instruction): string {
  if (instruction.keyword === "ADD" || instruction.keyword === "COPY")
    return instruction.sources.map(({ value }) => value).join(" ");
  if (instruction.keyword !== "RUN" || instruction.command.form !== "shell") return "";
  return [instruction.command.command, ...instruction.heredocs.map(({ body }) => body)].join("\n");
}
