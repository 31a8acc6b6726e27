import { buildDifferences } from "./differences.ts";
import type { Report } from "./instruction.ts";
import { readInstruction } from "./instruction.ts";
import type { Containerfile, SyntaxFault } from "./model.ts";
import type { RawInstruction } from "./scan.ts";
import { scan } from "./scan.ts";
import { checkDirectives } from "./check-directives.ts";
import { checkFile } from "./check-file.ts";
import { checkInstruction } from "./check-instruction.ts";
import { textFault } from "./check-text.ts";

/**
 * Reads a Containerfile as BuildKit does. Works for any string: every byte belongs to one of `pieces`, nothing is
 * thrown, and the time is linear in the length of the text. What BuildKit would refuse stands in `errors`, in order
 * of place, and reading goes on behind it.
 */
export function parseContainerfile(text: string): Containerfile {
  const scanned = scan(text);
  const errors: SyntaxFault[] = [...scanned.faults];
  const reporting =
    (more: Pick<SyntaxFault, "whenBuilt">): Report =>
    (span, message, hint) =>
      void errors.push(hint === undefined ? { span, message, ...more } : { span, message, hint, ...more });
  const report = reporting({});
  const whenBuilt = reporting({ whenBuilt: true });
  const instructions = scanned.instructions.map((raw, index) => {
    const instruction = readInstruction(partsOf(raw, index, text, scanned.escape), report);
    checkInstruction(instruction, scanned.escape, { report, whenBuilt });
    return instruction;
  });
  checkDirectives(scanned.directives, report);
  checkFile(text, instructions, report);
  errors.sort((left, right) => left.span.start - right.span.start);
  const fault = errors.length === 0 ? undefined : textFault(text);
  return {
    text,
    bom: scanned.bom,
    eol: scanned.eol,
    escape: scanned.escape,
    directives: scanned.directives,
    pieces: scanned.pieces,
    instructions,
    // The others only follow from it.
    errors: fault === undefined ? errors : [fault],
    differences: buildDifferences(scanned, instructions),
  };
}

function partsOf(raw: RawInstruction, index: number, text: string, escape: string) {
  const { logical, command } = raw;
  const start = logical.toSource(command.keywordStart);
  const indentStart = text.lastIndexOf("\n", start - 1) + 1;
  return {
    index,
    span: { start, end: Math.max(start, raw.end) },
    linesSpan: raw.linesSpan,
    startLine: raw.startLine,
    endLine: raw.endLine,
    indent: text.slice(Math.max(indentStart, raw.linesSpan.start), start),
    heredocs: raw.heredocs,
    innerComments: raw.innerComments,
    leadingComments: raw.leadingComments,
    logical,
    command,
    escape,
  };
}
