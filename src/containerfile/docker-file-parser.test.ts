/** What docker-file-parser reads is what an instruction holds; where it stands, our own words tell (GRAMMAR section 8). */
import * as fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { skipSpace, trimmedEnd } from "./characters.ts";
import { readArguments } from "./docker-file-parser.ts";
import { parseContainerfile } from "./parse.ts";
import { readJsonArray, splitAtBlanks, splitOutsideQuotes, type RawWord } from "./words.ts";

const parse = vi.hoisted(() => ({ by: (entries: { args: unknown }[]) => entries }));
vi.mock("docker-file-parser", async (original) => {
  const real = await original<typeof import("docker-file-parser")>();
  return { parse: (text: string) => parse.by(real.parse(text)) };
});
afterEach(() => void (parse.by = (entries) => entries));

const lists = ["FROM", "EXPOSE"];
const listsOrJson = ["ADD", "COPY", "VOLUME"];
const commands = ["RUN", "CMD", "ENTRYPOINT"];
const texts = ["USER", "WORKDIR", "STOPSIGNAL"];

/** The words that the places are taken from. */
function ownWords(keyword: string, text: string, escape: string): readonly RawWord[] {
  const whole = { value: text, start: 0, end: text.length };
  const json = readJsonArray(text, 0, text.length);
  const array = typeof json === "object" ? json : undefined;
  if (texts.includes(keyword)) return [whole];
  if (commands.includes(keyword)) return array ?? [whole];
  if (keyword === "ARG") return splitOutsideQuotes(text, 0, text.length, escape);
  return (listsOrJson.includes(keyword) ? array : undefined) ?? splitAtBlanks(text, 0, text.length);
}

const piece = fc.constantFrom(
  ..."ab=[]{}:,$#'\"\\` \t\v\f\r\u0085\u00a0\u2028\ufeff\u3000".split(""),
  '["a", "b"]',
  '"\\u0061"',
  "\ud800",
  "\u{1f40b}",
);
const argumentText = fc
  .array(piece, { minLength: 1, maxLength: 14 })
  .map((pieces) => pieces.join(""))
  .map((text) => text.slice(skipSpace(text, 0, text.length), trimmedEnd(text, 0, text.length)))
  .filter((text) => text !== "");

describe("docker-file-parser", () => {
  test("has a value for each of our words, and the same one", () => {
    const keyword = fc.constantFrom(...lists, ...listsOrJson, ...commands, ...texts, "ARG");
    fc.assert(
      fc.property(keyword, argumentText, fc.constantFrom("\\", "`"), (name, text, escape) => {
        const values = readArguments(name, text, escape);
        if (values !== undefined) expect(values).toEqual(ownWords(name, text, escape).map(({ value }) => value));
      }),
      { numRuns: 20_000 },
    );
  });

  test.each([
    ["a keyword it does not know well", "LABEL", "a=b", "\\"],
    ["nothing", "COPY", "", "\\"],
    ["a backslash at the end", "COPY", "a C:\\", "\\"],
    ["another escape character", "ARG", "a='b c'", "`"],
    ["next line", "ARG", "a\u0085b", "\\"],
    ["a byte order mark", "COPY", "a b\ufeff", "\\"],
    ["very long arguments", "ARG", "a".repeat(20_001), "\\"],
  ])("is not asked about %s", (_, keyword, text, escape) => {
    expect(readArguments(keyword, text, escape)).toBeUndefined();
  });

  test.each([
    ["USER app", ["app!"]],
    ["COPY a b", ["a!", "b!"]],
    ['COPY ["a", "b"]', ["a!", "b!"]],
    ["ARG a=b", ["a", "b!"]],
    ["VOLUME /a /b", ["/a!", "/b!"]],
    ['CMD ["a"]', ["a!"]],
  ])("says what the words of %s are", (line, values) => {
    parse.by = (entries) =>
      entries.map((entry) => ({
        ...entry,
        args: Array.isArray(entry.args) ? entry.args.map((value) => `${value}!`) : `${String(entry.args)}!`,
      }));
    const instruction = parseContainerfile(`FROM a\n${line}\n`).instructions[1];
    const read =
      instruction?.keyword === "USER"
        ? [instruction.argument]
        : instruction?.keyword === "COPY"
          ? [...instruction.sources, instruction.destination]
          : instruction?.keyword === "ARG"
            ? instruction.declarations.flatMap(({ name, value }) => (value === undefined ? [name] : [name, value]))
            : instruction?.keyword === "VOLUME"
              ? instruction.words
              : instruction?.keyword === "CMD" && instruction.command.form === "exec"
                ? instruction.command.words
                : [];
    expect(read.map(({ value }) => value)).toEqual(values);
  });
});
