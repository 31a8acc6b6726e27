import { expandedWords } from "./check-expansion.ts";
import type { BuilderDifference, CommandForm, Instruction } from "./model.ts";
import type { Scan } from "./scan.ts";

/**
 * Finds the places that Buildah's parser (imagebuilder) reads otherwise than BuildKit's; both readings are told.
 * What neither of them builds is an error elsewhere and not repeated here.
 */
export function buildDifferences(scanned: Scan, instructions: readonly Instruction[]): BuilderDifference[] {
  const differences: BuilderDifference[] = [];
  for (const { doubledEscapes } of scanned.instructions) {
    for (const span of doubledEscapes) {
      differences.push({
        span,
        message: "BuildKit ends the instruction at a doubled escape character, Buildah goes on with the next line",
      });
    }
  }
  const escape = scanned.directives.find(({ key }) => key === "escape");
  if (escape !== undefined && scanned.directives[0] !== escape) {
    differences.push({
      span: escape.span,
      message: "BuildKit honours this escape directive, Buildah only one on the first line",
    });
  }
  for (const instruction of instructions) differences.push(...findIn(instruction));
  differences.push(...stagesByIndex(instructions));
  return differences.toSorted((left, right) => left.span.start - right.span.start);
}

/** Flags that BuildKit knows and Buildah refuses. */
const unknownToBuildah: Readonly<Record<string, readonly string[]>> = {
  ADD: ["unpack"],
  RUN: ["security", "device"],
};

function* findIn(instruction: Instruction): Generator<BuilderDifference> {
  const { keyword, flags, heredocs } = instruction;
  for (const { name, value, span } of flags) {
    if (unknownToBuildah[keyword]?.includes(name) === true)
      yield { span, message: `BuildKit knows --${name}, Buildah refuses it` };
    if (name === "chmod" && (keyword === "COPY" || keyword === "ADD") && /^[ugoa]*[-+=]/.test(value ?? ""))
      yield { span, message: "BuildKit takes a symbolic --chmod, Buildah an octal number only" };
  }
  for (const { span } of heredocs)
    yield { span, message: "BuildKit reads a here-document, Buildah before 1.33 takes its lines for instructions" };
  for (const { value, span } of expandedWords(instruction)) {
    if (/(?<!\\)\$\{\w+[-+?]/.test(value))
      yield { span, message: "BuildKit knows ${x-w}, ${x+w} and ${x?w}, Buildah only these with a colon" };
  }
  if (keyword === "RUN" || keyword === "CMD" || keyword === "ENTRYPOINT") yield* behindArray(instruction.command);
  if (keyword === "ONBUILD" && instruction.trigger !== undefined) yield* findIn(instruction.trigger);
}

/** `FROM 0`, where there is a stage 0 above. */
function* stagesByIndex(instructions: readonly Instruction[]): Generator<BuilderDifference> {
  let stages = 0;
  for (const instruction of instructions) {
    if (instruction.keyword !== "FROM") continue;
    const { value, span } = instruction.image;
    if (/^\d+$/.test(value) && Number(value) < stages)
      yield { span, message: `BuildKit takes ${value} for the name of an image, Buildah for the index of a stage` };
    stages++;
  }
}

/** `CMD ["a"] # comment`: BuildKit sees no array there and starts a shell, Buildah stops reading at the bracket. */
function* behindArray(command: CommandForm): Generator<BuilderDifference> {
  if (command.form !== "shell" || !/^\[\s*"/.test(command.command)) return;
  const end = arrayEnd(command.command);
  if (end === undefined) return;
  try {
    JSON.parse(command.command.slice(0, end));
  } catch {
    return;
  }
  yield {
    span: command.span,
    message: "text behind the JSON array: BuildKit gives the whole line to a shell, Buildah takes the array alone",
  };
}

/** The index behind the bracket that closes an array of strings. */
function arrayEnd(text: string): number | undefined {
  let inString = false;
  for (let at = 1; at < text.length; at++) {
    const character = text.charAt(at);
    if (inString && character === "\\") at++;
    else if (character === '"') inString = !inString;
    else if (character === "]" && !inString) return at + 1;
  }
  return undefined;
}
