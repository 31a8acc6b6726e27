import { describe, expect, test } from "vitest";
import { LineCounter, type Document, visit, isScalar } from "yaml";
import { readYaml } from "./read.ts";
import { parseDocuments } from "./parse-documents.ts";

const parse = (source: string): readonly Document.Parsed[] => parseDocuments(source, new LineCounter());
const faults = (source: string): readonly string[] =>
  parse(source).flatMap(({ errors }) => errors.map(({ message }) => message));
const values = (source: string): readonly unknown[] => parse(source).map((document): unknown => document.toJS());

// What is expected is what PyYAML (libyaml's rules) and go-yaml read.
describe("values whose later lines stand too far left are read as kubectl reads them", () => {
  test.each([
    ["double quotes", `a:\n  b:\n  - c: "x\n  y"\n    d: 1\n`, { a: { b: [{ c: "x y", d: "1" }] } }],
    ["single quotes", `a:\n  b: 'it''s\n x\n\ny'\n  d: 1\n`, { a: { b: "it's x\ny", d: "1" } }],
    ["at the first column", `a:\n  b: "x\ny"\nc: 1\n`, { a: { b: "x y" }, c: "1" }],
    ["an escaped end of a line", `a:\n  b: "x\\\n y"\n`, { a: { b: "xy" } }],
    [
      "in brackets",
      `steps:\n- args: ["\n    echo \\"a\\" ;\n  "]\n  image: a\n`,
      { steps: [{ args: [' echo "a" ; '], image: "a" }] },
    ],
    [
      "brackets",
      `a:\n  b:\n    c: ["sh",\n    "-c", # it's ]\n  x y]\n    d: 1\n`,
      { a: { b: { c: ["sh", "-c", "x y"], d: "1" } } },
    ],
    [
      "braces",
      `a:\n  - b: {x: 1, y: [a#b,\nh:i]\n}\n    d: 1\n`,
      { a: [{ b: { x: "1", y: ["a#b", "h:i"] }, d: "1" }] },
    ],
    ["two of them", `a:\n  b: "x\ny"\n  c: "x\ny"\n`, { a: { b: "x y", c: "x y" } }],
    ["within one another", `a:\n  b: [x, {y: "\nz"},\n\nw]\n`, { a: { b: ["x", { y: " z" }, "w"] } }],
  ])("%s", (_, source, value) => {
    expect(faults(source)).toEqual([]);
    expect(values(source)).toEqual([value]);
  });

  test("in several documents, with the line ends of Windows", () => {
    expect(values(`a:\r\n  b: "x\r\ny"\r\n---\r\na:\r\n  b: "x\r\ny"\r\n`)).toEqual([
      { a: { b: "x y" } },
      { a: { b: "x y" } },
    ]);
  });

  test("in more documents than one of which the text is read again for each", () => {
    expect(faults(`---\na:\n  b: "x\ny"\n`.repeat(60))).toEqual([]);
  });

  test("each value has its place in the text as it is", () => {
    const source = `a:\n  b: ["x\ny", z,\nlast]\n  c: end\n`;
    const texts: string[] = [];
    for (const document of parse(source))
      visit(document, {
        Scalar: (_, node) => {
          if (isScalar(node) && node.range) texts.push(source.slice(node.range[0], node.range[1]));
        },
      });
    expect(texts).toEqual(["a", "b", `"x\ny"`, "z", "last", "c", "end"]);
  });

  test("a fault behind them is told of where it stands", () => {
    expect(readYaml("f.yaml", `a:\n  b: "x\ny"\n  c: [\n  d: 1\n`)).toMatchObject({ ok: false, error: { line: 5 } });
    expect(readYaml("f.yaml", `a:\n  b: "x\ny"\nc: 1\nc: 2\n`)).toMatchObject({
      ok: false,
      error: { line: 5, column: 1, message: "Map keys must be unique" },
    });
  });

  test.each([
    ["no quote ends it", `a:\n  b: "x\ny: 1\n`],
    ["no bracket ends it", `a:\n  b: [x,\ny: 1\n`],
    ["a document would begin within", `a:\n  b: "x\n---\ny"\n`],
  ])("not where %s", (_, source) => {
    expect(faults(source)).not.toEqual([]);
  });
});
