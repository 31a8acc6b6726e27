/** A printed diff is a patch: applied to the old text it gives the new one, whatever the two are. */
import { applyPatch } from "diff";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { unifiedDiff } from "../../src/report/diff.ts";

const line = fc.constantFrom("a", "b", "c", "", " ", "-x", "+x", "@@ -1 +1 @@", "\\ No newline", "---", "kind: Pod\r");
const text = fc
  .tuple(fc.array(line, { maxLength: 30 }), fc.boolean())
  .map(([lines, ends]) => lines.join("\n") + (ends && lines.length > 0 ? "\n" : ""));

/** A text of several windows, and one with places in it replaced by other lines. */
const edited = fc
  .tuple(
    fc.integer({ min: 1, max: 120 }),
    fc.array(line, { minLength: 1, maxLength: 12 }),
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 5 }), fc.array(line, { maxLength: 12 })), { maxLength: 60 }),
  )
  .map(([times, block, edits]) => {
    const before = Array.from({ length: times }, () => block).flat();
    const after = [...before];
    for (const [place, removed, added] of edits) after.splice(place % (before.length + 1), removed, ...added);
    return [before.join("\n"), after.join("\n")] as const;
  });

test.each([
  ["short texts", fc.tuple(text, text), 500],
  ["long ones with edits", edited, 100],
] as const)("the diff of %s, applied, gives the new text", async (_, texts, numRuns) => {
  await fc.assert(
    fc.asyncProperty(texts, async ([before, after]) => {
      const diff = await unifiedDiff("./f", before, after);
      expect(diff === "" ? before : applyPatch(before, diff, { autoConvertLineEndings: false })).toBe(after);
    }),
    { numRuns },
  );
});
