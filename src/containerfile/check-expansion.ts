import type { Report } from "./instruction.ts";
import { lex } from "./lexer.ts";
import type { Instruction, Word } from "./model.ts";

/** Flags whose values are expanded (`Expand` in BuildKit's commands.go); `--mount` has its own rules. */
const expandedFlags: Readonly<Record<string, readonly string[]>> = {
  FROM: ["platform"],
  COPY: ["chown", "chmod"],
  ADD: ["chown", "chmod", "checksum"],
};

/** The words of an instruction that the builder expands, with their places. */
export function expandedWords(instruction: Instruction): readonly Word[] {
  const names = expandedFlags[instruction.keyword] ?? [];
  const flags = instruction.flags.flatMap(({ name, value, valueSpan }) =>
    value !== undefined && names.includes(name) ? [{ value, span: valueSpan }] : [],
  );
  return [...flags, ...expandedArguments(instruction)];
}

function expandedArguments(instruction: Instruction): readonly Word[] {
  switch (instruction.keyword) {
    case "FROM":
      return [instruction.image];
    case "USER":
    case "WORKDIR":
    case "STOPSIGNAL":
      return [instruction.argument];
    case "ENV":
    case "LABEL":
      return instruction.pairs.flatMap(({ key, value }) => [key, value]);
    case "ARG":
      return instruction.declarations.flatMap(({ value }) => (value === undefined ? [] : [value]));
    case "EXPOSE":
    case "VOLUME":
      return instruction.words;
    case "COPY":
    case "ADD":
      return [...instruction.sources, instruction.destination];
    case "RUN":
    case "CMD":
    case "ENTRYPOINT":
    case "SHELL":
    case "HEALTHCHECK":
    case "MAINTAINER":
    case "ONBUILD":
    case "UNKNOWN":
      return [];
  }
}

/** Reports substitutions and quotes that no value of any variable makes right, where the builder expands. */
export function checkExpansions(instruction: Instruction, escape: string, report: Report): void {
  for (const { value, span } of expandedWords(instruction)) checkWord(value, span, escape, false, report);
  if (instruction.keyword !== "COPY" && instruction.keyword !== "ADD") return;
  for (const { expand, body, bodySpan } of instruction.heredocs) {
    if (expand) checkWord(body, bodySpan, "\\", true, report);
  }
}

function checkWord(value: string, span: Word["span"], escape: string, ignoreQuotes: boolean, report: Report): void {
  const result = lex(value, { escape, ignoreQuotes, lookup: () => ({ state: "set", value: "x" }) });
  if (!result.ok) report(span, `${result.error}, in ${JSON.stringify(value.slice(0, 60))}`, hintFor(result.error));
}

function hintFor(error: string): string {
  if (error.includes("quote")) return "close the quote, or escape it";
  if (error.includes("missing '}'")) return "close the substitution with }";
  return "the builder knows ${x:-w} ${x-w} ${x:+w} ${x+w} ${x:?w} ${x?w} ${x#p} ${x##p} ${x%p} ${x%%p} ${x/p/r} ${x//p/r}";
}
