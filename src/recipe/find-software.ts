/** Known software that what ships brings: installed, unpacked or given files by an instruction, or the base image itself. */
import type { BuildModel } from "../containerfile/build-model.ts";
import type { Instruction } from "../containerfile/model.ts";
import {
  managerKey,
  softwareForDownload,
  softwareForImage,
  softwareForPackages,
  softwareWithFolders,
} from "./match-software.ts";
import type { Software } from "./software.ts";
import { contextCopies, contextSources, type ContextCopy } from "../facts/context-copies.ts";
import type { Effects } from "../facts/effects.ts";
import { isWithin } from "../facts/paths.ts";

type ListContext = (folder: string) => readonly string[];

export interface FoundSoftware {
  readonly software: Software;
  /**
   * The RUN that installs it, the instruction that fetches its archive or gives it files; `undefined` when the base image
   * brings it.
   */
  readonly at: Instruction | undefined;
  /** The package manager that installs it, as recipes call it. */
  readonly manager?: string;
}

/**
 * Each software once, at the first place that brings it.
 * @param listContext tells what is right in a folder of the context.
 */
export function findSoftware(
  model: BuildModel,
  effects: Effects,
  listContext: ListContext = () => [],
): readonly FoundSoftware[] {
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
  for (const one of givenFiles(model, listContext)) if (!found.has(one.software.id)) found.set(one.software.id, one);
  return [...found.values()];
}

/** Software that a COPY gives files: it is the base's, where the base may start it. */
function* givenFiles(model: BuildModel, listContext: ListContext): Generator<FoundSoftware> {
  const { config } = model.base;
  for (const software of softwareWithFolders()) {
    const copy = contextCopies(model).find((one) => isFor(one, software, listContext));
    if (copy === undefined) continue;
    const isOfBase =
      !config.known || config.value.entrypoint?.some((word) => software.commands.includes(word)) === true;
    yield { software, at: isOfBase ? undefined : copy.instruction };
  }
}

const isFor = (copy: ContextCopy, { folders = [] }: Software, listContext: ListContext): boolean =>
  folders.some(
    (folder) =>
      (copy.destination !== undefined && isWithin(folder, copy.destination)) ||
      contextSources(copy, folder).some((path) => listContext(path).length > 0),
  );

/** What an instruction may fetch or bring, as it is written. */
function namedBy(instruction: Instruction): string {
  if (instruction.keyword === "ADD" || instruction.keyword === "COPY")
    return instruction.sources.map(({ value }) => value).join(" ");
  if (instruction.keyword !== "RUN" || instruction.command.form !== "shell") return "";
  return [instruction.command.command, ...instruction.heredocs.map(({ body }) => body)].join("\n");
}
