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

describe("any text", () => {
  test("joining the pieces gives it back, each byte in exactly one", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const { pieces } = parseContainerfile(text);
        let at = 0;
        for (const { span } of pieces) {
          expect(span.start).toBe(at);
          expect(span.end).toBeGreaterThan(at);
          at = span.end;
        }
        expect(at).toBe(text.length);
      }),
      runs,
    );
  }, 60_000);

  test("places lie inside the text, in order, and inside their instruction", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const { instructions, errors, differences } = parseContainerfile(text);
        let end = 0;
        for (const one of instructions) {
          expect(one.linesSpan.start).toBeGreaterThanOrEqual(end);
          end = one.linesSpan.end;
          const inner = [
            one.span,
            one.keywordSpan,
            ...one.flags.flatMap(({ span, valueSpan }) => [span, valueSpan]),
            ...one.heredocs.flatMap(({ span, bodySpan, terminatorSpan }) => [span, bodySpan, terminatorSpan]),
            ...one.innerComments,
          ];
          for (const { start, end: to } of inner) {
            expect(start).toBeLessThanOrEqual(to);
            expect(start).toBeGreaterThanOrEqual(one.linesSpan.start);
            expect(to).toBeLessThanOrEqual(one.linesSpan.end);
          }
        }
        for (const { span } of [...errors, ...differences]) {
          expect(span.start).toBeGreaterThanOrEqual(0);
          expect(span.start).toBeLessThanOrEqual(span.end);
          expect(span.end).toBeLessThanOrEqual(text.length);
        }
      }),
      runs,
    );
  }, 60_000);

  test("every character of a joined line stands where it is said to stand", () => {
    fc.assert(
      fc.property(texts, (text) => {
        for (const { logical } of parseContainerfile(text).instructions) {
          for (let index = 0; index < logical.text.length; index++)
            expect(text.charAt(logical.toSource(index))).toBe(logical.text.charAt(index));
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
