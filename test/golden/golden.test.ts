/**
 * Every story, as a user without an engine meets it: what is found, what is written (by bytes), and that it is written
 * once, with any line ending.
 */
import { describe, expect, test } from "vitest";
import { parseContainerfile } from "../../src/containerfile/parse.ts";
import { lineIndex, positionAt } from "../../src/containerfile/position.ts";
import { unknownFamilyOf } from "../support/known-base.ts";
import { analyseText, fixedText, fixText, type FixSetup } from "../support/fix-text.ts";
import { readSample, sampleFolders } from "./samples.ts";

const utf8 = (bytes: Buffer): string => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);

const crlf = (text: string): string => text.replaceAll("\n", "\r\n");

/** Fails with both texts where the bytes differ. */
function expectBytes(actual: string, expected: Buffer | string): void {
  const wanted = typeof expected === "string" ? Buffer.from(expected) : expected;
  const got = Buffer.from(actual);
  if (Buffer.compare(got, wanted) !== 0) expect(actual).toBe(utf8(wanted));
  expect(Buffer.compare(got, wanted)).toBe(0);
}

test("there are stories", () => {
  expect(sampleFolders.length).toBeGreaterThanOrEqual(3);
});

describe.each(sampleFolders)("%s", (name) => {
  const sample = readSample(name);
  const text = utf8(sample.containerfile);
  const setup: FixSetup = { context: sample.context, options: sample.story.options ?? {} };

  test("its base is known by evidence", () => {
    expect(unknownFamilyOf(analyseText(text, setup))).toBeUndefined();
  });

  test("is read without losing a byte", () => {
    const { pieces } = parseContainerfile(text);
    expectBytes(pieces.map(({ span }) => text.slice(span.start, span.end)).join(""), sample.containerfile);
  });

  test("what is found", () => {
    const { results, input } = analyseText(text, setup);
    const lines = lineIndex(text);
    expect(
      results.findings.map(({ rule, severity, span }) => ({
        rule,
        severity,
        line: positionAt(lines, span.start).line,
      })),
    ).toEqual(sample.findings);
    expect(input.user.verdict).toBe(sample.story.verdict);
    expect(input.user.configUser).toBe(sample.story.configUser);
  });

  test("what is written, byte for byte", () => {
    expectBytes(fixedText(text, setup), sample.expected);
  });

  test("a second run changes nothing", () => {
    expectBytes(fixedText(utf8(sample.expected), setup), sample.expected);
  });

  test("with CRLF line endings", () => {
    expectBytes(fixedText(crlf(text), setup), crlf(utf8(sample.expected)));
    expectBytes(fixedText(crlf(utf8(sample.expected)), setup), crlf(utf8(sample.expected)));
  });

  test("behind a byte order mark", () => {
    expectBytes(fixedText(`\ufeff${text}`, setup), `\ufeff${utf8(sample.expected)}`);
  });

  test("without the last line ending", () => {
    expectBytes(fixedText(text.replace(/\n$/, ""), setup), utf8(sample.expected).replace(/\n$/, ""));
  });

  test("nothing new is found, and what the story says holds", () => {
    const { analysis, fix } = fixText(text, setup);
    const { story } = sample;
    const before = new Set(analysis.results.findings.map(({ rule }) => rule));
    const after = analyseText(utf8(sample.expected), setup);
    const left = after.results.findings.map(({ rule }) => rule);
    expect(left.filter((rule) => !before.has(rule) && story.fixed?.remaining?.includes(rule) !== true)).toEqual([]);
    if (story.fixed === undefined) {
      expect(fix.kind).not.toBe("edits");
      return;
    }
    expect(left).toEqual(story.fixed.remaining ?? []);
    expect(after.input.user.verdict).toBe(story.fixed.verdict);
    expect(after.input.user.configUser).toBe(story.fixed.configUser);
    if (fix.kind === "edits" && story.fixed.id !== undefined) expect(fix.predictedId).toBe(story.fixed.id);
  });
});
