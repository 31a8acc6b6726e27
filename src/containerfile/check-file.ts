import type { Report } from "./instruction.ts";
import type { Instruction } from "./model.ts";

/** Reports what BuildKit would refuse about the order and number of the instructions. */
export function checkFile(text: string, instructions: readonly Instruction[], report: Report): void {
  const end = { start: text.length, end: text.length };
  if (instructions.length === 0)
    return report(end, "the file has no instructions", "a Containerfile begins with FROM image");
  const from = instructions.findIndex(({ keyword }) => keyword === "FROM");
  const before = instructions.slice(0, from === -1 ? instructions.length : from);
  for (const { keyword, keywordSpan } of before) {
    if (keyword === "ARG" || keyword === "UNKNOWN") continue;
    report(keywordSpan, `${keyword} stands before the first FROM`, "only ARG may; move it behind FROM");
  }
  if (from === -1 && before.every(({ keyword }) => keyword === "ARG")) {
    report(end, "the file has no FROM, so there is nothing to build", "a Containerfile begins with FROM image");
  } else if (from === -1) {
    report(before[0]?.keywordSpan ?? end, "the file has no FROM", "a Containerfile begins with FROM image");
  }
}
