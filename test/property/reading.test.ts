/** What holds of reading any text whatsoever. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseContainerfile } from "../../src/containerfile/parse.ts";
import { resolveStages } from "../../src/containerfile/stages.ts";
import { readShell } from "../../src/shell/read-shell.ts";
import { judgeConfigUser } from "../../src/image/config-user.ts";
import { parseGroup, parsePasswd } from "../../src/image/accounts.ts";
import { analyseText, isBuildable } from "../support/fix-text.ts";
import { anyText, languageText, mutatedText, realisticText } from "./arbitraries.ts";

const texts = fc.oneof(anyText, languageText, mutatedText, realisticText);
const runs = { numRuns: 1500 };

/** What does not hold, said once for a text: `expect` takes longer than what is checked here of every character. */
const faultsOf = (checks: Iterable<readonly [holds: boolean, what: string]>): readonly string[] =>
  [...checks].filter(([holds]) => !holds).map(([, what]) => what);

/** What has to hold of the places of a text that was read. */
function* places(text: string): Generator<readonly [boolean, string]> {
  const { instructions, errors, differences } = parseContainerfile(text);
  let last = 0;
  for (const one of instructions) {
    yield [one.linesSpan.start >= last, `the instruction at ${one.linesSpan.start} begins behind the one before`];
    last = one.linesSpan.end;
    const inner = [
      one.span,
      one.keywordSpan,
      ...one.flags.flatMap(({ span, valueSpan }) => [span, valueSpan]),
      ...one.heredocs.flatMap(({ span, bodySpan, terminatorSpan }) => [span, bodySpan, terminatorSpan]),
      ...one.innerComments,
    ];
    for (const { start, end } of inner) {
      yield [start <= end, `${start} … ${end} is in order`];
      yield [one.linesSpan.start <= start && end <= last, `${start} … ${end} is inside its instruction`];
    }
  }
  for (const { span } of [...errors, ...differences])
    yield [
      0 <= span.start && span.start <= span.end && span.end <= text.length,
      `${span.start} … ${span.end} is inside`,
    ];
}

describe("any text", () => {
  test("joining the pieces gives it back, each byte in exactly one", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const { pieces } = parseContainerfile(text);
        const ends = [0, ...pieces.map(({ span }) => span.end)];
        expect(pieces.map(({ span }) => span.start)).toEqual(ends.slice(0, -1));
        expect(pieces.filter(({ span }) => span.end <= span.start)).toEqual([]);
        expect(ends.at(-1)).toBe(text.length);
      }),
      runs,
    );
  }, 60_000);

  test("places lie inside the text, in order, and inside their instruction", () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(faultsOf(places(text))).toEqual([]);
      }),
      runs,
    );
  }, 60_000);

  test("every character of a joined line stands where it is said to stand", () => {
    fc.assert(
      fc.property(texts, (text) => {
        for (const { logical } of parseContainerfile(text).instructions) {
          const stands = Array.from({ length: logical.text.length }, (_, at) => text.charAt(logical.toSource(at)));
          expect(stands.join("")).toBe(logical.text);
        }
      }),
      { numRuns: 500 },
    );
  }, 60_000);

  test("stages, shell texts, users and accounts never throw", () => {
    fc.assert(
      fc.property(texts, (text) => {
        resolveStages(parseContainerfile(text), {});
        readShell({ text, toSource: (index) => index }, { variables: new Map(), cwd: undefined });
        judgeConfigUser(text);
        parsePasswd(text);
        parseGroup(text);
      }),
      runs,
    );
  }, 60_000);

  test("what the builder takes is judged, whatever it says", () => {
    fc.assert(
      fc.property(fc.oneof(mutatedText, realisticText), (text) => {
        if (!isBuildable(parseContainerfile(text))) return;
        const { results } = analyseText(text);
        for (const { span, message } of results.findings) {
          expect(span.end).toBeLessThanOrEqual(text.length);
          expect(message).not.toMatch(/undefined|\[object|NaN/);
        }
      }),
      { numRuns: 500 },
    );
  }, 60_000);
});
