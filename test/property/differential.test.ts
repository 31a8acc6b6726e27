/**
 * dockerfile-ast and our reader find the same instructions on the same lines, in files where dockerfile-ast reads as
 * BuildKit does. It is known not to where a line ends in two escape characters or holds one alone, with `<< EOF`, with
 * heredoc words in lines whose quotes are odd, behind comments that look like directives, and where a keyword that runs
 * into the line's end is followed by a comment.
 */
import { DockerfileParser } from "dockerfile-ast";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseContainerfile } from "../../src/containerfile/parse.ts";
import { mutatedText, realisticText } from "./arbitraries.ts";

/** `keyword first-last` of every instruction. */
const theirs = (text: string): readonly string[] =>
  DockerfileParser.parse(text)
    .getInstructions()
    .map((instruction) => {
      const { start, end } = instruction.getRange();
      return `${instruction.getKeyword()} ${start.line + 1}-${end.line + 1}`;
    });

const ours = (text: string): readonly string[] =>
  parseContainerfile(text).instructions.map(({ keyword, startLine, endLine, logical }) => {
    const name = keyword === "UNKNOWN" ? (/^\S+/.exec(logical.text.trim())?.[0] ?? "").toUpperCase() : keyword;
    return `${name} ${startLine}-${endLine}`;
  }, 60_000);

/** Texts that dockerfile-ast is known to read otherwise than BuildKit. */
function isBeyondThem(text: string): boolean {
  return (
    /[\\`][\\`]/.test(text) ||
    /^[ \t]*[\\`][ \t\r]*$/m.test(text) ||
    /[\\`][ \t\r\n]*$/.test(text) ||
    text.includes("<<") ||
    /^[ \t]*\S+[\\`][ \t]*\r?\n[ \t]*#/m.test(text) ||
    /escape|\r(?!\n)|[\v\0\ufeff\u00a0\u2028\ud800-\udfff]/.test(text) ||
    /^[ \t]*#.*=/m.test(text.split("FROM")[0] ?? "")
  );
}

describe("dockerfile-ast", () => {
  test("agrees on files as people write them", () => {
    fc.assert(
      fc.property(realisticText, (text) => {
        fc.pre(!isBeyondThem(text));
        expect(ours(text)).toEqual(theirs(text));
      }),
      { numRuns: 400 },
    );
  }, 60_000);

  test("agrees on mutated ones", () => {
    fc.assert(
      fc.property(mutatedText, (text) => {
        fc.pre(!isBeyondThem(text));
        expect(ours(text)).toEqual(theirs(text));
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  test("agrees on arguments and flags", () => {
    fc.assert(
      fc.property(realisticText, (text) => {
        fc.pre(!isBeyondThem(text));
        const parsed = DockerfileParser.parse(text).getInstructions();
        for (const [index, one] of parseContainerfile(text).instructions.entries()) {
          const other = parsed[index];
          if (one.keyword === "COPY" || one.keyword === "ADD") {
            const words = other?.getArguments().map((argument) => argument.getValue()) ?? [];
            const flags = new Set(one.flags.map(({ span }) => text.slice(span.start, span.end)));
            const mine = one.json ? undefined : [...one.sources, one.destination].map(({ value }) => value);
            if (mine !== undefined) expect(words.filter((word) => !flags.has(word))).toEqual(mine);
          }
          if (one.keyword === "USER")
            expect(other?.getArguments().map((argument) => argument.getValue())).toEqual([one.argument.value]);
        }
      }),
      { numRuns: 200 },
    );
  }, 60_000);
});
