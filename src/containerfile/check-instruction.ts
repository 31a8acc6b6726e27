import { checkFlags } from "./flags.ts";
import { isHeredocWord } from "./heredoc.ts";
import type { Report, Reports } from "./instruction.ts";
import { keywords } from "./keywords.ts";
import type {
  CommandForm,
  CopyInstruction,
  FromInstruction,
  HealthcheckInstruction,
  Instruction,
  OnbuildInstruction,
} from "./model.ts";
import { nearest } from "./suggest.ts";
import type { RawWord } from "./words.ts";
import { splitAtBlanks } from "./words.ts";
import { trimmedEnd } from "./characters.ts";
import { checkExpansions } from "./check-expansion.ts";
import { checkValues } from "./check-values.ts";

/**
 * Reports what BuildKit would refuse about one instruction, whatever stands around it. The trigger of an ONBUILD is
 * only judged where it runs, so nothing is said about it here but what it may not be.
 */
export function checkInstruction(instruction: Instruction, escape: string, reports: Reports): void {
  const { report, whenBuilt } = reports;
  checkFlags(instruction, report);
  checkArguments(instruction, report);
  // FROM is expanded in every stage, to find out what builds on what.
  checkExpansions(instruction, escape, instruction.keyword === "FROM" ? report : whenBuilt);
  checkValues(instruction, escape, reports);
}

function checkArguments(instruction: Instruction, report: Report): void {
  const { keyword } = instruction;
  switch (keyword) {
    case "UNKNOWN":
      return reportUnknown(instruction.name, instruction, report);
    case "FROM":
      return checkFrom(instruction, report);
    case "USER":
    case "WORKDIR":
    case "STOPSIGNAL":
    case "MAINTAINER":
      if (instruction.argument.value === "") report(instruction.span, `${keyword} requires exactly one argument`);
      return;
    case "ENV":
    case "LABEL":
      if (instruction.pairs.length === 0)
        report(instruction.span, `${keyword} requires at least one argument`, `write ${keyword} name=value`);
      for (const { key } of instruction.pairs) {
        if (key.value === "") report(key.span, `${keyword} names can not be blank`, "write the name in front of the =");
      }
      return;
    case "ARG":
      if (instruction.declarations.length === 0)
        report(instruction.span, "ARG requires at least one argument", "write ARG name or ARG name=value");
      for (const { name } of instruction.declarations) {
        if (name.value === "") report(name.span, "ARG names can not be blank", "write the name in front of the =");
      }
      return;
    case "EXPOSE":
      if (instruction.words.length === 0) report(instruction.span, "EXPOSE requires at least one argument");
      return;
    case "VOLUME":
      if (instruction.words.length === 0) report(instruction.span, "VOLUME requires at least one argument");
      for (const { value, span } of instruction.words) {
        if (value.trim() === "") report(span, "VOLUME specified can not be an empty string");
      }
      return;
    case "SHELL":
      if (instruction.words.length > 0) return;
      report(instruction.span, "SHELL requires the arguments to be in JSON form", 'write SHELL ["/bin/sh", "-c"]');
      return;
    case "COPY":
    case "ADD":
      return checkCopy(instruction, report);
    case "HEALTHCHECK":
      return checkHealthcheck(instruction, report);
    case "ONBUILD":
      return checkOnbuild(instruction, report);
    case "RUN":
    case "CMD":
    case "ENTRYPOINT":
      return;
  }
}

function reportUnknown(name: string, instruction: Instruction, report: Report): void {
  const shown = name.length > 40 ? `${name.slice(0, 40)}…` : name;
  if (name === "") return report(instruction.span, "an instruction is missing here", "delete the line continuation");
  const meant = nearest(name.toUpperCase(), keywords);
  const span = instruction.keywordSpan;
  if (meant !== undefined) return report(span, `unknown instruction ${shown}`, `did you mean ${meant}?`);
  report(span, `unknown instruction ${shown}`, hintOfUnknown(name, instruction.index === 0));
}

function hintOfUnknown(name: string, isFirst: boolean): string {
  if (!isFirst) return "if it belongs to the line above, end that line with the escape character";
  const isYaml = name === "---" || /^[\w.-]+:$/.test(name);
  return isYaml
    ? "this looks like YAML: image-fix manifest reads Kubernetes' and Tekton's"
    : "a Containerfile begins with FROM, or with ARG above it";
}

const stageName = /^[a-z][a-z0-9\-_.]*$/;

function checkFrom({ span, logical, argumentsAt, alias }: FromInstruction, report: Report): void {
  const words = argumentWords(logical.text, argumentsAt);
  if (words.length === 0)
    return report(span, "FROM requires either one or three arguments", "write FROM image or FROM image AS name");
  if (words.length === 3 && alias !== undefined && words[1]?.value.toLowerCase() === "as") {
    if (stageName.test(alias.value.toLowerCase())) return;
    const hint = "a name begins with a letter and holds letters, digits, - _ and . only";
    return report(alias.span, `invalid name for a build stage: ${alias.value}`, hint);
  }
  if (words.length === 1) return;
  const comment = words.some(({ value }) => value.startsWith("#"));
  const hint = comment ? "a comment must stand on a line of its own" : "write FROM image or FROM image AS name";
  report(span, "FROM requires either one or three arguments", hint);
}

function checkCopy(instruction: CopyInstruction, report: Report): void {
  const { keyword, sources, destination, flags } = instruction;
  if (
    destination.value === "" &&
    !(instruction.json && sources.length > 0 && destination.span.end > destination.span.start)
  ) {
    const hint = `write ${keyword} source destination`;
    return report(instruction.span, `${keyword} requires at least two arguments, the last is the destination`, hint);
  }
  if (isHeredocWord(destination.value)) {
    report(
      destination.span,
      `${keyword} cannot accept a heredoc as a destination`,
      "name the file behind the heredoc word",
    );
  }
  for (const { name, value, span } of flags) {
    if (keyword === "COPY" && name === "from" && value?.includes("$") === true) {
      const hint = "declare a stage: FROM $NAME AS x, with ARG NAME above the first FROM, then COPY --from=x";
      report(span, "COPY --from does not expand variables", hint);
    }
  }
}

function checkHealthcheck(instruction: HealthcheckInstruction, report: Report): void {
  const [type, ...rest] = argumentWords(instruction.logical.text, instruction.argumentsAt);
  if (type === undefined)
    return report(
      instruction.span,
      "HEALTHCHECK requires at least one argument",
      "write HEALTHCHECK CMD … or HEALTHCHECK NONE",
    );
  switch (type.value.toUpperCase()) {
    case "NONE":
      if (rest.length > 0) report(instruction.span, "HEALTHCHECK NONE takes no arguments");
      return;
    case "CMD":
      if (rest.length === 0 || isEmptyArray(instruction.command))
        report(instruction.span, "missing command after HEALTHCHECK CMD");
      return;
    default:
      report(
        instruction.span,
        `unknown type ${type.value} in HEALTHCHECK`,
        "write HEALTHCHECK CMD … or HEALTHCHECK NONE",
      );
  }
}

const isEmptyArray = (command: CommandForm | undefined): boolean =>
  command?.form === "exec" && command.words.length === 0;

function checkOnbuild(instruction: OnbuildInstruction, report: Report): void {
  const { trigger, logical, argumentsAt, span } = instruction;
  if (trigger === undefined) {
    const chained = argumentWords(logical.text, argumentsAt).length > 0;
    if (chained) report(span, "ONBUILD ONBUILD is not allowed", "write one ONBUILD");
    else report(span, "ONBUILD requires at least one argument");
    return;
  }
  if (trigger.keyword === "FROM" || trigger.keyword === "MAINTAINER") {
    report(trigger.keywordSpan, `${trigger.keyword} is not allowed as an ONBUILD trigger`);
  }
}

function argumentWords(text: string, at: number): RawWord[] {
  return splitAtBlanks(text, at, trimmedEnd(text, at, text.length));
}
