import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { describe, expect, test } from "vitest";
import { readRecipe, readSoftware } from "./read-recipe.ts";

const good = `id: team
title: The team's images
images: ["registry.example.com/team/*"]
account:
  do: reuse
  name: app
  uid: 1234
  gid: 0
facts:
  - fact: the base has app
    source: its Containerfile
`;

test("a recipe is read with what it leaves out", () => {
  expect(readRecipe("recipe.yaml", good)).toEqual({
    ok: true,
    value: {
      id: "team",
      title: "The team's images",
      families: [],
      images: ["registry.example.com/team/*"],
      account: { do: "reuse", name: "app", uid: 1234, gid: 0 },
      facts: [{ fact: "the base has app", source: "its Containerfile" }],
    },
  });
});

describe("an error says where", () => {
  test.each([
    ["a value of the wrong kind", good.replace("uid: 1234", "uid: root"), "7:8: account.uid: a number is expected"],
    ["uid 0", good.replace("uid: 1234", "uid: 0"), "7:8: account.uid: 0 is root"],
    ["a key that nobody knows", good.replace("title:", "titel:"), "2:1: titel: there is no such key"],
    ["a key that is missing", good.replace(/^facts:[^]*/m, ""), "1:1: facts: it is missing"],
    ["a recipe without a source", good.replace(/ {4}source:.*\n/, ""), "10:5: facts.0.source: it is missing"],
    ["a step that does not exist", good.replace("do: reuse", "do: run"), /^5:7: account\.do: one of busybox-adduser/],
    [
      "a relative shell",
      good
        .replace("name: app\n  uid: 1234\n  gid: 0", "x")
        .replace("do: reuse\n  x", "do: append-passwd\n  shell: bin/sh"),
      /^6:10: account\.shell: an absolute path/,
    ],
    ["YAML that does not parse", "id: [a\n", /^\d+:\d+: /],
    ["a key twice", `${good}id: other\n`, /^12:1: /],
  ])("%s", (_, text, expected) => {
    const result = readRecipe("my/recipe.yaml", text);
    if (result.ok || result.error.code !== "RECIPE_INVALID") throw new Error("an error is expected");
    const { file, line, column, message } = result.error;
    expect(file).toBe("my/recipe.yaml");
    const said = `${line}:${column}: ${message}`;
    if (typeof expected === "string") expect(said).toBe(expected);
    else expect(said).toMatch(expected);
  });

  test("in software files as well", () => {
    const text = "id: x\ntitle: X\ncommands: [x]\nnonRoot: maybe\nadvice: a\nsource: s\n";
    expect(readSoftware("software.yaml", text)).toMatchObject({
      ok: false,
      error: { line: 4, column: 10, message: "nonRoot: one of works, manual, never is expected" },
    });
  });
});

describe("the JSON Schemas that editors use", () => {
  const root = join(import.meta.dirname, "../../recipes");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the compiler of schemas checks it
  const schema = (name: string): object => JSON.parse(readFileSync(join(root, name), "utf8")) as object;
  const ajv = new Ajv({ allErrors: true, strict: false });
  const files = (folder: string, name: string): readonly string[] =>
    readdirSync(join(root, folder), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && readdirSync(join(root, folder, entry.name)).includes(name))
      .map((entry) => join(folder, entry.name, name));

  test.each([
    ["recipe.yaml", ".", "recipe.schema.json", "../recipe.schema.json"],
    ["software.yaml", "software", "software.schema.json", "../../software.schema.json"],
  ])("every %s is valid by its own", (name, folder, schemaName, reference) => {
    const validate = ajv.compile(schema(schemaName));
    const found = files(folder, name);
    expect(found.length).toBeGreaterThan(10);
    for (const file of found) {
      const text = readFileSync(join(root, file), "utf8");
      expect(text.split("\n")[0]).toBe(`# yaml-language-server: $schema=${reference}`);
      expect([file, validate(parse(text)), validate.errors]).toEqual([file, true, null]);
    }
  });

  test("they refuse what the reader refuses", () => {
    const validate = ajv.compile(schema("recipe.schema.json"));
    expect(validate(parse(good))).toBe(true);
    expect(validate(parse(good.replace("uid: 1234", "uid: 0")))).toBe(false);
    expect(validate(parse(good.replace("title:", "titel:")))).toBe(false);
  });
});
