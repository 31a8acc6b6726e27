/** What holds of every fix, planned without an engine: small, stable, and never for the worse. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { generate } from "../../bench/generate.mjs";
import { applyEdits } from "../../src/containerfile/edits.ts";
import { parseContainerfile } from "../../src/containerfile/parse.ts";
import { planFix } from "../../src/fix/plan.ts";
import { shippedBook } from "../../src/recipe/recipe-book.ts";
import { analyseText, defaultOptions, fixedText, fixText, isBuildable } from "../support/fix-text.ts";
import { mutatedText, realisticText } from "./arbitraries.ts";

const runs = { numRuns: 250 };
/** Milliseconds for one property on a busy machine. */
const patience = 60_000;
const texts = fc.oneof({ weight: 2, arbitrary: realisticText }, { weight: 1, arbitrary: mutatedText });

/** Runs a check on texts that the builder takes. */
const forBuildable = (check: (text: string) => void): void =>
  fc.assert(
    fc.property(texts, (text) => {
      if (isBuildable(parseContainerfile(text))) check(text);
    }),
    runs,
  );

/** The edits of a plan; none where nothing is changed. */
function editsOf(text: string) {
  const { input, results } = analyseText(text);
  const { findings } = results;
  const ignored = results.ignored.map(({ finding }) => finding);
  const plan = planFix({
    ...input,
    findings,
    ignored,
    recipes: shippedBook(),
    options: defaultOptions,
    readContext: () => undefined,
  });
  return plan.kind === "edits" ? plan.edits : [];
}

describe("a fix", () => {
  test(
    "done twice changes nothing",
    () => {
      forBuildable((text) => {
        const once = fixedText(text);
        expect(fixedText(once)).toBe(once);
      });
    },
    patience,
  );

  test(
    "leaves every byte that no edit touches as it is, and its edits are those of the text",
    () => {
      forBuildable((text) => {
        const edits = editsOf(text).toSorted((a, b) => a.span.start - b.span.start);
        const fixed = fixedText(text);
        expect(applyEdits(text, edits)).toBe(fixed);
        let original = 0;
        let at = 0;
        for (const { span, text: put } of edits) {
          const kept = text.slice(original, span.start);
          expect(fixed.slice(at, at + kept.length)).toBe(kept);
          at += kept.length + put.length;
          original = span.end;
        }
        expect(fixed.slice(at)).toBe(text.slice(original));
      });
    },
    patience,
  );

  test(
    "keeps every line that it does not edit, in order",
    () => {
      forBuildable((text) => {
        const edits = editsOf(text);
        const touched = (start: number, end: number): boolean =>
          edits.some(({ span }) => span.end > span.start && span.start < end && span.end > start) ||
          edits.some(({ span }) => span.start === span.end && span.start > start && span.start < end);
        const fixed = fixedText(text).split("\n");
        let line = 0;
        let offset = 0;
        for (const original of text.split("\n")) {
          const end = offset + original.length;
          if (!touched(offset, end)) {
            const found = fixed.indexOf(original, line);
            // The last line may have an insertion right behind it.
            if (found === -1) expect(fixed.slice(line).some((one) => one.startsWith(original))).toBe(true);
            else line = found + 1;
          }
          offset = end + 1;
        }
      });
    },
    patience,
  );

  test(
    "parses as well as before, has the same stages, and the same builders' differences",
    () => {
      forBuildable((text) => {
        const before = parseContainerfile(text);
        const after = parseContainerfile(fixedText(text));
        expect(after.errors).toEqual([]);
        expect(after.instructions.filter(({ keyword }) => keyword === "FROM")).toHaveLength(
          before.instructions.filter(({ keyword }) => keyword === "FROM").length,
        );
        expect(after.differences.map(({ message }) => message)).toEqual(
          before.differences.map(({ message }) => message),
        );
        expect([after.bom, after.escape]).toEqual([before.bom, before.escape]);
      });
    },
    patience,
  );

  test(
    "brings no new finding that fails, but what follows from running as another user",
    () => {
      forBuildable((text) => {
        const { analysis, fix } = fixText(text);
        if (fix.kind !== "edits") return;
        const { findings, ignored } = analysis.results;
        const before = new Set([...findings, ...ignored.map(({ finding }) => finding)].map(({ rule }) => rule));
        const added = fix.remaining.filter(
          ({ rule, severity, needsPerson }) => !before.has(rule) && severity !== "info" && needsPerson !== true,
        );
        expect(added.map(({ rule, message }) => `${rule}: ${message}`)).toEqual([]);
      });
    },
    patience,
  );

  test(
    "ends with a numeric non-root user wherever it changes who the image runs as",
    () => {
      forBuildable((text) => {
        const { fix } = fixText(text);
        if (fix.kind !== "edits" || fix.predicted === undefined) return;
        const { user } = analyseText(fix.text).input;
        expect(user.verdict).toBe("admit");
        expect(user.uid).toMatchObject({ known: true, value: fix.predicted.uid });
      });
    },
    patience,
  );

  test(
    "is the same with CRLF and a byte order mark, byte for byte",
    () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 1_000_000 }), (seed) => {
          const text = generate(seed, 0).text.replaceAll("\r\n", "\n");
          const fixed = fixedText(text);
          expect(fixedText(text.replaceAll("\n", "\r\n"))).toBe(fixed.replaceAll("\n", "\r\n"));
          expect(fixedText(`\ufeff${text}`)).toBe(`\ufeff${fixed}`);
        }),
        { numRuns: 200 },
      );
    },
    patience,
  );

  test(
    "a file without its last line ending is fixed without one",
    () => {
      fc.assert(
        fc.property(realisticText, (text) => {
          const open = text.replace(/\r?\n$/, "");
          expect(fixedText(open)).not.toMatch(/\n$/);
        }),
        { numRuns: 200 },
      );
    },
    patience,
  );
});
