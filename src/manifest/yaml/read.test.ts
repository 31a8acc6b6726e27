import { describe, expect, test } from "vitest";
import { yamlFile } from "../test-kit.ts";
import { at, bool, entries, field, integer, items, readYaml, text, texts, type Value } from "./read.ts";

const root = (source: string): Value | undefined => yamlFile(source).documents[0];

describe("scalars mean what they mean to kubectl's reader", () => {
  test.each([
    ["true", true],
    ["yes", true],
    ["On", true],
    ["y", true],
    ["False", false],
    ["off", false],
    ["N", false],
    ['"true"', undefined],
    ["'yes'", undefined],
    ["!!str true", undefined],
    ["! true", undefined],
    ['!!bool "true"', true],
    ["tRUE", undefined],
    ["1", undefined],
    ["", undefined],
  ])("bool %s", (written, expected) => expect(bool(field(root(`a: ${written}\n`), "a"))).toBe(expected));
  test.each([
    ["0", 0],
    ["65532", 65_532],
    ["+7", 7],
    ["-1", -1],
    ["010", 8],
    ["0x10", 16],
    ["0b11", 3],
    ["0o17", 15],
    ["1_000", 1000],
    ["1e3", 1000],
    ["1.0", 1],
    ["1.5", undefined],
    ["1e-3", undefined],
    ["1e30", undefined],
    ["!!str 5", undefined],
    ['!!int "5"', 5],
    ['"0"', undefined],
    ["089", 89],
  ])("integer %s", (written, expected) => expect(integer(field(root(`a: ${written}\n`), "a"))).toBe(expected));
  test.each([
    ["null", undefined],
    ["~", undefined],
    ["", undefined],
    ['""', ""],
    ['"null"', "null"],
    ["2024-01-01", "2024-01-01"],
    ["|\n  x", "x"],
  ])("text %j", (written, expected) => expect(text(field(root(`a: ${written}\n`), "a"))?.trimEnd()).toBe(expected));
});

describe("aliases and merges", () => {
  test("an alias is what its anchor was last", () => {
    const value = root("a: &x 1\nb: &x 2\nc: *x\n");
    expect(text(field(value, "c"))).toBe("2");
  });
  test("own keys win over merged ones, earlier merged maps over later", () => {
    const value = root("a: &a {k: 1, l: 1}\nb: &b {k: 2, m: 2}\nc:\n  <<: [*b, *a]\n  m: 3\n");
    const merged = field(value, "c");
    expect(["k", "l", "m"].map((name) => text(field(merged, name)))).toEqual(["2", "1", "3"]);
    expect(entries(merged).map(({ name }) => name)).toEqual(["m"]);
  });
  test("a quoted << is a key like any other", () => {
    expect(text(field(field(root('a: &a {k: 1}\nc: {"<<": *a}\n'), "c"), "k"))).toBeUndefined();
  });
  test("where shared values stand, and as what", () => {
    const file = yamlFile(
      "spec:\n  steps:\n    - securityContext: &x {a: 1}\n    - securityContext: *x\n  other: *x\n",
    );
    expect(file.shared.map(({ anchor, role, aliases }) => [anchor, role, aliases.map((use) => use.role)])).toEqual([
      ["x", "container/securityContext", ["container/securityContext", "spec/other"]],
    ]);
  });
});

describe("faults have a place", () => {
  test.each([
    ["a: 1\na: 2\n", 2, 1, "Map keys must be unique"],
    ["a: [1,\n", 2, 1, ""],
    ["a: *nope\n", 1, 4, "there is no anchor &nope above this alias"],
    ["a: &x\n  b: *x\n", 2, 6, "the alias *x stands inside what it refers to"],
    ["\ufeffa: *x\n", 1, 4, "there is no anchor &x above this alias"],
    ["a: 1\r\nb: *x\r\n", 2, 4, "there is no anchor &x above this alias"],
    ["---\na: 1\n---\nb: 'x\n", 5, 1, ""],
    ["a:\n\t- b\n", 2, 1, ""],
  ])("%j", (source, line, column, message) => {
    const read = readYaml("f.yaml", source);
    expect(read).toMatchObject({ ok: false, error: { code: "SYNTAX", file: "f.yaml", line, column } });
    if (!read.ok && "message" in read.error) expect(read.error.message).toContain(message);
  });
  test.each(["image: {{ .Values.image }}\n", "a:\n  {{- if .x }}\n  b: 1\n  {{- end }}\n"])(
    "a template says that it is one: %j",
    (source) => {
      expect(readYaml("f.yaml", source)).toMatchObject({
        ok: false,
        error: { code: "SYNTAX", hint: expect.stringContaining("helm template") },
      });
    },
  );
  test("names between braces are none: a quote that does not end is said to be one", () => {
    const source = `steps:\n- args: ["\n    echo {{inputs.parameters.x}} ;\n  ]\n  image: a\n`;
    expect(readYaml("f.yaml", source)).toMatchObject({
      ok: false,
      error: { hint: "no quote ends what this one begins" },
    });
  });
  test("braces in a script are none", () => {
    expect(readYaml("f.yaml", "script: |\n  docker inspect --format '{{ .Id }}'\n").ok).toBe(true);
  });
  test.each([
    ["lists", (last: string) => `[${Array.from({ length: 9 }, () => last).join(",")}]`],
    ["merges", (last: string) => `{<<: [${Array.from({ length: 9 }, () => last).join(",")}]}`],
  ])("aliases to aliases without end are refused: %s", (_, made) => {
    const lines = Array.from({ length: 14 }, (_each, index) => `a${index + 1}: &a${index + 1} ${made(`*a${index}`)}\n`);
    const read = readYaml("f.yaml", `a0: &a0 {k: 1}\n${lines.join("")}`);
    expect(read).toMatchObject({ ok: false, error: { code: "SYNTAX", line: 6 } });
    if (!read.ok && "message" in read.error) expect(read.error.message).toContain("more than 100000 values");
  });
  test("a chain of aliases counts as nesting", () => {
    const lines = Array.from({ length: 300 }, (_, index) => `a${index + 1}: &a${index + 1} [*a${index}]\n`);
    expect(readYaml("f.yaml", `a0: &a0 1\n${lines.join("")}`)).toMatchObject({
      ok: false,
      error: { message: "with its aliases it is nested more than 64 levels deep" },
    });
  });
  test("many aliases of one small value are well", () => {
    const source = `a: &a {k: 1}\nb: [${Array.from({ length: 20_000 }, () => "*a").join(",")}]\n`;
    expect(readYaml("f.yaml", source).ok).toBe(true);
  });
  test.each([
    ["UTF-16 with its mark", Buffer.from("\ufeffa: 1\n", "utf16le").toString("latin1"), 1, 4],
    ["UTF-16 without", Buffer.from("a: 1\n", "utf16le").toString("utf8"), 1, 2],
    ["a NUL in a comment", "a: 1\n# \0\n", 2, 3],
  ])("%s is no YAML", (_, source, line, column) => {
    expect(readYaml("f.yaml", source)).toMatchObject({
      ok: false,
      error: { code: "SYNTAX", line, column, hint: expect.stringContaining("UTF-8") },
    });
  });
  test("nesting without end is refused", () => {
    expect(readYaml("f.yaml", `a: ${"[".repeat(50_000)}\n`)).toMatchObject({
      ok: false,
      error: { message: "it is nested more than 64 levels deep" },
    });
    expect(readYaml("f.yaml", `a: ${"[".repeat(300)}${"]".repeat(300)}\n`)).toMatchObject({ ok: false });
  });
});

test("documents, JSON with tabs, byte order marks", () => {
  expect(yamlFile("---\na: 1\n---\n# nothing\n---\n...\n---\nb: 2\n").documents).toHaveLength(4);
  expect(yamlFile("").documents).toEqual([]);
  const json = root('\ufeff{\n\t"a": [\n\t\t"x",\n\t\t"y"\n\t],\n\t"b": {"c": true}\n}\n');
  expect(texts(field(json, "a"))).toEqual(["x", "y"]);
  expect(bool(at(json, "b", "c"))).toBe(true);
  expect(items(field(json, "a"))[1]?.span).toEqual({ start: 20, end: 23 });
});

describe("JSON objects one after the other", () => {
  const stream = '\ufeff{"kind": "A", "n": 1}\n{\n\t"kind": "} {\\"",\n\t"n": 22\n}{"kind":"C","n":333}\n';
  test("are documents whose values stand where they stand", () => {
    const { documents } = yamlFile(stream);
    expect(documents.map((one) => text(field(one, "kind")))).toEqual(["A", '} {"', "C"]);
    expect(documents.map((one) => field(one, "n")?.span).map((span) => stream.slice(span?.start, span?.end))).toEqual([
      "1",
      "22",
      "333",
    ]);
    expect(yamlFile(`{"a": 1}\n{"b": 2}\n---\n{"c": 3}\n`).documents.map(({ span }) => span.start)).toEqual([0, 9, 22]);
    expect(documents.map(({ span }) => stream.slice(span.start, span.end)).join("|")).toBe(
      stream.trim().replace("}\n{", "}|{").replace("}{", "}|{"),
    );
  });
  test.each([
    ['{"a": 1}\n{"b": 1, "b": 2}\n', 2, 10, "Map keys must be unique"],
    ['{"a": 1}\n\n{"b": [1}\n', 3, 9, ""],
    ['{"a": 1}\n{"b": 1\n', 3, 1, ""],
    ['{"a": 1}\n{"b": 1}}\n', 2, 9, ""],
  ])("a fault has its place: %j", (source, line, column, message) => {
    const read = readYaml("f.json", source);
    expect(read).toMatchObject({ ok: false, error: { code: "SYNTAX", line, column } });
    if (!read.ok && "message" in read.error) expect(read.error.message).toContain(message);
  });
  test.each(["{a: '} {'}\n", '{"a": 1}\n---\n{"b": 2}\n', '{"a": {"b": 1}}\n'])("%j is none", (source) => {
    expect(yamlFile(source).documents.map(({ span }) => span.start)).toEqual(source.includes("---") ? [0, 13] : [0]);
  });
});

test.each([
  ["a:\n\tb: 1\n", "blanks"],
  ["a:\n  - b\n  c: 1\n", "the same column"],
  ['{"a": 1}\n[1]\n', "put --- between documents"],
  ["- a\nb: 1\n", "put --- between documents"],
  ["a: 1\na: 2\n", "keep one"],
  ["a: {{ place }}\n", "looks like a template"],
  ["a:\n{% if x %}\n  b: 1\n{% endif %}\n", "looks like a template"],
])("what to do about %j", (source, hint) => {
  const read = readYaml("f.yaml", source);
  expect(read.ok ? "" : "hint" in read.error ? read.error.hint : "").toContain(hint);
});
